"""The event log: added to, never changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from models import ActorKind, Event, EventKind
from store.statements import insert_new
from store.tables import events


class Events:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, happened: Sequence[Event], *, now: datetime) -> None:
        """The same event twice is recorded once."""
        rows = [
            {
                "key": event.key,
                "kind": event.kind.value,
                "at": event.at,
                "recorded_at": now,
                "actor_kind": event.actor_kind.value,
                "actor": event.actor,
                "case_id": event.case_id,
                "mention_id": event.mention_id,
                "facts": dict(event.facts),
            }
            for event in happened
        ]
        insert_new(self._connection, events, rows)

    def is_recorded(self, key: str) -> bool:
        return self._connection.scalar(select(events.c.id).where(events.c.key == key)) is not None

    def of_case(self, case_id: int) -> list[Event]:
        """By the time they happened, oldest first."""
        rows = self._connection.execute(
            select(events).where(events.c.case_id == case_id).order_by(events.c.at, events.c.id)
        )
        return [
            Event(
                key=row.key,
                kind=EventKind(row.kind),
                at=row.at,
                actor_kind=ActorKind(row.actor_kind),
                actor=row.actor,
                case_id=row.case_id,
                mention_id=row.mention_id,
                facts=row.facts,
            )
            for row in rows
        ]
