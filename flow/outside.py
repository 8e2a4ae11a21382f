"""Tells people outside the inbox, where `EARSHOT_NOTIFY` says, what cannot wait until they look: each thing once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from models import Priority, Ticket
from store.encoding import encode
from store.outbox import Effect
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class Notice:
    """Without a word of a customer: who reads it there may have no account here."""

    number: str
    """The same number is told once."""
    subject: str
    body: str
    team: str
    case_id: int
    channel: str = "*"
    tags: tuple[str, ...] = ()
    priority: Priority = Priority.URGENT
    due_at: datetime | None = None


def tell_outside(transaction: Transaction, notice: Notice, sinks: Collection[str], *, now: datetime) -> None:
    ticket = Ticket(
        external_id=notice.number,
        subject=notice.subject,
        body=notice.body,
        priority=notice.priority,
        team=notice.team,
        tags=notice.tags,
        channel=notice.channel,
        requestor=None,
        reach=None,
        due_at=notice.due_at,
    )
    for sink in sorted(sinks):
        transaction.outbox.add(
            Effect.NOTIFY, sink=sink, key=notice.number, case_id=notice.case_id, payload=encode(ticket), now=now
        )
