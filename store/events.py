"""The event log: added to, never changed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from models import ActorKind, Event, EventKind
from store.statements import insert_new
from store.tables import events

MOVES_A_CASE = frozenset(
    {
        EventKind.RECEIVED,
        EventKind.TRIAGED,
        EventKind.REPLIED,
        EventKind.ACKNOWLEDGED,
        EventKind.CUSTOMER_TOLD,
        EventKind.CLOSED,
        EventKind.REOPENED,
        EventKind.WOKEN,
        EventKind.MERGED,
        EventKind.UNMERGED,
        EventKind.SPLIT,
        EventKind.UNSPLIT,
        EventKind.COMPLAINT_ACT,
        EventKind.SET_BY_HAND,
    }
)
"""After one of these, what is worked out from a case's log and state may be different."""


class Events:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.moved: dict[int, datetime] = {}
        """Cases that were moved in this transaction, with when; see `Store.follow`."""

    def record(self, happened: Sequence[Event], *, now: datetime) -> None:
        """The same event twice is recorded once."""
        self.moved |= {
            event.case_id: now for event in happened if event.case_id is not None and event.kind in MOVES_A_CASE
        }
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

    def of_key(self, key: str) -> Event | None:
        row = self._connection.execute(select(events).where(events.c.key == key)).one_or_none()
        return _event(row) if row is not None else None

    def recorded(self, keys: Collection[str]) -> set[str]:
        """Those of these keys that are."""
        return set(self._connection.scalars(select(events.c.key).where(events.c.key.in_(keys))))

    def by_people(self, case_ids: Collection[int], *, since: datetime) -> dict[int, list[Event]]:
        """Case → what people did there since, by the time they did it."""
        if not case_ids:
            return {}
        by_person = (events.c.actor_kind == ActorKind.PERSON.value, events.c.at >= since)
        wanted = select(events).where(events.c.case_id.in_(case_ids), *by_person).order_by(events.c.at, events.c.id)
        found: defaultdict[int, list[Event]] = defaultdict(list)
        for row in self._connection.execute(wanted):
            found[row.case_id].append(_event(row))
        return dict(found)

    def of_case(self, case_id: int) -> list[Event]:
        """By the time they happened, oldest first."""
        rows = self._connection.execute(
            select(events).where(events.c.case_id == case_id).order_by(events.c.at, events.c.id)
        )
        return [_event(row) for row in rows]


def _event(row: Row[Any]) -> Event:
    return Event(
        key=row.key,
        kind=EventKind(row.kind),
        at=row.at,
        actor_kind=ActorKind(row.actor_kind),
        actor=row.actor,
        case_id=row.case_id,
        mention_id=row.mention_id,
        facts=row.facts,
    )
