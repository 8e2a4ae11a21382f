"""Sources and sinks: how far they are read, when they last worked, whether they are paused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from store.statements import insert
from store.tables import connections


@dataclass(frozen=True, slots=True)
class ConnectionState:
    name: str
    cursor: str | None = None
    last_success_at: datetime | None = None
    last_message_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    paused_until: datetime | None = None


class Connections:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> ConnectionState:
        row = self._connection.execute(select(connections).where(connections.c.name == name)).one_or_none()
        return ConnectionState(**row._mapping) if row is not None else ConnectionState(name)

    def all(self) -> list[ConnectionState]:
        rows = self._connection.execute(select(connections).order_by(connections.c.name))
        return [ConnectionState(**row._mapping) for row in rows]

    def read_up_to(self, name: str, cursor: str, *, now: datetime, had_messages: bool) -> None:
        """Keep the cursor, in the transaction that stores what was read."""
        values: dict[str, Any] = {"cursor": cursor, "last_success_at": now, "last_error": None, "paused_until": None}
        self._set(name, values | ({"last_message_at": now} if had_messages else {}))

    def worked(self, name: str, *, now: datetime, had_messages: bool = False) -> None:
        values: dict[str, Any] = {"last_success_at": now, "last_error": None, "paused_until": None}
        self._set(name, values | ({"last_message_at": now} if had_messages else {}))

    def failed(self, name: str, error: str, *, now: datetime, paused_until: datetime | None = None) -> None:
        self._set(name, {"last_error": error, "last_error_at": now, "paused_until": paused_until})

    def _set(self, name: str, values: dict[str, Any]) -> None:
        statement = insert(self._connection, connections).values(name=name, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
