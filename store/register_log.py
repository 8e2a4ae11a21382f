"""The register's table: the chain's head is locked first, so that entries follow each other without a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, Select, cast, func, select, update

from models import Entry
from models.entry import GENESIS
from store.statements import insert
from store.tables import register_entries, register_head

STREAMED = 1000
"""Rows fetched at once."""
FIELDS = tuple(register_entries.c[field.name] for field in fields(Entry))
BYTES = (
    "complaint_id",
    "kind",
    "recorded_at",
    "facts",
    "personal",
    "salt",
    "personal_digest",
    "previous",
    "digest",
)


class RegisterLog:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Hold the end of the chain until this transaction ends.

        Taken at the start of a transaction that may append, before any case is locked: two such transactions then
        never wait for each other in a circle.
        """
        first = insert(self._connection, register_head).values(id=1, seq=0, digest=GENESIS, complaints=0)
        self._connection.execute(first.on_conflict_do_nothing())
        self._connection.execute(select(register_head).where(register_head.c.id == 1).with_for_update())

    def head(self) -> tuple[int, str]:
        """(seq, digest) of the last entry written; (0, 64 zeros) before the first."""
        row = self._connection.execute(select(register_head)).one_or_none()
        return (row.seq, row.digest) if row is not None else (0, GENESIS)

    def next_complaint_id(self) -> str:
        """Given out once and never again for another complaint."""
        number: int = self._connection.scalar(
            update(register_head)
            .where(register_head.c.id == 1)
            .values(complaints=register_head.c.complaints + 1)
            .returning(register_head.c.complaints)
        )
        return f"C-{number:07d}"

    def append(self, entry: Entry) -> None:
        self.append_all([entry])

    def append_all(self, entries: Sequence[Entry]) -> None:
        """At least one, following each other."""
        self._connection.execute(register_entries.insert(), [asdict(entry) for entry in entries])
        head = {"seq": entries[-1].seq, "digest": entries[-1].digest}
        self._connection.execute(update(register_head).where(register_head.c.id == 1).values(head))

    def entries(self, *, by_complaint: bool = False, until: int | None = None) -> Iterator[Entry]:
        """All entries, or those up to number `until`, streamed: in order of `seq`, or complaint by complaint."""
        table = register_entries.c
        order = (table.complaint_id, table.seq) if by_complaint else (table.seq,)
        wanted = select(*FIELDS).order_by(*order)
        if until is not None:
            wanted = wanted.where(table.seq <= until)
        return map(_entry, self._streamed(wanted))

    def stored(self) -> Iterator[tuple[Any, ...]]:
        """All entries in order of `seq`, texts as the bytes that are stored, streamed: `seq` and then `BYTES`."""
        columns = [_as_bytes(register_entries.c[name], self._connection) for name in BYTES]
        wanted = select(register_entries.c.seq, *columns).order_by(register_entries.c.seq)
        return map(tuple, self._streamed(wanted))

    def _streamed(self, wanted: Select[Any]) -> Iterator[Any]:
        """Closed as soon as nobody reads on, for then PostgreSQL still holds the rest."""
        with self._connection.execute(wanted.execution_options(yield_per=STREAMED)) as rows:
            yield from rows

    def digest_at(self, seq: int) -> str | None:
        """Digest of entry `seq`; None where there is none. Of 0 it is what the first entry follows."""
        found = select(register_entries.c.digest).where(register_entries.c.seq == seq)
        return GENESIS if seq == 0 else self._connection.scalar(found)

    def complaints(self, *, until: int | None = None) -> int:
        """How many complaints have an entry, or had one when entry `until` was the last."""
        table = register_entries.c
        wanted = select(func.count(table.complaint_id.distinct()))
        return self._connection.scalar(wanted if until is None else wanted.where(table.seq <= until)) or 0

    def of_complaint(self, complaint_id: str) -> list[Entry]:
        table = register_entries.c
        found = select(*FIELDS).where(table.complaint_id == complaint_id).order_by(table.seq)
        return [_entry(row) for row in self._connection.execute(found)]

    def newest(self, *, limit: int) -> list[Entry]:
        found = select(*FIELDS).order_by(register_entries.c.seq.desc()).limit(limit)
        return [_entry(row) for row in self._connection.execute(found)]

    def counts(self) -> dict[str, int]:
        """Entry kind → number of entries."""
        kind = register_entries.c.kind
        rows = self._connection.execute(select(kind, func.count()).group_by(kind).order_by(kind))
        return {row[0]: row[1] for row in rows}


def _entry(row: Any) -> Entry:
    return Entry(*row)


def _as_bytes(column: Column[Any], connection: Connection) -> ColumnElement[bytes]:
    """SQLite keeps whatever bytes are in the file; PostgreSQL holds nothing but letters."""
    if connection.dialect.name == "sqlite":
        return cast(column, LargeBinary)
    return func.convert_to(column, "UTF8")
