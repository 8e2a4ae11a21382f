"""Escalated cases: on which path, at which step, whose they are, and how they ended."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select, update

from models import CaseState
from models.retention import REDACTED
from store.escalation_tables import escalations
from store.statements import insert
from store.tables import cases, users

PAGE = 1_000


class EscalationState(StrEnum):
    OPEN = "open"
    RETURNED = "returned"
    SETTLED = "settled"


class Ended(StrEnum):
    """Why an escalation is over."""

    SETTLED = "settled"
    RETURNED = "returned"
    CLOSED = "closed"
    """Its case was."""
    FURTHER = "further"
    """The case was escalated on another path."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An escalation as it begins, with its first step taken."""

    key: str
    case_id: int
    path: str
    path_name: str
    path_version: str
    kind: str
    steps: Sequence[Mapping[str, Any]]
    reason: str
    note: str
    by: str
    is_by_rule: bool
    team: str
    owner: str | None
    step_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Escalation:
    id: int
    opening: Opening
    """What it began with; team and owner are those of now."""
    opened_at: datetime
    place: int
    step_at: datetime
    stopped_at: datetime | None
    stopped_by: str | None
    state: EscalationState
    ended_at: datetime | None
    ended_by: str | None
    ended_why: Ended | None
    ended_words: str | None
    ended_key: str | None

    @property
    def case_id(self) -> int:
        return self.opening.case_id

    @property
    def owner(self) -> str | None:
        return self.opening.owner

    @property
    def team(self) -> str:
        return self.opening.team

    @property
    def step_due_at(self) -> datetime | None:
        return self.opening.step_due_at

    @property
    def is_open(self) -> bool:
        return self.state is EscalationState.OPEN


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of the ledger; what is empty lets everything through."""

    state: str = ""
    path: str = ""
    team: str = ""
    owner: str = ""
    is_unowned: bool = False
    since: datetime | None = None
    until: datetime | None = None


_IS_OPEN = escalations.c.state == EscalationState.OPEN.value
_GONE = select(users.c.name).where(users.c.disabled_at.is_not(None))
_UNOWNED = or_(escalations.c.owner.is_(None), escalations.c.owner.in_(_GONE))
"""Nobody has it, or somebody who works here no longer."""


class Escalations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, opening: Opening, *, now: datetime) -> int | None:
        """Its number, or None where this key was used already or the case has an open one."""
        values = {name: getattr(opening, name) for name in opening.__dataclass_fields__}
        row = values | {
            "steps": [dict(step) for step in opening.steps],
            "opened_at": now,
            "place": 0,
            "step_at": now,
            "state": EscalationState.OPEN.value,
        }
        adding = insert(self._connection, escalations).values(row).on_conflict_do_nothing()
        number: int | None = self._connection.scalar(adding.returning(escalations.c.id))
        return number

    def is_known(self, key: str) -> bool:
        return self._connection.scalar(select(escalations.c.id).where(escalations.c.key == key)) is not None

    def get(self, number: int) -> Escalation | None:
        row = self._connection.execute(select(escalations).where(escalations.c.id == number)).one_or_none()
        return _escalation(row) if row is not None else None

    def several(self, numbers: Collection[int]) -> list[Escalation]:
        """By number."""
        found = select(escalations).where(escalations.c.id.in_(numbers)).order_by(escalations.c.id)
        return [_escalation(row) for row in self._connection.execute(found)]

    def of_cases(self, case_ids: Collection[int]) -> list[Escalation]:
        """The newest first."""
        found = select(escalations).where(escalations.c.case_id.in_(case_ids)).order_by(escalations.c.id.desc())
        return [_escalation(row) for row in self._connection.execute(found)]

    def standing(self, case_ids: Collection[int]) -> Escalation | None:
        """The open one; the newest, where cases that were merged had several."""
        found = select(escalations).where(_IS_OPEN, escalations.c.case_id.in_(case_ids))
        row = self._connection.execute(found.order_by(escalations.c.id.desc()).limit(1)).one_or_none()
        return _escalation(row) if row is not None else None

    def due(self, *, now: datetime, after: tuple[datetime, int] | None, limit: int) -> list[tuple[datetime, int]]:
        """(due, number) of those whose next step is due, the longest due first; `after`: the last one looked at."""
        table = escalations.c
        wanted = [_IS_OPEN, table.step_due_at <= now]
        if after is not None:
            at, number = after
            wanted.append(or_(table.step_due_at > at, and_(table.step_due_at == at, table.id > number)))
        found = select(table.step_due_at, table.id).where(*wanted).order_by(table.step_due_at, table.id).limit(limit)
        return [(row.step_due_at, row.id) for row in self._connection.execute(found)]

    def unowned(self, *, after: int = 0, limit: int = PAGE) -> list[int]:
        """Numbers above `after` of open ones that nobody has, or somebody who works here no longer."""
        table = escalations.c
        found = select(table.id).where(_IS_OPEN, _UNOWNED, table.id > after).order_by(table.id).limit(limit)
        return list(self._connection.scalars(found))

    def take_step(
        self,
        standing: Escalation,
        place: int,
        *,
        team: str,
        owner: str | None,
        due_at: datetime | None,
        now: datetime,
    ) -> bool:
        """False where it is not at the step of `standing` any more, or somebody answered."""
        values = {"place": place, "team": team, "owner": owner, "step_at": now, "step_due_at": due_at}
        return self._changed(standing, **values)

    def stop(self, standing: Escalation, *, by: str, at: datetime) -> bool:
        """Somebody answered: no step follows. False where it has moved since."""
        return self._changed(standing, stopped_at=at, stopped_by=by, step_due_at=None)

    def use_up(self, standing: Escalation) -> bool:
        """No step is left, and nobody answered the last one. False where it has moved since."""
        return self._changed(standing, step_due_at=None)

    def waiting_again(self, *, after: int = 0, limit: int = PAGE) -> list[int]:
        """Numbers above `after` of open ones that an answer stopped, and whose case's author wrote since."""
        table, same = escalations.c, cases.c.id == escalations.c.case_id
        wanted = (_IS_OPEN, table.step_due_at.is_(None), table.stopped_at.is_not(None), table.id > after)
        wrote = (cases.c.state == CaseState.OPEN.value, cases.c.last_message_at > table.stopped_at)
        found = select(table.id).join_from(escalations, cases, same).where(*wanted, *wrote).order_by(table.id)
        return list(self._connection.scalars(found.limit(limit)))

    def go_on(self, standing: Escalation, *, since: datetime, due_at: datetime | None) -> bool:
        """Whoever was answered waits again since then. False where it has moved meanwhile."""
        table = escalations.c
        stopped = table.stopped_at.is_(None) if standing.stopped_at is None else table.stopped_at == standing.stopped_at
        same = (table.id == standing.id, _IS_OPEN, table.place == standing.place, stopped)
        values = {"stopped_at": None, "stopped_by": None, "step_at": since, "step_due_at": due_at}
        return self._connection.execute(update(escalations).where(*same).values(values)).rowcount == 1

    def _changed(self, standing: Escalation, **values: Any) -> bool:
        table = escalations.c
        same = (table.id == standing.id, _IS_OPEN, table.place == standing.place, table.stopped_at.is_(None))
        return self._connection.execute(update(escalations).where(*same).values(**values)).rowcount == 1

    def end(
        self, number: int, why: Ended, *, by: str, now: datetime, words: str | None = None, key: str | None = None
    ) -> bool:
        """False where it is over already: of two people who end it at once, one does."""
        state = EscalationState.RETURNED if why is Ended.RETURNED else EscalationState.SETTLED
        values: dict[str, Any] = {"state": state.value, "ended_at": now, "ended_by": by, "ended_why": why.value}
        values |= {"ended_words": words, "ended_key": key, "step_due_at": None}
        same = (escalations.c.id == number, _IS_OPEN)
        return self._connection.execute(update(escalations).where(*same).values(values)).rowcount == 1

    def give_to(self, case_ids: Collection[int], owner: str | None) -> None:
        """The case has another owner: so has its escalation."""
        same = (_IS_OPEN, escalations.c.case_id.in_(case_ids))
        self._connection.execute(update(escalations).where(*same).values(owner=owner))

    def loads(self, names: Collection[str]) -> dict[str, int]:
        """How many open ones each of these people has; who has none is left out."""
        found = select(escalations.c.owner, func.count()).where(_IS_OPEN, escalations.c.owner.in_(names))
        rows = self._connection.execute(found.group_by(escalations.c.owner))
        return {row[0]: row[1] for row in rows if row[0] is not None}

    # the ledger

    def ledger(self, wanted: Wanted, *, limit: int, offset: int = 0) -> list[tuple[Escalation, CaseState]]:
        """With the state of its case; open ones first, then the newest."""
        order = (escalations.c.state != EscalationState.OPEN.value, escalations.c.id.desc())
        rows = self._connection.execute(_listed(wanted).order_by(*order).limit(limit).offset(offset))
        return [(_escalation(row), CaseState(row.case_state)) for row in rows]

    def all(self, wanted: Wanted) -> Iterator[tuple[Escalation, CaseState]]:
        """Every one that the filter lets through, the oldest first; read in pages."""
        last = 0
        while True:
            page = _listed(wanted).where(escalations.c.id > last).order_by(escalations.c.id).limit(PAGE)
            rows = self._connection.execute(page).all()
            yield from ((_escalation(row), CaseState(row.case_state)) for row in rows)
            if len(rows) < PAGE:
                return
            last = rows[-1].id

    def count(self, wanted: Wanted) -> int:
        found = _listed(wanted).with_only_columns(func.count(), maintain_column_froms=True)
        return self._connection.scalar(found) or 0

    def redact(self, case_id: int) -> None:
        """What people wrote to each other about it."""
        same = escalations.c.case_id == case_id
        self._connection.execute(update(escalations).where(same).values(note=REDACTED))
        ended = (same, escalations.c.ended_words.is_not(None))
        self._connection.execute(update(escalations).where(*ended).values(ended_words=REDACTED))


def _listed(wanted: Wanted) -> Select[Any]:
    table = escalations.c
    conditions = [
        table[name] == value
        for name, value in (
            ("state", wanted.state),
            ("path", wanted.path),
            ("team", wanted.team),
            ("owner", wanted.owner),
        )
        if value
    ]
    if wanted.is_unowned:
        conditions += [_IS_OPEN, _UNOWNED]
    if wanted.since is not None:
        conditions.append(table.opened_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(table.opened_at < wanted.until)
    joined = escalations.join(cases, cases.c.id == table.case_id)
    return select(escalations, cases.c.state.label("case_state")).select_from(joined).where(*conditions)


def _escalation(row: Row[Any]) -> Escalation:
    opening = Opening(**{name: getattr(row, name) for name in Opening.__dataclass_fields__})
    return Escalation(
        id=row.id,
        opening=opening,
        opened_at=row.opened_at,
        place=row.place,
        step_at=row.step_at,
        stopped_at=row.stopped_at,
        stopped_by=row.stopped_by,
        state=EscalationState(row.state),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_why=Ended(row.ended_why) if row.ended_why else None,
        ended_words=row.ended_words,
        ended_key=row.ended_key,
    )
