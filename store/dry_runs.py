"""Dry runs: what was asked, how far it is, and the cases that would be otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from store.dry_run_tables import dry_run_cases, dry_runs
from store.statements import insert, insert_new


@dataclass(frozen=True, slots=True)
class DryRun:
    id: int
    person: str
    kind: str
    title: str
    rules: str
    since: datetime
    until: datetime
    asked_at: datetime
    finished_at: datetime | None
    fault: str | None
    looked_up_to: int
    total: int
    tally: dict[str, Any]
    sector: str | None
    classifier: str | None


class DryRuns:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, form_key: str, asked: dict[str, Any]) -> tuple[int, bool]:
        """Its number, and whether it is new. `asked`: the other columns, by name."""
        row = {"form_key": form_key, **asked}
        adding = insert(self._connection, dry_runs).values(row).on_conflict_do_nothing().returning(dry_runs.c.id)
        number = self._connection.scalar(adding)
        if number is not None:
            return int(number), True
        same = select(dry_runs.c.id).where(dry_runs.c.form_key == form_key)
        return int(self._connection.execute(same).scalar_one()), False

    def get(self, number: int) -> DryRun | None:
        row = self._connection.execute(select(dry_runs).where(dry_runs.c.id == number)).one_or_none()
        return _run(row) if row is not None else None

    def latest(self, *, limit: int) -> list[DryRun]:
        wanted = select(dry_runs).order_by(dry_runs.c.id.desc()).limit(limit)
        return [_run(row) for row in self._connection.execute(wanted)]

    def waiting(self) -> list[int]:
        """Numbers of those that are not finished, the oldest first."""
        wanted = select(dry_runs.c.id).where(dry_runs.c.finished_at.is_(None)).order_by(dry_runs.c.id)
        return list(self._connection.scalars(wanted))

    def go_on(
        self, run: DryRun, changes: Sequence[tuple[int, Any]], *, up_to: int, tally: Any, finished_at: datetime | None
    ) -> bool:
        """Keep what was found of the next cases. False where another process did that meanwhile: nothing is kept."""
        table = dry_runs.c
        same = (table.id == run.id, table.looked_up_to == run.looked_up_to, table.finished_at.is_(None))
        values = {"looked_up_to": up_to, "tally": tally, "finished_at": finished_at}
        if not self._connection.execute(update(dry_runs).where(*same).values(**values)).rowcount:
            return False
        rows = [{"run_id": run.id, "case_id": case_id, "change": change} for case_id, change in changes]
        insert_new(self._connection, dry_run_cases, rows)
        return True

    def fail(self, number: int, fault: str, *, now: datetime) -> None:
        values = {"fault": fault, "finished_at": now}
        same = (dry_runs.c.id == number, dry_runs.c.finished_at.is_(None))
        self._connection.execute(update(dry_runs).where(*same).values(**values))

    def changes(self, number: int, *, after: int = 0, limit: int) -> list[Any]:
        """Of the cases that would be otherwise, by their numbers."""
        table = dry_run_cases.c
        wanted = select(table.change).where(table.run_id == number, table.case_id > after)
        return list(self._connection.scalars(wanted.order_by(table.case_id).limit(limit)))

    def has_old(self, *, before: datetime) -> bool:
        oldest = select(func.min(dry_runs.c.asked_at))
        at = self._connection.scalar(oldest)
        return at is not None and at < before

    def forget_old(self, *, before: datetime) -> int:
        old = select(dry_runs.c.id).where(dry_runs.c.asked_at < before)
        self._connection.execute(delete(dry_run_cases).where(dry_run_cases.c.run_id.in_(old)))
        return self._connection.execute(delete(dry_runs).where(dry_runs.c.asked_at < before)).rowcount


def _run(row: Any) -> DryRun:
    return DryRun(**{name: getattr(row, name) for name in DryRun.__dataclass_fields__})
