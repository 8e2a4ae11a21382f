"""A complaint's life as records: what its entries in the register add up to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a complaint stands; `register.transitions` says what may be done in each."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    DELAY_NOTIFIED = "delay_notified"
    RESPONDED = "responded"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    AT_AFCA = "at_afca"
    RULED_OUT = "ruled_out"
    MERGED_AWAY = "merged_away"


class Basis(StrEnum):
    """On what ground a complaint was closed."""

    SATISFIED_IN_5BD = "5bd_satisfied"
    """RG 271.71(a): resolved to the complainant's satisfaction by the end of the fifth business day."""
    EXPLAINED_IN_5BD = "5bd_explained"
    """RG 271.71(b): explained or apologised by then, and no further reasonable action is possible."""
    RESPONSE = "response"
    WITHDRAWN = "withdrawn"
    AT_AFCA = "at_afca"
    OTHER = "other"


class Outcome(StrEnum):
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    REJECTED = "rejected"
    NO_FINDING = "no_finding"


class Remedy(StrEnum):
    """RG 271.161."""

    EXPLANATION = "explanation"
    APOLOGY = "apology"
    ASSISTANCE = "assistance"
    FEE_REFUND = "fee_refund"
    GOODWILL_PAYMENT = "goodwill_payment"
    COMPENSATION = "compensation"
    DEBT_WAIVER = "debt_waiver"
    REPLACEMENT = "replacement"
    RECORDS_CORRECTED = "records_corrected"
    REPAIR = "repair"
    CONTRACT_CHANGE = "contract_change"
    LEGAL_ACTION_CEASED = "legal_action_ceased"
    SYSTEM_IMPROVEMENT = "system_improvement"
    NONE = "none"


class DelayReason(StrEnum):
    """RG 271.65; busy days and missing staff are no grounds (RG 271.143)."""

    PARTICULARLY_COMPLEX = "particularly_complex"
    BEYOND_CONTROL = "beyond_control"


class WrittenResponse(StrEnum):
    """RG 271.75: why a written IDR response is due however early the complaint was closed."""

    ASKED = "WR-A"
    HARDSHIP = "WR-B1"
    DECLINED_CLAIM = "WR-B2"
    CLAIM_VALUE = "WR-B3"
    TRUSTEE_DECISION = "WR-C"


class Need(StrEnum):
    """What a person told the firm about themselves that changes how they are dealt with."""

    HARDSHIP = "hardship"
    DOMESTIC_ABUSE = "domestic_abuse"
    SELF_HARM = "self_harm"
    SERIOUS_ILLNESS = "serious_illness"
    LANGUAGE = "language"
    ACCESSIBILITY = "accessibility"
    OTHER = "other"


SAFE_CONTACT = frozenset({Need.SELF_HARM, Need.DOMESTIC_ABUSE})
"""Needs that put a complaint on the safe-contact path: urgent, and nothing is written to the person by a program."""
SEES_SUPPORT_NOTES = frozenset({"lead", "compliance", "admin"})


def may_see_support_notes(role: str) -> bool:
    """Whether people of that role need to know what a support need is about; everybody sees that there is one."""
    return role in SEES_SUPPORT_NOTES


@dataclass(frozen=True, slots=True)
class Evidence:
    """That the complainant said they are satisfied. A message of ours to point at, or who said it when and where."""

    who: str = ""
    at: datetime | None = None
    channel: str = ""
    message_id: str = ""
    quote: str = ""
    """Their words; personal."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the history: the status from then on, and who made it so and why."""

    seq: int
    kind: str
    status: Status
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class TypeChange:
    at: datetime
    by: str
    from_types: tuple[str, ...]
    to_types: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class DelayNotice:
    at: datetime
    by: str
    channel: str
    reasons: tuple[str, ...]
    explanation: str
    missing: tuple[str, ...]
    is_valid: bool
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class Response:
    """An IDR response; with something missing it is none under RG 271.53, and the clock goes on."""

    at: datetime
    by: str
    channel: str
    outcome: str
    missing: tuple[str, ...]
    notice_version: str

    @property
    def is_complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Closing:
    at: datetime
    by: str
    basis: Basis
    outcome: str
    remedies: tuple[str, ...]
    compensation_amount: str | None
    """Decimal text."""
    compensation_currency: str | None
    evidence: Evidence | None
    reason: str


@dataclass(frozen=True, slots=True)
class Representative:
    """Somebody with authority to speak for the complainant."""

    seq: int
    """Of the entry that recorded them: their number."""
    at: datetime
    by: str
    kind: str
    authority: str
    name: str | None
    """None once redacted."""
    contact: str | None


@dataclass(frozen=True, slots=True)
class SupportNeed:
    seq: int
    at: datetime
    by: str
    need: Need
    source_message_id: str
    note: str | None
    """Hidden from roles that do not need it: `without_support_notes`."""
    safe_contact: str | None
    has_safe_contact: bool


