"""A complaint's entries fold into its life: status, receipt, type, people, clocks. Pure; no entry is refused here."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from models import Entry, EntryKind
from models.complaint import (
    SAFE_CONTACT,
    Basis,
    ClockAct,
    Closing,
    DelayNotice,
    Evidence,
    Life,
    MergedIn,
    Need,
    Representative,
    Response,
    Status,
    Step,
    SupportNeed,
    TypeChange,
    WrittenResponse,
)
from models.errors import RecordError

STANDARD = "standard"
_CLOCK_ACTS: Mapping[EntryKind, str] = {
    EntryKind.ACKNOWLEDGED: "acknowledged",
    EntryKind.DELAY_NOTIFIED: "delay_notified",
    EntryKind.RESPONDED: "responded",
    EntryKind.CLOSED: "closed",
    EntryKind.WITHDRAWN: "withdrawn",
    EntryKind.REOPENED: "reopened",
    EntryKind.RETYPED: "retyped",
    EntryKind.AT_AFCA: "afca_referred_back",
}
"""Kind of entry → event of the clock function; a clock event names its own."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One entry, read."""

    seq: int
    kind: EntryKind
    recorded_at: str
    facts: Mapping[str, Any]
    personal: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        """When it happened; entries of early releases say only when they were recorded."""
        for key in ("at", "acknowledged_at", "closed_at"):
            if self.facts.get(key):
                return datetime.fromisoformat(self.facts[key])
        return datetime.fromisoformat(self.recorded_at)

    @property
    def by(self) -> str:
        return str(self.facts.get("by") or self.facts.get("acknowledged_by") or self.facts.get("decided_by") or "")

    @property
    def reason(self) -> str:
        return str(self.facts.get("reason") or "")

    def text(self, key: str) -> str:
        return str(self.facts.get(key) or "")

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(str(value) for value in self.facts.get(key) or ())

    def instant(self, key: str) -> datetime | None:
        value = self.facts.get(key)
        return datetime.fromisoformat(value) if value else None

    def day(self, key: str) -> date | None:
        value = self.facts.get(key)
        return date.fromisoformat(value) if value else None


def fold(entries: Iterable[Entry]) -> Life:
    """The life that the entries of one complaint, in order of `seq`, add up to.

    Raises: RecordError where there are none, or the first one does not open the complaint.
    """
    life: Life | None = None
    for entry in entries:
        said = _read(entry)
        life = _opened(entry.complaint_id, said) if life is None else _after(life, said)
    if life is None:
        raise RecordError("a complaint without entries is none; check its id in the register")
    return life


def _read(entry: Entry) -> _Said:
    personal = json.loads(entry.personal) if entry.personal is not None else {}
    return _Said(entry.seq, EntryKind(entry.kind), entry.recorded_at, json.loads(entry.facts), personal)


def _opened(complaint_id: str, said: _Said) -> Life:
    received_at, received_on = said.instant("received_at"), said.day("received_on")
    if said.kind is not EntryKind.OPENED or received_at is None or received_on is None:
        raise RecordError(f"entry {said.seq} ({complaint_id}, {said.kind}) does not open a complaint; run `verify`")
    types = said.texts("types") or (said.text("complaint_type") or STANDARD,)
    life = Life(
        complaint_id=complaint_id,
        case_id=said.facts.get("case_id"),
        status=Status.OPEN,
        received_at=received_at,
        received_on=received_on,
        types=types,
        history=(),
        own_received_at=received_at,
        own_received_on=received_on,
        own_types=types,
        channel=said.text("channel"),
        account=said.text("account"),
        language=said.facts.get("language"),
        message_id=said.facts.get("message_id"),
    )
    return _noted(_described(life, said), said)


def _after(life: Life, said: _Said) -> Life:
    return _noted(_described(_ACTS[said.kind](life, said), said), said)


def _noted(life: Life, said: _Said) -> Life:
    """The step in the history, and what merged complaints change."""
    step = Step(said.seq, said.kind.value, life.status, said.at, said.by, said.reason)
    life = _changed(
        life,
        history=(*life.history, step),
        events=(*life.events, *_clock_acts(said)),
        last_seq=said.seq,
        recorded_at=said.recorded_at,
    )
    received = min(
        [(life.own_received_at, life.own_received_on), *((m.received_at, m.received_on) for m in life.merged)]
    )
    types = dict.fromkeys((*life.own_types, *(name for other in life.merged for name in other.types)))
    return _changed(life, received_at=received[0], received_on=received[1], types=tuple(types))


def _changed(life: Life, **changed: Any) -> Life:
    """In place: until `fold` gives it away nobody else has it, and a copy for every entry takes most of an export."""
    for name, value in changed.items():
        object.__setattr__(life, name, value)
    return life


def _clock_acts(said: _Said) -> Iterator[ClockAct]:
    """A response that lacks something is none."""
    name = _CLOCK_ACTS.get(said.kind)
    if said.kind is EntryKind.CLOCK_EVENT:
        name = said.text("event")
    if name is None or (said.kind is EntryKind.RESPONDED and said.texts("missing")):
        return
    if said.kind is EntryKind.AT_AFCA and said.day("refer_back_due_on") is None:
        return
    yield ClockAct(name, said.at, tuple(sorted(_clock_facts(said).items())))


