"""What waits because something does not answer; each figure from an index of what waits, however much lies behind."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from models import MentionState
from store.outbox import WAITING
from store.tables import mentions, outbox


@dataclass(frozen=True, slots=True)
class Waiting:
    number: int
    since: datetime | None
    """When the oldest of them was decided on, or fetched."""


class Degraded:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def effects(self) -> dict[str, Waiting]:
        """Sink → effects that were tried in vain and wait for the next try."""
        refused = (outbox.c.state.in_(WAITING), outbox.c.attempts > 0, outbox.c.error.is_not(None))
        counted = select(outbox.c.sink, func.count(), func.min(outbox.c.created_at)).where(*refused)
        rows = self._connection.execute(counted.group_by(outbox.c.sink).order_by(outbox.c.sink))
        return {row[0]: Waiting(row[1], row[2]) for row in rows}

    def messages(self) -> Waiting:
        """Not judged, or judged and not decided on."""
        states = (MentionState.RECEIVED.value, MentionState.CLASSIFIED.value)
        counted = select(func.count(), func.min(mentions.c.received_at)).where(mentions.c.state.in_(states))
        row = self._connection.execute(counted).one()
        return Waiting(row[0], row[1])
