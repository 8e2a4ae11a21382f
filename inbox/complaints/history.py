"""A complaint's entries in words: who did what, when and why."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from inbox import wording
from inbox.complaints import words
from models import Entry, EntryKind
from models.complaint import may_see_support_notes
from policy.loading import Policy

PROGRAM = "Earshot"
WRITTEN_LATER = timedelta(minutes=5)
SAYINGS: Mapping[EntryKind, str] = {
    EntryKind.OPENED: "found it to be a complaint",
    EntryKind.CORRECTED: "corrected the record",
    EntryKind.ACKNOWLEDGED: "acknowledged it",
    EntryKind.RULED_OUT: "decided that it is no complaint",
    EntryKind.REOPENED: "reopened it",
    EntryKind.INVESTIGATING: "started the investigation",
    EntryKind.DELAY_NOTIFIED: "gave notice of a delay",
    EntryKind.RESPONDED: "gave the IDR response",
    EntryKind.CLOSED: "closed it",
    EntryKind.WITHDRAWN: "recorded that the complainant withdrew it",
    EntryKind.AT_AFCA: "recorded that AFCA has it",
    EntryKind.RETYPED: "changed its type",
    EntryKind.CLOCK_EVENT: "recorded an event that concerns its clocks",
    EntryKind.MERGED: "merged another complaint into it",
    EntryKind.MERGED_AWAY: "merged it into another complaint",
    EntryKind.SPLIT: "undid a merge",
    EntryKind.REPRESENTATIVE: "recorded a representative",
    EntryKind.SUPPORT_NEED: "recorded a support need",
    EntryKind.SYSTEMIC_LINKED: "linked it to a possible systemic issue",
    EntryKind.HOLD: "placed a legal hold",
    EntryKind.REDACTED: "redacted personal data",
}
ENDED: Mapping[EntryKind, str] = {
    EntryKind.REPRESENTATIVE: "recorded that a representative no longer speaks for the complainant",
    EntryKind.SUPPORT_NEED: "recorded that a support need has ended",
    EntryKind.HOLD: "lifted a legal hold",
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One entry."""

    seq: int
    complaint_id: str
    at: datetime
    recorded_at: datetime | None
    """Only where it was written down later than it happened."""
    by: str
    saying: str
    reason: str
    details: tuple[tuple[str, str], ...]
    """Name and value."""
    digest: str


def history(entries: Iterable[Entry], policy: Policy, *, role: str) -> list[HistoryLine]:
    """Newest first; entries of merged complaints stand among them by their number."""
    reader = _Reader(policy, role)
    return [reader.line(entry) for entry in sorted(entries, key=lambda entry: -entry.seq)]


@dataclass(frozen=True, slots=True)
class _Reader:
    policy: Policy
    role: str

    def line(self, entry: Entry) -> HistoryLine:
        kind = EntryKind(entry.kind)
        facts: Mapping[str, Any] = json.loads(entry.facts)
        personal: Mapping[str, Any] = json.loads(entry.personal) if entry.personal else {}
        recorded_at = datetime.fromisoformat(entry.recorded_at)
        at = next(
            (datetime.fromisoformat(facts[key]) for key in ("at", "acknowledged_at") if facts.get(key)), recorded_at
        )
        is_hidden = kind is EntryKind.SUPPORT_NEED and not may_see_support_notes(self.role)
        return HistoryLine(
            seq=entry.seq,
            complaint_id=entry.complaint_id,
            at=at,
            recorded_at=recorded_at if recorded_at - at > WRITTEN_LATER else None,
            by=_by(facts),
            saying=_saying(kind, facts),
            reason="" if is_hidden else str(facts.get("reason") or ""),
            details=() if is_hidden else tuple(self._details(kind, facts, personal)),
            digest=entry.digest,
        )

    def _details(
        self, kind: EntryKind, facts: Mapping[str, Any], personal: Mapping[str, Any]
    ) -> Iterator[tuple[str, str]]:
        told = dict(facts) | {key: value for key, value in personal.items() if key in PERSONAL}
        for key, (name, say) in DETAILS.items():
            value = told.get(key)
            if value in (None, "", [], {}) or (key, kind) in LEFT_OUT:
                continue
            yield name, say(self, value)

    # how values are said

    def text(self, value: Any) -> str:
        return str(value)

    def code(self, value: Any) -> str:
        return wording.words(value)

    def codes(self, value: Any) -> str:
        return ", ".join(wording.words(one) for one in value)

    def moment(self, value: Any) -> str:
        return wording.moment(datetime.fromisoformat(value), self.policy.zone)

    def day(self, value: Any) -> str:
        return words.day_of(value)

    def types(self, value: Any) -> str:
        names = value if isinstance(value, list) else [value]
        return ", ".join(words.complaint_type(self.policy, name) for name in names)

    def channel(self, value: Any) -> str:
        return words.channel(value)

    def basis(self, value: Any) -> str:
        """Of a closing a code, of triage a sentence."""
        return {str(basis): said for basis, said in words.BASES.items()}.get(str(value), str(value))

    def delay_reasons(self, value: Any) -> str:
        return "; ".join(words.known(words.REASONS, one) for one in value)

    def remedies(self, value: Any) -> str:
        return ", ".join(words.known(words.REMEDIES, one) for one in value)

    def event(self, value: Any) -> str:
        known = self.policy.regulation.known_events.get(str(value))
        return known.meaning if known is not None else wording.words(value)

    def details_of_event(self, value: Any) -> str:
        return ", ".join(f"{wording.words(key)} {one}" for key, one in value.items())

    def written_response(self, value: Any) -> str:
        return f"{value}: {words.known(words.WRITTEN_RESPONSES, value)}"

    def evidence(self, value: Any) -> str:
        at = f"{wording.moment(datetime.fromisoformat(value['when']), self.policy.zone)}, " if value.get("when") else ""
        return f"{at}{words.channel(value.get('channel') or '')} {value.get('message_id') or ''}".strip(", ")

    def need(self, value: Any) -> str:
        return words.known(words.NEEDS, value)

    def representative(self, value: Any) -> str:
        return words.known(words.REPRESENTATIVES, value)


