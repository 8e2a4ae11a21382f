"""What people do with a complaint, one method an act, each checked against the complaint's life before it is written.

The caller's transaction commits it; nothing outside the database is called. Every method gives the life after the act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from flow.complaint_clocks import clocks_of_life, event_with_code
from flow.complaint_people import PeopleActs
from flow.complaint_sources import words_of_evidence
from flow.complaint_writing import Doing, because, check_instant, checked_reason
from models import EntryKind
from models.clock import CLOSE, last_limit
from models.complaint import Basis, DelayReason, Evidence, Life, Outcome, Remedy, WrittenResponse
from models.digests import digest
from models.errors import RecordError
from policy.custom_fields import FieldPlace, changed, fields_of
from register.act_facts import check_money, evidence_facts, outcome_of, remedies_of, standing_of
from register.facts import receipt_facts
from register.transitions import (
    Act,
    RefusedActError,
    check_clock_event,
    check_closing,
    check_merge,
    check_split,
)


class Complaints(PeopleActs):
    """All acts, those of `PeopleActs` included; made for one transaction."""

    # the way through

    def acknowledge(
        self, complaint_id: str, *, person: str, at: datetime, channel: str, text: str, key: str = ""
    ) -> Life:
        """`text`: the words that acknowledged it; only their digest is kept."""
        doing = Doing(Act.ACKNOWLEDGE, EntryKind.ACKNOWLEDGED, person, at, key=key)
        facts = {
            "acknowledged_at": at.isoformat(),
            "acknowledged_on_channel": channel,
            "acknowledged_by": person,
            "acknowledgement_sha256": digest(text),
        }
        return self._act(complaint_id, doing, facts)

    def investigate(self, complaint_id: str, *, person: str, at: datetime, key: str = "") -> Life:
        return self._act(complaint_id, Doing(Act.INVESTIGATE, EntryKind.INVESTIGATING, person, at, key=key))

    def notify_delay(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        channel: str,
        reasons: Sequence[DelayReason],
        explanation: str,
        text: str,
        expected_on: date | None = None,
        missing: Sequence[str] = (),
        key: str = "",
    ) -> Life:
        """A notice that is late or lacks something is recorded as not valid (RG 271.66); no notice moves a date.

        `missing`: what the validator of notices found lacking in `text`.
        """
        doing = Doing(Act.NOTIFY_DELAY, EntryKind.DELAY_NOTIFIED, person, at, key=key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        given = {"reasons": bool(reasons), "explanation": bool(explanation.strip())}
        lacks = [*missing, *(name for name, is_there in given.items() if not is_there)]
        facts = {
            "channel": channel,
            "reasons": [reason.value for reason in reasons],
            "explanation": explanation.strip(),
            "text_sha256": digest(text),
            "missing": lacks,
            "expected_on": expected_on.isoformat() if expected_on else None,
        }
        clocks = clocks_of_life(self._preview(life, doing, facts), self._policy)
        judged = [notice.missing for notice in clocks.delays if notice.at == at]
        why_not = list(judged[-1] if judged else lacks)
        return self._write(life, doing, facts | {"is_valid": not why_not, "missing": why_not})

    def respond(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        channel: str,
        outcome: Outcome,
        text: str,
        missing: Sequence[str] = (),
        notice_version: str = "",
        key: str = "",
    ) -> Life:
        """`missing`: what the validator of notices found lacking; then it is no IDR response and the clock goes on."""
        facts = {
            "channel": channel,
            "outcome": outcome.value,
            "text_sha256": digest(text),
            "missing": list(missing),
            "notice_version": notice_version,
        }
        return self._act(complaint_id, Doing(Act.RESPOND, EntryKind.RESPONDED, person, at, key=key), facts)

    # the ends of it

    def close(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        basis: Basis,
        outcome: Outcome | None = None,
        remedies: Sequence[Remedy] = (),
        compensation_amount: Decimal | None = None,
        compensation_currency: str | None = None,
        agreed_by: str = "",
        evidence: Evidence | None = None,
        reason: str = "",
        key: str = "",
    ) -> Life:
        """With what came of it (RG 271.164). On basis `response` the outcome is the response's where none is given.

        `agreed_by`: who decided on an amount that `person` may not decide on.
        """
        doing = Doing(Act.CLOSE, EntryKind.CLOSED, person, at, checked_reason(reason, needed=False), key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        evidence = words_of_evidence(self._transaction, life, evidence) if evidence is not None else None
        check_closing(
            life,
            basis,
            at=at,
            closes_by=last_limit(life.dues, CLOSE),
            remedies=remedies,
            evidence=evidence,
            reason=doing.reason,
        )
        check_money(compensation_amount, compensation_currency)
        facts = {
            "closed_at": at.isoformat(),
            "basis": basis.value,
            "outcome": outcome_of(life, basis, outcome),
            "remedies": remedies_of(life, remedies),
            "compensation_amount": f"{compensation_amount:f}" if compensation_amount is not None else None,
            "compensation_currency": compensation_currency,
        }
        if agreed_by.strip():
            facts["agreed_by"] = agreed_by.strip()
        told, hidden = evidence_facts(evidence)
        return self._write(life, doing, facts | told, hidden)

    def withdraw(self, complaint_id: str, *, person: str, at: datetime, reason: str, key: str = "") -> Life:
        return self._act(complaint_id, because(Act.WITHDRAW, EntryKind.WITHDRAWN, person, at, reason, key))

    def send_to_afca(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        afca_reference: str,
        refer_back_due_on: date | None = None,
        key: str = "",
    ) -> Life:
        """`refer_back_due_on`: AFCA gave it back until then; the earlier of that and our own limit counts."""
        doing = Doing(Act.SEND_TO_AFCA, EntryKind.AT_AFCA, person, at, key=key)
        if not afca_reference.strip():
            raise RecordError(f"{complaint_id}: AFCA's reference is empty; it stands on AFCA's letter")
        back = refer_back_due_on.isoformat() if refer_back_due_on else None
        return self._act(complaint_id, doing, {"afca_reference": afca_reference.strip(), "refer_back_due_on": back})

    def reopen(self, complaint_id: str, *, person: str, at: datetime, reason: str, key: str = "") -> Life:
        """The clocks are those they always were; a new matter is a new complaint (INTERP)."""
        return self._act(complaint_id, because(Act.REOPEN, EntryKind.REOPENED, person, at, reason, key))

    # what it is, and since when

    def retype(
        self, complaint_id: str, *, person: str, at: datetime, types: Sequence[str], reason: str, key: str = ""
    ) -> Life:
        """Of several types the first is shown and the shortest limit counts (INTERP)."""
        doing = because(Act.RETYPE, EntryKind.RETYPED, person, at, reason, key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        known = self._policy.regulation.types
        wrong = [name for name in types if name not in known]
        if wrong or not types:
            raise RefusedActError(
                f"{complaint_id}: type {', '.join(wrong) or '(none)'} is unknown to"
                f" {self._policy.regulation.title}; known types: {', '.join(known)}"
            )
        chosen = tuple(dict.fromkeys(types))
        if chosen == life.own_types:
            raise RefusedActError(f"{complaint_id} is of type {', '.join(chosen)} already; nothing was changed")
        facts = {
            "from_type": life.own_types[0],
            "from_types": list(life.own_types),
            "complaint_type": chosen[0],
            "types": list(chosen),
        }
        return self._write(life, doing, facts)

    def correct_received(
        self, complaint_id: str, *, person: str, at: datetime, received_at: datetime, reason: str, key: str = ""
    ) -> Life:
        """The only way a receipt ever changes."""
        check_instant(received_at, f"{complaint_id}: received", now=self._now)
        facts = receipt_facts(received_at, zone=self._policy.zone)
        return self._act(complaint_id, because(Act.CORRECT, EntryKind.CORRECTED, person, at, reason, key), facts)

    def correct(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        reason: str,
        product: str | None = None,
        issues: Sequence[str] | None = None,
        brand: str | None = None,
        category: str | None = None,
        custom_fields: Mapping[str, str] | None = None,
        key: str = "",
    ) -> Life:
        """What it is about; None leaves a thing as it is. `custom_fields`: as typed, an empty one is taken away.

        Raises: RefusedActError, RecordError.
        """
        given: Mapping[str, object | None] = {
            "product": product,
            "issues": list(issues) if issues is not None else None,
            "brand": brand,
            "category": category,
        }
        facts = {name: value for name, value in given.items() if value is not None}
        doing = because(Act.CORRECT, EntryKind.CORRECTED, person, at, reason, key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        plain, personal = self._fields(life, custom_fields or {})
        facts |= {"custom_fields": plain} if plain is not None else {}
        if not facts and personal is None:
            raise RecordError(f"{complaint_id}: nothing to correct; give product, issues, brand, category or a field")
        return self._write(life, doing, facts, {"personal_fields": personal} if personal is not None else None)

    def _fields(self, life: Life, given: Mapping[str, str]) -> tuple[dict[str, str] | None, dict[str, str] | None]:
        """All values as they are to stand, those that are personal apart; None where none of them changes."""
        fields = fields_of(self._policy.house.custom_fields, FieldPlace.COMPLAINT)
        found = []
        for is_personal, held in ((False, life.custom_fields), (True, life.personal_fields)):
            before = dict(held)
            now = changed([field for field in fields if field.is_personal is is_personal], before, given)
            found.append(now if now != before else None)
        return found[0], found[1]

    def recount(self, complaint_id: str, *, person: str, at: datetime, reason: str, key: str = "") -> Life:
        """Work out every clock anew, e.g. after a holiday was declared; what was said before stays in the history."""
        return self._act(complaint_id, because(Act.CORRECT, EntryKind.CORRECTED, person, at, reason, key))

    def record_clock_event(
        self,
        complaint_id: str,
        *,
        person: str,
        at: datetime,
        event: str,
        details: Mapping[str, str] | None = None,
        key: str = "",
    ) -> Life:
        """`event`: one of the pack, see `earshot clocks --event`. `details`: what else it says, such as a date."""
        doing = Doing(Act.RECORD_CLOCK_EVENT, EntryKind.CLOCK_EVENT, person, at, key=key)
        life = self._begin(complaint_id, doing)
        if life is None:
            return self.life(complaint_id)
        check_clock_event(life, event)
        rule = self._policy.regulation.events.get(event)
        if rule is None:
            known = ", ".join(self._policy.regulation.events) or "none"
            raise RefusedActError(f"{complaint_id}: {event!r} is no event of {doing.act}; known events: {known}")
        facts: dict[str, object] = {"event": event}
        facts |= ({"details": dict(details)} if details else {}) | ({"code": rule.code} if rule.code else {})
        clocks_of_life(self._preview(life, doing, facts), self._policy)
        return self._write(life, doing, facts)

    def require_written_response(
        self, complaint_id: str, *, person: str, at: datetime, code: WrittenResponse, reason: str, key: str = ""
    ) -> Life:
        """RG 271.75: also after an early closing, which then no longer spares the response."""
        doing = because(Act.REQUIRE_WRITTEN_RESPONSE, EntryKind.CLOCK_EVENT, person, at, reason, key)
        event = event_with_code(self._policy, code)
        if not event:
            raise RefusedActError(f"{complaint_id}: {code} is no exception of {self._policy.regulation.title}")
        return self._act(complaint_id, doing, {"event": event, "code": code.value})

    # merging

    def merge(
        self, kept_id: str, other_id: str, *, person: str, at: datetime, reason: str, key: str = ""
    ) -> tuple[Life, Life]:
        """`other_id` is the same complaint, kept under `kept_id` from now on: the earliest receipt counts."""
        doing = because(Act.MERGE, EntryKind.MERGED, person, at, reason, key)
        self._transaction.register.lock()
        kept, other = self.life(kept_id), self.life(other_id)
        if self._is_repeat(kept_id, doing):
            return kept, other
        check_merge(kept, other)
        for life in (kept, other):
            self._check_who_and_when(life, doing)
        away = self._write(other, replace(doing, kind=EntryKind.MERGED_AWAY), {"into": kept_id})
        earliest = min(kept.received_at, other.received_at)
        facts = {"other": other_id, "standing": standing_of(other)} | receipt_facts(earliest, zone=self._policy.zone)
        return self._write(kept, doing, facts), away

    def split(
        self, kept_id: str, other_id: str, *, person: str, at: datetime, reason: str, key: str = ""
    ) -> tuple[Life, Life]:
        """Undo a merge: each complaint is again what its own entries make it."""
        doing = because(Act.SPLIT, EntryKind.SPLIT, person, at, reason, key)
        self._transaction.register.lock()
        kept, other = self.life(kept_id), self.life(other_id)
        if self._is_repeat(kept_id, doing):
            return kept, other
        check_split(kept, other)
        self._check_case_is_here(other)
        for life in (kept, other):
            self._check_who_and_when(life, doing)
        back = self._write(other, doing, {"other": kept_id})
        return self._write(kept, doing, {"other": other_id}), back

    def _check_case_is_here(self, other: Life) -> None:
        """Raises: RefusedActError where nobody would see its clocks, for its case was merged into another."""
        merge = self._transaction.merges.standing(other.case_id) if other.case_id is not None else None
        if merge is not None:
            raise RefusedActError(
                f"{other.complaint_id} belongs to case {merge.away_id}, which was merged into case {merge.kept_id}; "
                f"take that merge back on the page of case {merge.away_id} first"
            )
