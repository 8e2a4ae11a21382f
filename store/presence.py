"""Who is at a case now, and what people did there a moment ago. A presence lasts as long as its page says so."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from models import ActorKind, EventKind
from store.statements import insert
from store.tables import events, users
from store.together_tables import presences

LASTS = timedelta(seconds=30)
WRITES_FOR = timedelta(seconds=12)
"""How long after the last key somebody still counts as writing."""
TOLD = (
    EventKind.REPLY_QUEUED,
    EventKind.NOTED,
    EventKind.ASSIGNED,
    EventKind.ESCALATED,
    EventKind.ESCALATION_RETURNED,
    EventKind.HANDED_OVER,
    EventKind.TAKEN_OVER,
    EventKind.CLOSED,
    EventKind.REOPENED,
)


@dataclass(frozen=True, slots=True, order=True)
class Present:
    name: str
    is_writing: bool


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did at a case."""

    kind: EventKind
    by: str
    at: datetime


class Presences:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def here(self, case_id: int, user_id: int, page: str, *, is_writing: bool, now: datetime) -> None:
        """Say that a page is still open; what has run out at this case goes."""
        old = (presences.c.case_id == case_id, presences.c.seen_at < now - LASTS)
        self._connection.execute(delete(presences).where(*old))
        row = {"case_id": case_id, "user_id": user_id, "page": page, "came_at": now, "seen_at": now}
        changed = {"seen_at": now} | ({"wrote_at": now} if is_writing else {})
        self._connection.execute(
            insert(self._connection, presences)
            .values(row | ({"wrote_at": now} if is_writing else {}))
            .on_conflict_do_update(index_elements=["case_id", "user_id", "page"], set_=changed)
        )

    def left(self, case_id: int, user_id: int, page: str) -> None:
        same = (presences.c.case_id == case_id, presences.c.user_id == user_id, presences.c.page == page)
        self._connection.execute(delete(presences).where(*same))

    def of_cases(self, case_ids: Collection[int], *, now: datetime) -> dict[int, tuple[Present, ...]]:
        """Each person once for each case, by name."""
        rows = self._connection.execute(
            select(presences.c.case_id, users.c.name, func.max(presences.c.wrote_at).label("wrote_at"))
            .join(users, users.c.id == presences.c.user_id)
            .where(presences.c.case_id.in_(list(case_ids)), presences.c.seen_at >= now - LASTS)
            .group_by(presences.c.case_id, users.c.name)
            .order_by(users.c.name)
        )
        found: dict[int, tuple[Present, ...]] = {}
        for row in rows:
            is_writing = row.wrote_at is not None and row.wrote_at >= now - WRITES_FOR
            found[row.case_id] = (*found.get(row.case_id, ()), Present(row.name, is_writing))
        return found

    def acts_since(self, case_ids: Collection[int], since: datetime) -> dict[int, tuple[Act, ...]]:
        """Oldest first."""
        rows = self._connection.execute(
            select(events.c.case_id, events.c.kind, events.c.actor, events.c.at)
            .where(
                events.c.case_id.in_(list(case_ids)),
                events.c.at > since,
                events.c.actor_kind == ActorKind.PERSON.value,
                events.c.kind.in_([kind.value for kind in TOLD]),
            )
            .order_by(events.c.at, events.c.id)
        )
        found: dict[int, tuple[Act, ...]] = {}
        for row in rows:
            found[row.case_id] = (*found.get(row.case_id, ()), Act(EventKind(row.kind), row.actor, row.at))
        return found
