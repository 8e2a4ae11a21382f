"""Cases that somebody put off. It hides a case from lists of open ones and moves no clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, or_, select, update

from models.clock import DUE_SOON
from store.aside_tables import snoozes
from store.cases import StaleCaseError
from store.statements import insert
from store.tables import cases


@dataclass(frozen=True, slots=True)
class Snooze:
    case_id: int
    until: datetime
    """As it was asked for; a clock may bring the case back before."""
    since: datetime
    by: str


class Snoozes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_off(self, case_id: int, until: datetime, *, version: int, by: str, now: datetime) -> None:
        """In place of an earlier one. Raises: StaleCaseError where the case is not at `version` any more."""
        self._touch(case_id, now, version=version)
        values = {"until": until, "since": now, "by": by}
        statement = insert(self._connection, snoozes).values(case_id=case_id, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=values))

    def end(self, case_id: int, *, now: datetime) -> Snooze | None:
        """None where it is not put off: of several who end it at once, one gets it."""
        if self.get(case_id) is None:
            return None
        self._touch(case_id, now)  # the case is locked first, as everywhere
        ended = delete(snoozes).where(snoozes.c.case_id == case_id).returning(*snoozes.c)
        row = self._connection.execute(ended).one_or_none()
        return _snooze(row) if row is not None else None

    def get(self, case_id: int) -> Snooze | None:
        row = self._connection.execute(select(snoozes).where(snoozes.c.case_id == case_id)).one_or_none()
        return _snooze(row) if row is not None else None

    def of_cases(self, case_ids: Collection[int]) -> dict[int, Snooze]:
        rows = self._connection.execute(select(snoozes).where(snoozes.c.case_id.in_(case_ids)))
        return {row.case_id: _snooze(row) for row in rows}

    def due(self, *, now: datetime, limit: int) -> list[tuple[Snooze, datetime | None]]:
        """(snooze, the case's next clock) of those that have to come back, the longest due first."""
        # As a join, SQLite went through all cases: few are put off, so each is asked for its case.
        due_at = select(cases.c.next_due_at).where(cases.c.id == snoozes.c.case_id).scalar_subquery()
        rows = self._connection.execute(
            select(snoozes, due_at.label("next_due_at"))
            .where(or_(snoozes.c.until <= now, due_at <= now + DUE_SOON))
            .order_by(snoozes.c.until, snoozes.c.case_id)
            .limit(limit)
        )
        return [(_snooze(row), row.next_due_at) for row in rows]

    def _touch(self, case_id: int, now: datetime, *, version: int | None = None) -> None:
        same = cases.c.id == case_id if version is None else and_(cases.c.id == case_id, cases.c.version == version)
        raised = update(cases).where(same).values(version=cases.c.version + 1, updated_at=now)
        if self._connection.execute(raised).rowcount != 1:
            raise StaleCaseError(f"case {case_id} was changed meanwhile; nothing was done: look at it again")


def _snooze(row: Row[Any]) -> Snooze:
    return Snooze(row.case_id, row.until, row.since, row.by)
