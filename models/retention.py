"""What is kept for how long, what is held, and what goes: records of retention, legal holds and deletion."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

REDACTED = "(redacted)"
"""Stands where words or names were."""
DELETED = "(deleted by the author)"
"""Stands where a message was whose author deleted it on the platform."""


class RecordClass(StrEnum):
    """Records that are kept equally long. `docs/privacy.md` says which columns each one covers."""

    REGISTER = "register"
    """Personal data in the register's entries of one complaint."""
    COMPLAINT_WORDS = "complaint_words"
    """Messages of a case with a complaint, and what was said about their words."""
    OTHER_WORDS = "other_words"
    NOISE_WORDS = "noise_words"
    UNREAD_WORDS = "unread_words"
    """A message that was set aside and belongs to no case."""
    UNREADABLE = "unreadable"
    """Bytes that could not be read as a message."""
    NOTES = "notes"
    """What people wrote about a case."""
    EVENTS = "events"
    """Texts in the log of a case; what happened and when stays."""
    OUTBOX = "outbox"
    """Tickets, notes to tickets and answers as they were sent."""
    AUTHOR_SNAPSHOT = "author_snapshot"
    AUTHOR_HISTORY = "author_history"
    STAFF_SESSIONS = "staff_sessions"
    """Sessions and invitations of people who work here."""
    ACCESS_LOG = "access_log"
    """Who looked at whose data, a month at a time."""


class CountedFrom(StrEnum):
    COMPLAINT_CLOSED = "complaint_closed"
    CASE_DONE = "case_done"
    """When its complaint was closed; where it has none, its last message."""
    LAST_MESSAGE = "last_message"
    RECEIVED = "received"
    CAPTURED = "captured"
    EXPIRED = "expired"
    MONTH_END = "month_end"


class Then(StrEnum):
    REDACT = "redact"
    """The row stays and is counted; words and names are gone."""
    DELETE = "delete"


class HoldScope(StrEnum):
    EVERYTHING = "everything"
    COMPLAINT = "complaint"
    CASE = "case"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's word that something must not go, whatever the retention periods say."""

    number: str
    """`7`, or for a complaint `C-0000001:12`: the register's entry that placed it."""
    scope: HoldScope
    subject: str
    """Complaint id, number of the case, or key of the author; empty for everything."""
    reason: str
    placed_by: str
    placed_at: datetime


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    TURNED_DOWN = "turned_down"
    CARRIED_OUT = "carried_out"


class ItemOutcome(StrEnum):
    DONE = "done"
    HELD = "held"
    """A hold came after the proposal."""
    NOT_DUE = "not_due"
    """It has gone, or its period runs again, because a complaint was reopened."""


@dataclass(frozen=True, slots=True)
class DueRecord:
    """One thing whose period has ended."""

    record_class: RecordClass
    subject: str
    """Complaint id, or the number, id or digest of a row, as `record_class` has it."""
    counted_from: datetime
    complaint_id: str | None = None
    case_id: int | None = None
    author_key: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A batch that one person wants gone and another one has to agree to."""

    id: int
    state: ProposalState
    reason: str
    proposed_by: str
    proposed_at: datetime
    agreed_by: str | None
    agreed_at: datetime | None
    ended_by: str | None
    """Who carried it out, or turned it down."""
    ended_at: datetime | None
    items: Mapping[RecordClass, int]


@dataclass(frozen=True, slots=True)
class PlatformDeletion:
    """A message that its author deleted where it stood."""

    mention_id: str
    deleted_at: datetime
    noticed_at: datetime
    redact_by: datetime | None
    """When the platform's terms want our copies gone; None where they ask for nothing."""
    redacted_at: datetime | None
    waits_for: str | None
    """Why copies other than the register's are still there; None once they are gone."""
    kept_in: int | None
    """The register's entry that keeps the words, where the law wants the record."""
