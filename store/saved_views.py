"""Views of the queue that people saved for themselves."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from store.search_tables import saved_views
from store.statements import insert

MOST_OF_ONE_PERSON = 20
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    id: int
    name: str
    query: str


class SavedViews:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, user_id: int) -> list[SavedView]:
        """By name."""
        columns = (saved_views.c.id, saved_views.c.name, saved_views.c.query)
        wanted = select(*columns).where(saved_views.c.user_id == user_id).order_by(saved_views.c.name)
        return [SavedView(*row) for row in self._connection.execute(wanted)]

    def save(self, user_id: int, name: str, query: str, *, now: datetime) -> None:
        """One of the same name becomes this one."""
        row = {"user_id": user_id, "name": name, "query": query, "created_at": now}
        statement = insert(self._connection, saved_views).values(row)
        again = statement.on_conflict_do_update(index_elements=["user_id", "name"], set_={"query": query})
        self._connection.execute(again)

    def remove(self, user_id: int, view_id: int) -> None:
        """Somebody else's stays."""
        mine = (saved_views.c.id == view_id, saved_views.c.user_id == user_id)
        self._connection.execute(delete(saved_views).where(*mine))