def _clock_facts(said: _Said) -> dict[str, str | tuple[str, ...]]:
    details = said.facts.get("details") or {}
    if said.kind is EntryKind.AT_AFCA:
        return {"due_on": said.text("refer_back_due_on")}
    if said.kind is EntryKind.RETYPED:
        return {"from_type": said.texts("from_types") or (said.text("from_type"),)}
    if said.kind is EntryKind.DELAY_NOTIFIED:
        return {"reasons": said.texts("reasons"), "missing": said.texts("missing")}
    return {str(key): str(value) for key, value in details.items()}


def _described(life: Life, said: _Said) -> Life:
    """What any entry may say anew: nature, standing, due dates."""
    facts = said.facts
    changed: dict[str, Any] = {
        key: facts[key] for key in ("product", "brand", "category", "tier", "priority") if key in facts
    }
    changed |= {key: said.texts(key) for key in ("issues", "tags") if key in facts}
    for key, held in (("custom_fields", facts), ("personal_fields", said.personal)):
        if key in held:
            changed[key] = tuple(sorted((name, str(value)) for name, value in held[key].items()))
    if "dues" in facts:
        pairs = sorted((key, datetime.fromisoformat(at)) for key, at in facts["dues"].items())
        changed["dues"] = tuple(pairs)
    if "acknowledge_due_at" in facts:
        changed["acknowledge_due_at"] = said.instant("acknowledge_due_at")
    if "respond_due_on" in facts:
        changed["respond_due_on"] = said.day("respond_due_on")
    return _changed(life, **changed)


# one function for each kind of entry


def _corrected(life: Life, said: _Said) -> Life:
    received_at, received_on = said.instant("received_at"), said.day("received_on")
    if received_at is None or received_on is None:
        return life
    of = said.text("of")
    if not of:
        return _changed(life, own_received_at=received_at, own_received_on=received_on)
    moved = (
        replace(one, received_at=received_at, received_on=received_on) if one.complaint_id == of else one
        for one in life.merged
    )
    return _changed(life, merged=tuple(moved))


def _acknowledged(life: Life, said: _Said) -> Life:
    status = Status.ACKNOWLEDGED if life.status in (Status.OPEN, Status.REOPENED) else life.status
    return _changed(life, status=status, acknowledged_at=life.acknowledged_at or said.at)


def _investigating(life: Life, said: _Said) -> Life:
    return _changed(life, status=Status.INVESTIGATING)


def _delay_notified(life: Life, said: _Said) -> Life:
    notice = DelayNotice(
        at=said.at,
        by=said.by,
        channel=said.text("channel"),
        reasons=said.texts("reasons"),
        explanation=said.text("explanation"),
        missing=said.texts("missing"),
        is_valid=bool(said.facts.get("is_valid")),
        expected_on=said.day("expected_on"),
    )
    return _changed(life, status=Status.DELAY_NOTIFIED, delay_notices=(*life.delay_notices, notice))


def _responded(life: Life, said: _Said) -> Life:
    response = Response(
        at=said.at,
        by=said.by,
        channel=said.text("channel"),
        outcome=said.text("outcome"),
        missing=said.texts("missing"),
        notice_version=said.text("notice_version"),
    )
    status = life.status if life.status is Status.CLOSED else Status.RESPONDED
    return _changed(life, status=status, response=response)


def _closed(life: Life, said: _Said) -> Life:
    closing = Closing(
        at=said.at,
        by=said.by,
        basis=Basis(said.text("basis") or Basis.OTHER),
        outcome=said.text("outcome"),
        remedies=said.texts("remedies"),
        compensation_amount=said.facts.get("compensation_amount"),
        compensation_currency=said.facts.get("compensation_currency"),
        evidence=_evidence(said),
        reason=said.reason,
    )
    return _changed(life, status=Status.CLOSED, closing=closing)


def _evidence(said: _Said) -> Evidence | None:
    told = said.facts.get("evidence")
    if not told:
        return None
    at = told.get("when")
    return Evidence(
        who=str(said.personal.get("who") or ""),
        at=datetime.fromisoformat(at) if at else None,
        channel=str(told.get("channel") or ""),
        message_id=str(told.get("message_id") or ""),
        quote=str(said.personal.get("quote") or ""),
    )


def _withdrawn(life: Life, said: _Said) -> Life:
    return _changed(life, status=Status.WITHDRAWN, withdrawn_at=said.at)


def _at_afca(life: Life, said: _Said) -> Life:
    return _changed(
        life,
        status=Status.AT_AFCA,
        afca_reference=said.text("afca_reference") or life.afca_reference,
        refer_back_due_on=said.day("refer_back_due_on"),
    )


def _reopened(life: Life, said: _Said) -> Life:
    """The receipt stays, and so do the clocks."""
    return _changed(life, status=Status.REOPENED, closing=None, withdrawn_at=None, reopened_at=said.at)


