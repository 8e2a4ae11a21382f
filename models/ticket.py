"""What is pushed to the support desk, and what comes back."""

from dataclasses import dataclass
from datetime import datetime

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
