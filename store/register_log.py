"""The register's table: the chain's head is locked first, so that entries follow each other without a gap."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, func, select, update

from models import Entry
from models.entry import GENESIS
from store.statements import insert
from store.tables import register_entries, register_head


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
        self._connection.execute(register_entries.insert().values(**asdict(entry)))
        self._connection.execute(
            update(register_head).where(register_head.c.id == 1).values(seq=entry.seq, digest=entry.digest)
        )

    def entries(self, *, by_complaint: bool = False) -> Iterator[Entry]:
        """All entries, streamed: in order of `seq`, or complaint by complaint."""
        table = register_entries.c
        order = (table.complaint_id, table.seq) if by_complaint else (table.seq,)
        rows = self._connection.execution_options(yield_per=1000).execute(select(register_entries).order_by(*order))
        return (_entry(row) for row in rows)

    def of_complaint(self, complaint_id: str) -> list[Entry]:
        table = register_entries.c
        found = select(register_entries).where(table.complaint_id == complaint_id).order_by(table.seq)
        return [_entry(row) for row in self._connection.execute(found)]

    def newest(self, *, limit: int) -> list[Entry]:
        found = select(register_entries).order_by(register_entries.c.seq.desc()).limit(limit)
        return [_entry(row) for row in self._connection.execute(found)]

    def counts(self) -> dict[str, int]:
        """Entry kind → number of entries."""
        kind = register_entries.c.kind
        rows = self._connection.execute(select(kind, func.count()).group_by(kind).order_by(kind))
        return {row[0]: row[1] for row in rows}


def _entry(row: Any) -> Entry:
    return Entry(**row._mapping)
