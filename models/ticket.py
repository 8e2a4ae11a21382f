"""What is pushed to the support desk, and what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.case import Priority


@dataclass(frozen=True, slots=True)
class Ticket:
    """One priority ticket. `external_id` is stable over every retry and restart: a desk is searched for it first."""

    external_id: str
    subject: str
    body: str
    """Plain text: the message, its link, why it was escalated, and the clocks."""
    priority: Priority
    team: str
    tags: tuple[str, ...]
    channel: str
    requestor: str | None
    """Handle of the author on the channel; never an e-mail address we guessed."""
    reach: int | None
    due_at: datetime | None
    """Earliest running clock; aware, UTC."""


@dataclass(frozen=True, slots=True)
class Comment:
    """An internal note added to a ticket that exists, e.g. when the author posts again. Never shown to the customer."""

    external_id: str
    """Of the ticket it belongs to."""
    key: str
    """Stable over retries; the desk is searched for it before a second try."""
    body: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an effect took place at a sink."""

    reference: str
    """The sink's own id, e.g. the ticket number."""
    url: str | None = None
    found: bool = False
    """True when an earlier try had already taken effect and was found by looking it up."""
    reached_author: bool = True
    """False for an answer that was only recorded here: it acknowledges nothing."""


class TicketStatus(StrEnum):
    """How far a ticket is, in words every desk can be translated into."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    """Waits for the customer or a third party."""
    SOLVED = "solved"
    CLOSED = "closed"
    """Nothing will be done about it any more."""


@dataclass(frozen=True, slots=True)
class TicketUpdate:
    """What a ticket is to be set to. None leaves a thing as it is; carrying it out twice does no harm."""

    external_id: str
    key: str
    """Stable over retries."""
    priority: Priority | None = None
    team: str | None = None
    add_tags: tuple[str, ...] = ()
    status: TicketStatus | None = None


@dataclass(frozen=True, slots=True)
class TicketStanding:
    """Where a ticket stands at its desk, as the desk said."""

    reference: str
    """The desk's own id."""
    external_id: str | None
    """None where the desk does not say it with the status; the receipt of the ticket leads to the case."""
    status: TicketStatus
    status_name: str
    """The desk's own word for it."""
    changed_at: datetime
    """Aware, UTC."""
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class StandingPage:
    """Changes read in one go, oldest first, and the cursor to keep once they are stored. May repeat, never skips."""

    standings: Sequence[TicketStanding]
    cursor: str
