"""Views of the queue that people saved, for themselves or for everybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, or_, select

from store.search_tables import saved_views
from store.statements import insert
from store.tables import users

MOST_OF_ONE_PERSON = 20
MOST_SHARED = 20
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    id: int
    name: str
    query: str
    is_shared: bool
    by: str
    """Name of who saved it."""
    is_own: bool


class SavedViews:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, user_id: int) -> list[SavedView]:
        """One's own, then what others share; each by name."""
        table, is_own = saved_views.c, saved_views.c.user_id == user_id
        wanted = (
            select(table.id, table.name, table.query, table.is_shared, users.c.name.label("by"), is_own.label("is_own"))
            .join_from(saved_views, users)
            .where(or_(is_own, table.is_shared))
            .order_by(table.user_id != user_id, table.name, table.id)
        )
        return [
            SavedView(row.id, row.name, row.query, row.is_shared, row.by, bool(row.is_own))
            for row in self._connection.execute(wanted)
        ]

    def shared_count(self) -> int:
        wanted = select(func.count()).select_from(saved_views).where(saved_views.c.is_shared)
        return int(self._connection.scalar(wanted) or 0)

    def save(self, user_id: int, name: str, query: str, *, now: datetime, is_shared: bool = False) -> None:
        """One of the same name becomes this one."""
        row = {"user_id": user_id, "name": name, "query": query, "is_shared": is_shared, "created_at": now}
        statement = insert(self._connection, saved_views).values(row)
        changed = {"query": query, "is_shared": is_shared}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["user_id", "name"], set_=changed))

    def remove(self, user_id: int, view_id: int, *, may_remove_shared: bool = False) -> None:
        """Somebody else's stays, but for a shared one where `may_remove_shared`."""
        table = saved_views.c
        is_meant = table.user_id == user_id
        if may_remove_shared:
            is_meant = or_(is_meant, table.is_shared)
        self._connection.execute(delete(saved_views).where(and_(table.id == view_id, is_meant)))
