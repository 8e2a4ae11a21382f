"""The log of who looked at whose data. Rows are added and never changed; old ones go by the month."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from models.access import Access, AccessAct
from store.statements import insert
from store.trust_tables import access_log

ONCE = frozenset(AccessAct) - {AccessAct.EXPORTED, AccessAct.ERASED}
"""One row per person, thing and hour; every other act is a row of its own."""


def hour_key(one: Access) -> str:
    """The same for the same look within an hour."""
    if one.act not in ONCE:
        return secrets.token_hex(32)
    hour = one.at.astimezone(UTC).strftime("%Y-%m-%dT%H")
    parts = (one.person, one.role, one.act.value, one.thing, one.subject, str(one.facts.get("words", "")), hour)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class AccessLog:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, one: Access, *, key: str = "") -> bool:
        """False where it stands there for this hour."""
        row = {
            "key": key or hour_key(one),
            "at": one.at,
            "person": one.person,
            "role": one.role,
            "act": one.act.value,
            "thing": one.thing,
            "subject": one.subject,
            "facts": dict(one.facts),
        }
        adding = insert(self._connection, access_log).values(row).on_conflict_do_nothing()
        return self._connection.scalar(adding.returning(access_log.c.id)) is not None

    def rows(
        self,
        *,
        person: str = "",
        act: AccessAct | None = None,
        thing: str = "",
        subject: str = "",
        words: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> list[Access]:
        """Newest first; `until` is not included; `words` is the digest of what was searched for."""
        table = access_log.c
        wanted: list[Any] = [
            column == value for column, value in ((table.person, person), (table.subject, subject)) if value
        ]
        wanted += [table.thing == thing] if thing else []
        wanted += [table.act == act.value] if act is not None else []
        wanted += [table.facts["words"].as_string() == words] if words else []
        wanted += [table.at >= since] if since is not None else []
        wanted += [table.at < until] if until is not None else []
        found = self._connection.execute(
            select(access_log).where(*wanted).order_by(table.at.desc(), table.id.desc()).limit(limit)
        )
        return [_access(row) for row in found]

    def people(self) -> list[str]:
        return list(self._connection.scalars(select(access_log.c.person).distinct().order_by(access_log.c.person)))

    def months(self, *, before: datetime) -> Iterator[tuple[str, datetime]]:
        """Each month of which there are rows, and its end; whole ones alone."""
        oldest = self._connection.scalar(select(func.min(access_log.c.at)))
        if oldest is None:
            return
        month = oldest.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while (after := _next(month)) <= before:
            if self._connection.scalar(_of_month(select(access_log.c.id), month).limit(1)) is not None:
                yield f"{month:%Y-%m}", after
            month = after

    def delete_month(self, month: str) -> bool:
        """By `months`."""
        first = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
        return bool(self._connection.execute(_of_month(delete(access_log), first)).rowcount)


def _of_month(statement: Any, first: datetime) -> Any:
    return statement.where(access_log.c.at >= first, access_log.c.at < _next(first))


def _next(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _access(row: Any) -> Access:
    return Access(row.at, row.person, row.role, AccessAct(row.act), row.thing, row.subject, row.facts)