def _by(facts: Mapping[str, Any]) -> str:
    """A person, else what decided: `person:Priti Rao` and `classifier:2026.2` name both sorts."""
    who = str(facts.get("by") or facts.get("acknowledged_by") or "")
    decided_by = str(facts.get("decided_by") or "")
    return who or decided_by.removeprefix("person:").replace(":", " ") or PROGRAM


def _saying(kind: EntryKind, facts: Mapping[str, Any]) -> str:
    is_end = facts.get("action") in ("ended", "lifted")
    return ENDED[kind] if is_end and kind in ENDED else SAYINGS[kind]


PERSONAL = frozenset({"name", "contact", "who", "quote", "note", "safe_contact"})
"""Of those, what a person wrote down about people; the complainant's words stand in the conversation."""
DETAILS: Mapping[str, tuple[str, Callable[[_Reader, Any], str]]] = {
    "of": ("Of", _Reader.text),
    "other": ("Complaint", _Reader.text),
    "into": ("Kept under", _Reader.text),
    "basis": ("Ground", _Reader.basis),
    "received_at": ("Received", _Reader.moment),
    "from_type": ("From", _Reader.types),
    "types": ("Type", _Reader.types),
    "acknowledged_on_channel": ("Channel", _Reader.channel),
    "channel": ("Channel", _Reader.channel),
    "outcome": ("Outcome", _Reader.code),
    "reasons": ("Ground", _Reader.delay_reasons),
    "explanation": ("Explanation", _Reader.text),
    "expected_on": ("Response expected", _Reader.day),
    "missing": ("Missing", _Reader.codes),
    "notice_version": ("Template", _Reader.text),
    "remedies": ("Remedies", _Reader.remedies),
    "compensation_amount": ("Paid", _Reader.text),
    "compensation_currency": ("Currency", _Reader.text),
    "evidence": ("Evidence", _Reader.evidence),
    "who": ("Said by", _Reader.text),
    "quote": ("Words", _Reader.text),
    "afca_reference": ("AFCA's reference", _Reader.text),
    "refer_back_due_on": ("Given back until", _Reader.day),
    "event": ("Event", _Reader.event),
    "details": ("Details", _Reader.details_of_event),
    "code": ("Because", _Reader.written_response),
    "name": ("Name", _Reader.text),
    "kind": ("Who they are", _Reader.representative),
    "contact": ("Contact", _Reader.text),
    "authority": ("Authority", _Reader.text),
    "need": ("Need", _Reader.need),
    "source_message_id": ("Told in message", _Reader.text),
    "note": ("What helps them", _Reader.text),
    "safe_contact": ("Safe way to reach them", _Reader.text),
    "candidate_id": ("Candidate", _Reader.text),
    "agreed_by": ("Agreed by", _Reader.text),
    "product": ("Product", _Reader.text),
    "issues": ("Issues", _Reader.codes),
    "brand": ("Brand", _Reader.text),
    "category": ("Category", _Reader.code),
    "respond_due_on": ("Respond by", _Reader.day),
}
"""Key of a fact → how it is called and said, in the order shown."""
LEFT_OUT = frozenset({("name", EntryKind.OPENED), ("kind", EntryKind.OPENED), ("reasons", EntryKind.OPENED)})
