"""Which columns hold what the vault sealed, and how they are sealed anew, a few rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select, tuple_, update

from store.account_tables import second_factors
from store.channel_tables import pushes
from store.vault import context_of


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column of bytes. A sealed value opens in its own row alone, which `row` names for good."""

    table: Table
    column: str
    row: tuple[str, ...]
    """Columns that name the row; known before it is written, so not a number that the database gives."""

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column}"

    def context(self, *row: object) -> str:
        return context_of(self.table.name, self.column, " ".join(str(part) for part in row))


@dataclass(frozen=True, slots=True)
class SealedValue:
    context: str
    value: bytes
    key: tuple[Any, ...]


PUSH_BODY = SealedColumn(pushes, "body", ("receiver", "delivery_id"))
SECOND_FACTOR = SealedColumn(second_factors, "sealed", ("user_id",))
COLUMNS: tuple[SealedColumn, ...] = (PUSH_BODY, SECOND_FACTOR)
"""Every sealed column of the database: what is not here is neither rotated nor checked."""


class Sealed:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def values(self, column: SealedColumn, *, after: tuple[Any, ...] = (), limit: int) -> Sequence[SealedValue]:
        """In the order of the primary key, which each gives to go on from."""
        keys = list(column.table.primary_key.columns)
        wanted, names = column.table.c[column.column], [column.table.c[name] for name in column.row]
        found = select(wanted, *keys, *names).where(wanted.is_not(None)).order_by(*keys).limit(limit)
        if after:
            found = found.where(tuple_(*keys) > tuple_(*after))
        return [
            SealedValue(column.context(*row[1 + len(keys) :]), bytes(row[0]), tuple(row[1 : 1 + len(keys)]))
            for row in self._connection.execute(found)
        ]

    def replace(self, column: SealedColumn, was: SealedValue, value: bytes) -> bool:
        """False where somebody else changed it meanwhile: theirs stands."""
        keys = list(column.table.primary_key.columns)
        same = [key == part for key, part in zip(keys, was.key, strict=True)]
        wanted = column.table.c[column.column]
        changed = update(column.table).where(*same, wanted == was.value).values({column.column: value})
        return bool(self._connection.execute(changed).rowcount)
