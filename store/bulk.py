"""Runs over many cases, what became of each case, and the few facts that decide whether a case may be part of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update

from models import CaseState, Priority
from models.complaint import Status
from store.bulk_tables import bulk_items, bulk_runs
from store.complaint_tables import complaints
from store.statements import insert, insert_new
from store.tables import cases, labels

CHUNK = 500


class ItemState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    UNDONE = "undone"
    KEPT = "kept"
    """It was to be put back and could not be; `reason` says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a case decides whether it may be part of a run."""

    case_id: int
    version: int
    owner: str | None
    state: CaseState
    label: str
    is_complaint: bool
    complaint: Status | None
    priority: Priority
    tags: tuple[str, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    id: int
    person: str
    act: str
    target: str | None
    chosen: str
    total: int
    asked_at: datetime
    finished_at: datetime | None
    undo_by: str | None
    undo_asked_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    case_id: int
    version: int
    before: str | None
    mention_id: str | None
    done_at: datetime | None


class Bulk:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standings(self, case_ids: Sequence[int]) -> dict[int, Standing]:
        """By case; a case that does not exist is left out."""
        found: dict[int, Standing] = {}
        joined = cases.outerjoin(complaints, complaints.c.case_id == cases.c.id)
        for chunk in _chunks(case_ids):
            for row in self._connection.execute(
                select(cases, complaints.c.status).select_from(joined).where(cases.c.id.in_(chunk))
            ):
                found[row.id] = _standing(row)
        return found

    def start(
        self,
        *,
        form_key: str,
        person: str,
        act: str,
        target: str | None,
        chosen: str,
        versions: Mapping[int, int],
        refused: Mapping[int, str],
        now: datetime,
    ) -> tuple[int, bool]:
        """The run's id, and whether it is new. `versions`: case → its version; `refused`: case → why it stays."""
        row: dict[str, Any] = {"form_key": form_key, "person": person, "act": act, "target": target, "chosen": chosen}
        row |= {"total": len(versions), "asked_at": now}
        adding = insert(self._connection, bulk_runs).values(row).on_conflict_do_nothing().returning(bulk_runs.c.id)
        bulk_id = self._connection.scalar(adding)
        if bulk_id is None:
            same = select(bulk_runs.c.id).where(bulk_runs.c.form_key == form_key)
            return self._connection.execute(same).scalar_one(), False
        items = [
            {
                "bulk_id": bulk_id,
                "case_id": case_id,
                "version": version,
                "state": (ItemState.REFUSED if case_id in refused else ItemState.WAITING).value,
                "reason": refused.get(case_id),
            }
            for case_id, version in versions.items()
        ]
        insert_new(self._connection, bulk_items, items)
        return bulk_id, True

    def get(self, bulk_id: int) -> Run | None:
        row = self._connection.execute(select(bulk_runs).where(bulk_runs.c.id == bulk_id)).one_or_none()
        return _run(row) if row is not None else None

    def latest(self, *, limit: int) -> list[Run]:
        rows = self._connection.execute(select(bulk_runs).order_by(bulk_runs.c.id.desc()).limit(limit))
        return [_run(row) for row in rows]

    def counts(self, bulk_ids: Sequence[int]) -> dict[int, dict[tuple[ItemState, str | None], int]]:
        """Run → how many of its cases stand how, and why."""
        found: dict[int, dict[tuple[ItemState, str | None], int]] = {bulk_id: {} for bulk_id in bulk_ids}
        table = bulk_items.c
        rows = self._connection.execute(
            select(table.bulk_id, table.state, table.reason, func.count())
            .where(table.bulk_id.in_(bulk_ids))
            .group_by(table.bulk_id, table.state, table.reason)
        )
        for bulk_id, state, reason, number in rows:
            found[bulk_id][ItemState(state), reason] = number
        return found

    def cases_of(self, bulk_id: int, state: ItemState, *, limit: int) -> list[tuple[int, str | None]]:
        """(case, why) of those that stand so."""
        table = bulk_items.c
        wanted = select(table.case_id, table.reason).where(table.bulk_id == bulk_id, table.state == state.value)
        return [
            (row.case_id, row.reason) for row in self._connection.execute(wanted.order_by(table.case_id).limit(limit))
        ]

    def unfinished(self) -> list[tuple[int, int]]:
        """(run, how many of its cases are left) of runs that still have something to do."""
        table, run = bulk_items.c, bulk_runs.c
        left = func.count().filter(_is_left())
        rows = self._connection.execute(
            select(run.id, left)
            .select_from(bulk_runs.outerjoin(bulk_items, table.bulk_id == run.id))
            .where(or_(run.finished_at.is_(None), and_(run.undo_asked_at.is_not(None), run.undone_at.is_(None))))
            .group_by(run.id)
        )
        return [(row[0], row[1]) for row in rows]

    def take(self, bulk_id: int, state: ItemState, *, limit: int) -> list[tuple[Item, Standing]]:
        """The next cases of a run that stand so; they and their cases are locked for this transaction."""
        joined = bulk_items.join(cases, cases.c.id == bulk_items.c.case_id)
        joined = joined.outerjoin(complaints, complaints.c.case_id == cases.c.id)
        shown = (bulk_items.c.version.label("seen_version"), bulk_items.c.before, bulk_items.c.mention_id)
        rows = self._connection.execute(
            select(cases, complaints.c.status, *shown, bulk_items.c.done_at)
            .select_from(joined)
            .where(bulk_items.c.bulk_id == bulk_id, bulk_items.c.state == state.value)
            .order_by(bulk_items.c.case_id)
            .limit(limit)
            .with_for_update(of=[bulk_items, cases])
        )
        return [
            (Item(row.id, row.seen_version, row.before, row.mention_id, row.done_at), _standing(row)) for row in rows
        ]

    def set_item(
        self,
        bulk_id: int,
        case_id: int,
        state: ItemState,
        *,
        reason: str | None = None,
        before: str | None = None,
        mention_id: str | None = None,
        done_at: datetime | None = None,
    ) -> None:
        """Facts that are not given stay as they are."""
        values: dict[str, Any] = {"state": state.value, "reason": reason}
        given = {"before": before, "mention_id": mention_id, "done_at": done_at}
        values |= {name: value for name, value in given.items() if value is not None}
        same = and_(bulk_items.c.bulk_id == bulk_id, bulk_items.c.case_id == case_id)
        self._connection.execute(update(bulk_items).where(same).values(**values))

    def stop(self, bulk_id: int, reason: str) -> None:
        """What still waits is left as it is."""
        waits = and_(bulk_items.c.bulk_id == bulk_id, bulk_items.c.state == ItemState.WAITING.value)
        values = {"state": ItemState.REFUSED.value, "reason": reason}
        self._connection.execute(update(bulk_items).where(waits).values(**values))

    def finish(self, bulk_id: int, *, now: datetime) -> None:
        run = bulk_runs.c
        self._connection.execute(
            update(bulk_runs).where(run.id == bulk_id, run.finished_at.is_(None)).values(finished_at=now)
        )

    def ask_undo(self, bulk_id: int, person: str, *, now: datetime) -> bool:
        """False where it was asked for already."""
        run = bulk_runs.c
        result = self._connection.execute(
            update(bulk_runs)
            .where(run.id == bulk_id, run.undo_asked_at.is_(None))
            .values(undo_by=person, undo_asked_at=now)
        )
        return result.rowcount == 1

    def finish_undo(self, bulk_id: int, *, now: datetime) -> None:
        run = bulk_runs.c
        self._connection.execute(
            update(bulk_runs).where(run.id == bulk_id, run.undone_at.is_(None)).values(undone_at=now)
        )

    def take_back_label(self, mention_id: str, label: str, *, person: str, at: datetime) -> None:
        """A label that was given by mistake must not teach the next classifier."""
        same = (labels.c.mention_id == mention_id, labels.c.label == label)
        self._connection.execute(delete(labels).where(*same, labels.c.person == person, labels.c.given_at == at))


def _is_left() -> Any:
    """Waits to be carried out, or was carried out and is to be put back."""
    state, asked = bulk_items.c.state, bulk_runs.c.undo_asked_at
    return or_(state == ItemState.WAITING.value, and_(state == ItemState.DONE.value, asked.is_not(None)))


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        row.id,
        row.version,
        row.owner,
        CaseState(row.state),
        row.label,
        row.is_complaint,
        Status(row.status) if row.status is not None else None,
        Priority(row.priority),
        tuple(row.decision["tags"]),
        row.updated_at,
    )


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        person=row.person,
        act=row.act,
        target=row.target,
        chosen=row.chosen,
        total=row.total,
        asked_at=row.asked_at,
        finished_at=row.finished_at,
        undo_by=row.undo_by,
        undo_asked_at=row.undo_asked_at,
        undone_at=row.undone_at,
    )


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
