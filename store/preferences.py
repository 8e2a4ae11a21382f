"""What a person prefers: small values by name, such as the keys of the inbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from store.preference_tables import preferences
from store.statements import insert


class Preferences:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user_id: int, name: str) -> Mapping[str, Any]:
        """Empty where the person never chose anything."""
        same = (preferences.c.user_id == user_id, preferences.c.name == name)
        value = self._connection.scalar(select(preferences.c.value).where(*same))
        return value if isinstance(value, dict) else {}

    def of(self, user_id: int) -> dict[str, Mapping[str, Any]]:
        """All that the person chose, by name."""
        wanted = select(preferences.c.name, preferences.c.value).where(preferences.c.user_id == user_id)
        return {row.name: row.value for row in self._connection.execute(wanted) if isinstance(row.value, dict)}

    def set(self, user_id: int, name: str, value: Mapping[str, Any], *, now: datetime) -> None:
        row = {"user_id": user_id, "name": name, "value": dict(value), "set_at": now}
        statement = insert(self._connection, preferences).values(row)
        new = {"value": statement.excluded.value, "set_at": now}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["user_id", "name"], set_=new))
