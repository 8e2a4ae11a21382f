"""A promise to a customer: what they were told, until when, and whether it was kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PromiseKind(StrEnum):
    CALL_BACK = "call_back"
    REFUND = "refund"
    ANSWER = "answer"
    REPAIR = "repair"
    UPDATE = "update"
    """To tell how far it is, whether or not there is anything new."""
    OTHER = "other"


class PromiseState(StrEnum):
    WAITING = "waiting"
    """It stands in a reply that waits for approval: nobody was promised anything yet."""
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    """Its instant passed and nobody had said that it was kept. A reason says why nobody waits for it any more."""
    WITHDRAWN = "withdrawn"
    """By a person, with a reason; also where another date took its place."""


@dataclass(frozen=True, slots=True)
class Promise:
    id: int
    case_id: int
    """Where the message that it is about lies now."""
    mention_id: str
    kind: PromiseKind
    words: str
    """What was promised; goes with the words of the case."""
    basis: str
    """How the date was worked out, and by which policy."""
    made_at: datetime
    made_by: str
    due_at: datetime
    remind_at: datetime | None
    """In working hours; None where none lie between making and due."""
    state: PromiseState
    key: str
    outbox_id: int | None = None
    """The reply in which it was made."""
    settled_at: datetime | None = None
    settled_by: str | None = None
    reason: str = ""
    reminded_at: datetime | None = None
    late_at: datetime | None = None
    """When a broken one was kept after all."""
    replaces: int | None = None
    """The promise whose date this one changed."""
    replaced_by: int | None = None

    @property
    def is_overdue(self) -> bool:
        """Broken, and the customer still waits for it."""
        is_left = self.late_at is None and self.replaced_by is None and not self.reason
        return self.state is PromiseState.BROKEN and is_left
