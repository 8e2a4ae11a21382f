"""Acts on the people of a complaint and on what stands beside it: representatives, support needs, holds, links."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flow.complaint_sources import check_source
from flow.complaint_writing import SAFE_CONTACT_TAG, Acts, Doing, because
from models import EntryKind, Priority
from models.complaint import SAFE_CONTACT, Life, Need
from models.errors import RecordError
from register.transitions import Act, RefusedActError


class PeopleActs(Acts):
    """Representatives, support needs, links and holds."""

    def record_representative(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        kind: str,
        authority: str,
        name: str,
        contact: str,
        key: str = "",
    ) -> Life:
        """`authority`: what was seen that gives it. From now on nothing is written automatically (RG 271.139)."""
        if not authority.strip() or not name.strip():
            raise RecordError(f"{complaint_id}: say who represents, and what was seen that gives them the authority")
        doing = Doing(Act.REPRESENT, EntryKind.REPRESENTATIVE, person, at, key=key)
        facts = {"action": "recorded", "kind": kind, "authority": authority.strip()}
        return self._act(complaint_id, doing, facts, {"name": name.strip(), "contact": contact.strip()})

    def end_representative(
        self, complaint_id: str, *, person: str, at: datetime, number: int, reason: str, key: str = ""
    ) -> Life:
        """`number`: `Representative.seq`."""
        doing = because(Act.REPRESENT, EntryKind.REPRESENTATIVE, person, at, reason, key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        _check_in_force(life, number, [one.seq for one in life.representatives], "representative")
        return self._write(life, doing, {"action": "ended", "ends": number})

    def record_support_need(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        need: Need,
        source_message_id: str,
        note: str = "",
        safe_contact: str = "",
        key: str = "",
    ) -> Life:
        """Only from a message in which the complainant told the firm; never from a profile or other posts."""
        doing = Doing(Act.SUPPORT, EntryKind.SUPPORT_NEED, person, at, key=key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        check_source(self._transaction, life, source_message_id)
        is_safe = need in SAFE_CONTACT or bool(safe_contact.strip())
        facts: dict[str, object] = {
            "action": "recorded",
            "need": need.value,
            "source_message_id": source_message_id,
            "has_safe_contact": is_safe,
        }
        if is_safe:
            tags = sorted({*life.tags, SAFE_CONTACT_TAG})
            facts |= {"priority": Priority.URGENT.value, "tags": tags}
        return self._write(life, doing, facts, {"note": note.strip(), "safe_contact": safe_contact.strip()})

    def end_support_need(
        self, complaint_id: str, *, person: str, at: datetime, number: int, reason: str, key: str = ""
    ) -> Life:
        """`number`: `SupportNeed.seq`."""
        doing = because(Act.SUPPORT, EntryKind.SUPPORT_NEED, person, at, reason, key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        _check_in_force(life, number, [one.seq for one in life.support_needs], "support need")
        left = replace(life, support_needs=tuple(one for one in life.support_needs if one.seq != number))
        ended = next(one for one in life.support_needs if one.seq == number)
        facts: dict[str, object] = {"action": "ended", "ends": number, "need": ended.need.value}
        if not left.needs_safe_contact:
            facts["tags"] = [tag for tag in life.tags if tag != SAFE_CONTACT_TAG]
        return self._write(life, doing, facts)

    # beside it

    def link_systemic(self, complaint_id: str, *, person: str, at: datetime, candidate_id: str, key: str = "") -> Life:
        doing = Doing(Act.LINK_SYSTEMIC, EntryKind.SYSTEMIC_LINKED, person, at, key=key)
        return self._act(complaint_id, doing, {"candidate_id": candidate_id})

    def place_hold(self, complaint_id: str, *, person: str, at: datetime, reason: str, key: str = "") -> Life:
        doing = because(Act.HOLD, EntryKind.HOLD, person, at, reason, key)
        return self._act(complaint_id, doing, {"action": "placed"})

    def lift_hold(self, complaint_id: str, *, person: str, at: datetime, reason: str, key: str = "") -> Life:
        doing = because(Act.HOLD, EntryKind.HOLD, person, at, reason, key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        if not life.on_hold:
            raise RefusedActError(f"{complaint_id} is under no legal hold; nothing was lifted")
        return self._write(life, doing, {"action": "lifted"})


def _check_in_force(life: Life, number: int, numbers: Sequence[int], name: str) -> None:
    if number not in numbers:
        known = ", ".join(map(str, numbers)) or "none"
        raise RefusedActError(f"{life.complaint_id}: {name} {number} is not in force; in force: {known}")