def _ruled_out(life: Life, said: _Said) -> Life:
    return _changed(life, status=Status.RULED_OUT)


def _retyped(life: Life, said: _Said) -> Life:
    types = said.texts("types") or (said.text("complaint_type"),)
    change = TypeChange(said.at, said.by, life.own_types, types, said.reason)
    return _changed(life, own_types=types, type_changes=(*life.type_changes, change))


def _clock_event(life: Life, said: _Said) -> Life:
    """The pack's own events; one with a code of RG 271.75 makes a written response due."""
    if said.text("code") not in set(WrittenResponse):
        return life
    code = WrittenResponse(said.text("code"))
    return _changed(life, written_response=tuple(sorted({*life.written_response, code})))


def _merged(life: Life, said: _Said) -> Life:
    """`standing` is how the other complaint stood: it takes no more entries until it is split off."""
    standing = said.facts["standing"]
    acknowledged_at = standing.get("acknowledged_at")
    other = MergedIn(
        complaint_id=said.text("other"),
        at=said.at,
        received_at=datetime.fromisoformat(standing["received_at"]),
        received_on=date.fromisoformat(standing["received_on"]),
        types=tuple(standing["types"]),
        acknowledged_at=datetime.fromisoformat(acknowledged_at) if acknowledged_at else None,
        has_representative=bool(standing["has_representative"]),
        has_safe_contact=bool(standing["has_safe_contact"]),
        needs=tuple(standing["needs"]),
        written_response=tuple(standing["written_response"]),
    )
    return _changed(life, merged=(*life.merged, other))


def _merged_away(life: Life, said: _Said) -> Life:
    return _changed(life, status=Status.MERGED_AWAY, merged_into=said.text("into"))


def _split(life: Life, said: _Said) -> Life:
    """Both complaints are again what their own entries make them."""
    if life.merged_into is None:
        return _changed(life, merged=tuple(one for one in life.merged if one.complaint_id != said.text("other")))
    before = next(
        (step.status for step in reversed(life.history) if step.status is not Status.MERGED_AWAY), Status.OPEN
    )
    return _changed(life, status=before, merged_into=None)


def _representative(life: Life, said: _Said) -> Life:
    if said.text("action") == "ended":
        ended = said.facts.get("ends")
        return _changed(life, representatives=tuple(one for one in life.representatives if one.seq != ended))
    new = Representative(
        seq=said.seq,
        at=said.at,
        by=said.by,
        kind=said.text("kind"),
        authority=said.text("authority"),
        name=said.personal.get("name"),
        contact=said.personal.get("contact"),
    )
    return _changed(life, representatives=(*life.representatives, new))


def _support_need(life: Life, said: _Said) -> Life:
    if said.text("action") == "ended":
        ended = said.facts.get("ends")
        return _changed(life, support_needs=tuple(one for one in life.support_needs if one.seq != ended))
    need = Need(said.text("need"))
    new = SupportNeed(
        seq=said.seq,
        at=said.at,
        by=said.by,
        need=need,
        source_message_id=said.text("source_message_id"),
        note=said.personal.get("note"),
        safe_contact=said.personal.get("safe_contact"),
        has_safe_contact=bool(said.facts.get("has_safe_contact")) or need in SAFE_CONTACT,
    )
    return _changed(life, support_needs=(*life.support_needs, new))


def _systemic_linked(life: Life, said: _Said) -> Life:
    return _changed(life, systemic=tuple(dict.fromkeys((*life.systemic, said.text("candidate_id")))))


def _hold(life: Life, said: _Said) -> Life:
    return _changed(life, holds=max(0, life.holds + (-1 if said.text("action") == "lifted" else 1)))


def _unchanged(life: Life, said: _Said) -> Life:
    return life


_ACTS: Mapping[EntryKind, Callable[[Life, _Said], Life]] = {
    EntryKind.OPENED: _unchanged,
    EntryKind.CORRECTED: _corrected,
    EntryKind.ACKNOWLEDGED: _acknowledged,
    EntryKind.RULED_OUT: _ruled_out,
    EntryKind.REOPENED: _reopened,
    EntryKind.INVESTIGATING: _investigating,
    EntryKind.DELAY_NOTIFIED: _delay_notified,
    EntryKind.RESPONDED: _responded,
    EntryKind.CLOSED: _closed,
    EntryKind.WITHDRAWN: _withdrawn,
    EntryKind.AT_AFCA: _at_afca,
    EntryKind.RETYPED: _retyped,
    EntryKind.CLOCK_EVENT: _clock_event,
    EntryKind.MERGED: _merged,
    EntryKind.MERGED_AWAY: _merged_away,
    EntryKind.SPLIT: _split,
    EntryKind.REPRESENTATIVE: _representative,
    EntryKind.SUPPORT_NEED: _support_need,
    EntryKind.SYSTEMIC_LINKED: _systemic_linked,
    EntryKind.HOLD: _hold,
    EntryKind.REDACTED: _unchanged,
}
