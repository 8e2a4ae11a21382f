"""A complaint's entries in words: who did what, when and why."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from inbox import wording
from inbox.complaints import words
from inbox.languages import N_, Sayings, translated
from models import Entry, EntryKind
from models.complaint import may_see_support_notes
from policy.loading import Policy

PROGRAM = "Earshot"
WRITTEN_LATER = timedelta(minutes=5)
SAYINGS: Mapping[EntryKind, str] = Sayings(
    {
        EntryKind.OPENED: N_("found it to be a complaint"),
        EntryKind.CORRECTED: N_("corrected the record"),
        EntryKind.ACKNOWLEDGED: N_("acknowledged it"),
        EntryKind.RULED_OUT: N_("decided that it is no complaint"),
        EntryKind.REOPENED: N_("reopened it"),
        EntryKind.INVESTIGATING: N_("started the investigation"),
        EntryKind.DELAY_NOTIFIED: N_("gave notice of a delay"),
        EntryKind.RESPONDED: N_("gave the IDR response"),
        EntryKind.CLOSED: N_("closed it"),
        EntryKind.WITHDRAWN: N_("recorded that the complainant withdrew it"),
        EntryKind.AT_AFCA: N_("recorded that AFCA has it"),
        EntryKind.RETYPED: N_("changed its type"),
        EntryKind.CLOCK_EVENT: N_("recorded an event that concerns its clocks"),
        EntryKind.MERGED: N_("merged another complaint into it"),
        EntryKind.MERGED_AWAY: N_("merged it into another complaint"),
        EntryKind.SPLIT: N_("undid a merge"),
        EntryKind.REPRESENTATIVE: N_("recorded a representative"),
        EntryKind.SUPPORT_NEED: N_("recorded a support need"),
        EntryKind.SYSTEMIC_LINKED: N_("linked it to a possible systemic issue"),
        EntryKind.HOLD: N_("placed a legal hold"),
        EntryKind.REDACTED: N_("redacted personal data"),
    }
)
ENDED: Mapping[EntryKind, str] = Sayings(
    {
        EntryKind.REPRESENTATIVE: N_("recorded that a representative no longer speaks for the complainant"),
        EntryKind.SUPPORT_NEED: N_("recorded that a support need has ended"),
        EntryKind.HOLD: N_("lifted a legal hold"),
    }
)


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
        for key, (name, said) in DETAILS.items():
            value = told.get(key)
            if value in (None, "", [], {}) or (key, kind) in LEFT_OUT:
                continue
            yield translated(name), said(self, value)

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
        return translated(known.meaning) if known is not None else wording.words(value)

    def details_of_event(self, value: Any) -> str:
        return ", ".join(f"{wording.words(key)} {one}" for key, one in value.items())

    def fields(self, value: Any) -> str:
        names = words.names_of_fields(self.policy)
        return ", ".join(f"{names.get(key, key)} {one}" for key, one in value.items())

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


PERSONAL = frozenset({"name", "contact", "who", "quote", "note", "safe_contact", "personal_fields"})
"""Of those, what a person wrote down about people; the complainant's words stand in the conversation."""
DETAILS: Mapping[str, tuple[str, Callable[[_Reader, Any], str]]] = {
    "of": (N_("Of"), _Reader.text),
    "other": (N_("Complaint"), _Reader.text),
    "into": (N_("Kept under"), _Reader.text),
    "basis": (N_("Ground"), _Reader.basis),
    "received_at": (N_("Received"), _Reader.moment),
    "from_type": (N_("From"), _Reader.types),
    "types": (N_("Type"), _Reader.types),
    "acknowledged_on_channel": (N_("Channel"), _Reader.channel),
    "channel": (N_("Channel"), _Reader.channel),
    "outcome": (N_("Outcome"), _Reader.code),
    "reasons": (N_("Ground"), _Reader.delay_reasons),
    "explanation": (N_("Explanation"), _Reader.text),
    "expected_on": (N_("Response expected"), _Reader.day),
    "missing": (N_("Missing"), _Reader.codes),
    "notice_version": (N_("Template"), _Reader.text),
    "remedies": (N_("Remedies"), _Reader.remedies),
    "compensation_amount": (N_("Paid"), _Reader.text),
    "compensation_currency": (N_("Currency"), _Reader.text),
    "evidence": (N_("Evidence"), _Reader.evidence),
    "who": (N_("Said by"), _Reader.text),
    "quote": (N_("Words"), _Reader.text),
    "afca_reference": (N_("AFCA's reference"), _Reader.text),
    "refer_back_due_on": (N_("Given back until"), _Reader.day),
    "event": (N_("Event"), _Reader.event),
    "details": (N_("Details"), _Reader.details_of_event),
    "code": (N_("Because"), _Reader.written_response),
    "name": (N_("Name"), _Reader.text),
    "kind": (N_("Who they are"), _Reader.representative),
    "contact": (N_("Contact"), _Reader.text),
    "authority": (N_("Authority"), _Reader.text),
    "need": (N_("Need"), _Reader.need),
    "source_message_id": (N_("Told in message"), _Reader.text),
    "note": (N_("What helps them"), _Reader.text),
    "safe_contact": (N_("Safe way to reach them"), _Reader.text),
    "candidate_id": (N_("Candidate"), _Reader.text),
    "agreed_by": (N_("Agreed by"), _Reader.text),
    "product": (N_("Product"), _Reader.text),
    "issues": (N_("Issues"), _Reader.codes),
    "brand": (N_("Brand"), _Reader.text),
    "category": (N_("Category"), _Reader.code),
    "custom_fields": (N_("Fields of the firm"), _Reader.fields),
    "personal_fields": (N_("Fields of the firm, personal"), _Reader.fields),
    "respond_due_on": (N_("Respond by"), _Reader.day),
}
"""Key of a fact → how it is called and said, in the order shown."""
LEFT_OUT = frozenset({("name", EntryKind.OPENED), ("kind", EntryKind.OPENED), ("reasons", EntryKind.OPENED)})