@dataclass(frozen=True, slots=True)
class MergedIn:
    """Another complaint that was found to be this one, as it stood then."""

    complaint_id: str
    at: datetime
    received_at: datetime
    received_on: date
    types: tuple[str, ...]
    acknowledged_at: datetime | None
    has_representative: bool
    has_safe_contact: bool
    needs: tuple[str, ...]
    written_response: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockAct:
    """One event for the clock function, and when it happened."""

    event: str
    """A kind that every pack knows, or one of the pack in force."""
    at: datetime
    facts: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    """What the event says besides, e.g. a date; sorted by name."""


@dataclass(frozen=True, slots=True)
class Life:
    """A complaint as its entries make it; merged complaints are counted in."""

    complaint_id: str
    case_id: int | None
    status: Status
    received_at: datetime
    """The earliest of its own receipt and those of complaints merged into it; aware, UTC."""
    received_on: date
    types: tuple[str, ...]
    """Of several, the shortest limit counts and the first is shown."""
    history: tuple[Step, ...]
    own_received_at: datetime
    own_received_on: date
    own_types: tuple[str, ...]
    type_changes: tuple[TypeChange, ...] = ()
    acknowledged_at: datetime | None = None
    delay_notices: tuple[DelayNotice, ...] = ()
    response: Response | None = None
    """The latest."""
    closing: Closing | None = None
    """None while it is not closed, also after a reopening."""
    reopened_at: datetime | None = None
    withdrawn_at: datetime | None = None
    written_response: tuple[WrittenResponse, ...] = ()
    """As people recorded it; `register.transitions.written_response_needed` adds what type and needs ask for."""
    representatives: tuple[Representative, ...] = ()
    """In force."""
    support_needs: tuple[SupportNeed, ...] = ()
    """In force."""
    merged: tuple[MergedIn, ...] = ()
    merged_into: str | None = None
    afca_reference: str | None = None
    refer_back_due_on: date | None = None
    systemic: tuple[str, ...] = ()
    holds: int = 0
    """Legal holds in force."""
    events: tuple[ClockAct, ...] = ()
    """All that may start, stop or end a clock, in the order of entry."""
    dues: tuple[tuple[str, datetime], ...] = ()
    """As last written down: key and last instant in time."""
    acknowledge_due_at: datetime | None = None
    respond_due_on: date | None = None
    product: str | None = None
    issues: tuple[str, ...] = ()
    brand: str | None = None
    category: str | None = None
    custom_fields: tuple[tuple[str, str], ...] = ()
    """The firm's own, key and value."""
    personal_fields: tuple[tuple[str, str], ...] = ()
    """As above, of those that may say something about a person; none once redacted."""
    channel: str = ""
    account: str = ""
    language: str | None = None
    tier: int | None = None
    priority: str | None = None
    tags: tuple[str, ...] = ()
    message_id: str | None = None
    last_seq: int = 0
    recorded_at: str = ""
    """Of the last entry."""

    @property
    def complaint_type(self) -> str:
        return self.types[0]

    @property
    def first_acknowledged_at(self) -> datetime | None:
        """Merged complaints counted in: the firm acknowledged one and the same complaint."""
        own = (self.acknowledged_at, *(other.acknowledged_at for other in self.merged))
        return min((at for at in own if at is not None), default=None)

    @property
    def closed_at(self) -> datetime | None:
        return self.closing.at if self.closing is not None else self.withdrawn_at

    @property
    def basis(self) -> Basis | None:
        if self.closing is not None:
            return self.closing.basis
        return Basis.WITHDRAWN if self.withdrawn_at is not None else None

    @property
    def has_representative(self) -> bool:
        return bool(self.representatives) or any(one.has_representative for one in self.merged)

    @property
    def needs(self) -> tuple[str, ...]:
        """Codes in force, of merged complaints too, each once."""
        own = [one.need.value for one in self.support_needs]
        return tuple(sorted({*own, *(need for other in self.merged for need in other.needs)}))

    @property
    def needs_safe_contact(self) -> bool:
        told = any(one.need in SAFE_CONTACT or one.has_safe_contact for one in self.support_needs)
        return told or any(one.has_safe_contact for one in self.merged)

    @property
    def may_write_automatically(self) -> bool:
        """Whether a program may write to the complainant (RG 271.139; the safe-contact path)."""
        return not self.has_representative and not self.needs_safe_contact

    @property
    def on_hold(self) -> bool:
        return self.holds > 0


def without_support_notes(life: Life, role: str) -> Life:
    """The same life, with what a support need is about left out for roles that do not need it."""
    if may_see_support_notes(role):
        return life
    return replace(life, support_needs=tuple(_hidden(life.support_needs)))


def _hidden(needs: Iterable[SupportNeed]) -> Iterable[SupportNeed]:
    return (replace(one, note=None, safe_contact=None) for one in needs)
