"""The promise register: what customers were promised. A row never changes but for how it ended."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, or_, select, update

from models.promise import Promise, PromiseKind, PromiseState
from models.retention import REDACTED
from store.promise_tables import promises
from store.statements import insert
from store.tables import cases, mentions

_NEXT = promises.alias("next_promise")
_COLUMNS = (*promises.c, _NEXT.c.id.label("replaced_by"))
_WITH_NEXT = promises.outerjoin(_NEXT, _NEXT.c.replaces == promises.c.id)
_IS_OVERDUE = and_(promises.c.late_at.is_(None), promises.c.reason == "", _NEXT.c.id.is_(None))
"""Beyond being broken; see `Promise.is_overdue`."""
LISTS = ("due", "overdue", "kept", "broken", "withdrawn")


@dataclass(frozen=True, slots=True)
class Made:
    """A promise as it is made."""

    key: str
    case_id: int
    mention_id: str
    kind: PromiseKind
    words: str
    basis: str
    made_by: str
    due_at: datetime
    remind_at: datetime | None
    state: PromiseState = PromiseState.OPEN
    outbox_id: int | None = None
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of promises."""

    promise: Promise
    owner: str | None
    team: str
    channel: str
    case_state: str


class Promises:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: Made, *, now: datetime) -> int | None:
        """The new row's id, or None where this very form made one already, or the old one has another date already."""
        row = {name: getattr(made, name) for name in Made.__slots__}
        row |= {"kind": made.kind.value, "state": made.state.value, "made_at": now, "reason": ""}
        statement = insert(self._connection, promises).values(row).on_conflict_do_nothing().returning(promises.c.id)
        added: int | None = self._connection.scalar(statement)
        return added

    def get(self, promise_id: int) -> Promise | None:
        return next(self._read(promises.c.id == promise_id), None)

    def of_key(self, key: str) -> Promise | None:
        return next(self._read(promises.c.key == key), None)

    def of_case(self, case_id: int) -> list[Promise]:
        """All that were made there, whatever became of them; the earliest due first. Without those that still wait."""
        return list(self._read(promises.c.case_id == case_id, promises.c.state != PromiseState.WAITING.value))

    def open_of(self, case_id: int) -> list[Promise]:
        return list(self._read(promises.c.case_id == case_id, promises.c.state == PromiseState.OPEN.value))

    def next_of(self, case_ids: Collection[int]) -> dict[int, Promise]:
        """Case → its open promise that is due first."""
        found: dict[int, Promise] = {}
        for one in self._read(promises.c.case_id.in_(case_ids), promises.c.state == PromiseState.OPEN.value):
            found.setdefault(one.case_id, one)
        return found

    def with_open(self, case_ids: Collection[int]) -> set[int]:
        """Those of the cases that hold an open promise."""
        wanted = (promises.c.case_id.in_(case_ids), promises.c.state == PromiseState.OPEN.value)
        return set(self._connection.scalars(select(promises.c.case_id).where(*wanted)))

    def in_replies(self, outbox_ids: Collection[int]) -> set[int]:
        """Those of the replies in which a promise was made."""
        wanted = select(promises.c.outbox_id).where(promises.c.outbox_id.in_(outbox_ids))
        return {one for one in self._connection.scalars(wanted) if one is not None}

    # how it ends: each is a compare-and-set on the state

    def begin(self, promise_id: int, *, outbox_id: int, made_at: datetime) -> bool:
        """Its reply goes out. False where it does not wait any more."""
        values = {"state": PromiseState.OPEN.value, "outbox_id": outbox_id, "made_at": made_at}
        return self._change(promise_id, PromiseState.WAITING, values)

    def drop(self, key: str) -> bool:
        """Its reply does not go out, so nothing was promised."""
        waiting = (promises.c.key == key, promises.c.state == PromiseState.WAITING.value)
        return self._connection.execute(delete(promises).where(*waiting)).rowcount == 1

    def settle(
        self,
        promise_id: int,
        state: PromiseState,
        *,
        by: str,
        at: datetime,
        was: PromiseState = PromiseState.OPEN,
        reason: str = "",
    ) -> bool:
        """False where it is not in `was` any more: of several who settle it at once, one does."""
        values = {"state": state.value, "settled_by": by, "settled_at": at, "reason": reason}
        return self._change(promise_id, was, values, *self._is_new(was))

    @staticmethod
    def _is_new(was: PromiseState) -> tuple[Any, ...]:
        """What is broken is settled once more at most."""
        is_broken = was is PromiseState.BROKEN
        return (promises.c.late_at.is_(None), promises.c.reason == "") if is_broken else ()

    def kept_late(self, promise_id: int, *, by: str, at: datetime) -> bool:
        """A broken one that was kept after all; it stays broken. False where somebody said so before."""
        wanted = (promises.c.id == promise_id, promises.c.state == PromiseState.BROKEN.value)
        new = (promises.c.late_at.is_(None), promises.c.reason == "")
        changed = update(promises).where(*wanted, *new).values(late_at=at, settled_by=by)
        return self._connection.execute(changed).rowcount == 1

    def reminded(self, promise_id: int, *, now: datetime) -> bool:
        wanted = (promises.c.id == promise_id, promises.c.reminded_at.is_(None))
        is_open = promises.c.state == PromiseState.OPEN.value
        changed = update(promises).where(*wanted, is_open).values(reminded_at=now)
        return self._connection.execute(changed).rowcount == 1

    def _change(self, promise_id: int, was: PromiseState, values: dict[str, Any], *more: Any) -> bool:
        wanted = (promises.c.id == promise_id, promises.c.state == was.value, *more)
        return self._connection.execute(update(promises).where(*wanted).values(values)).rowcount == 1

    # what the clock asks for

    def run_out(self, *, now: datetime, limit: int) -> list[Promise]:
        """Open ones whose instant has passed, the earliest first."""
        is_open = promises.c.state == PromiseState.OPEN.value
        return list(self._read(is_open, promises.c.due_at < now, limit=limit))

    def to_remind(self, *, now: datetime, limit: int) -> list[Promise]:
        """Open ones that are still to come and of which nobody was reminded yet."""
        is_open = promises.c.state == PromiseState.OPEN.value
        new = (promises.c.remind_at <= now, promises.c.reminded_at.is_(None), promises.c.due_at > now)
        return list(self._read(is_open, *new, limit=limit))

    # lists and figures

    def listed(self, which: str, *, person: str | None, team: str | None, limit: int, offset: int = 0) -> list[Listed]:
        """`which`: of `LISTS`. `person`: owner of the case, or who promised."""
        wanted = self._wanted(which, person, team)
        columns: list[Any] = [*_COLUMNS, *(cases.c[name] for name in ("owner", "team", "channel"))]
        columns.append(cases.c.state.label("case_state"))
        newest = promises.c.settled_at.desc() if which in ("kept", "broken", "withdrawn") else promises.c.due_at
        found = (
            select(*columns)
            .select_from(_WITH_NEXT.join(cases, cases.c.id == promises.c.case_id))
            .where(*wanted)
            .order_by(newest, promises.c.id)
            .limit(limit)
            .offset(offset)
        )
        rows = self._connection.execute(found)
        return [Listed(_promise(row), row.owner, row.team, row.channel, row.case_state) for row in rows]

    def counts(self, *, person: str | None, team: str | None) -> dict[str, int]:
        """Of each of `LISTS`."""
        joined = _WITH_NEXT.join(cases, cases.c.id == promises.c.case_id)
        return {
            which: self._connection.scalar(
                select(func.count()).select_from(joined).where(*self._wanted(which, person, team))
            )
            or 0
            for which in LISTS
        }

    def teams(self) -> list[str]:
        joined = promises.join(cases, cases.c.id == promises.c.case_id)
        found = select(cases.c.team).select_from(joined).distinct().order_by(cases.c.team)
        return list(self._connection.scalars(found))

    def due_between(self, since: datetime, until: datetime) -> list[Promise]:
        """Due from `since` on and before `until`, whatever became of them; what still waits for approval is none."""
        wanted = (promises.c.due_at >= since, promises.c.due_at < until)
        return list(self._read(*wanted, promises.c.state != PromiseState.WAITING.value))

    def redact(self, case_id: int) -> None:
        """What was promised and why it was taken back, in words."""
        values = {"words": REDACTED, "basis": ""}
        same = promises.c.case_id == case_id
        self._connection.execute(update(promises).where(same).values(values))
        self._connection.execute(update(promises).where(same, promises.c.reason != "").values(reason=REDACTED))

    def move(self, mention_ids: Sequence[str], to: int) -> None:
        """With the messages that they are about."""
        moved = update(promises).where(promises.c.mention_id.in_(mention_ids), promises.c.case_id != to)
        self._connection.execute(moved.values(case_id=to))

    def newest_message(self, case_id: int) -> str | None:
        """What a promise is about that answers no message."""
        newest = select(mentions.c.id).where(mentions.c.case_id == case_id).order_by(mentions.c.created_at.desc())
        found: str | None = self._connection.scalar(newest.order_by(mentions.c.id).limit(1))
        return found

    def _wanted(self, which: str, person: str | None, team: str | None) -> list[Any]:
        state = PromiseState.OPEN if which == "due" else PromiseState.BROKEN if which == "overdue" else which
        wanted: list[Any] = [promises.c.state == str(state)]
        if which == "overdue":
            wanted.append(_IS_OVERDUE)
        if person is not None:
            wanted.append(or_(cases.c.owner == person, promises.c.made_by == person))
        if team is not None:
            wanted.append(cases.c.team == team)
        return wanted

    def _read(self, *wanted: Any, limit: int | None = None) -> Iterator[Promise]:
        found: Select[Any] = select(*_COLUMNS).select_from(_WITH_NEXT).where(*wanted)
        ordered = found.order_by(promises.c.due_at, promises.c.id).limit(limit)
        return (_promise(row) for row in self._connection.execute(ordered).all())


def _promise(row: Row[Any]) -> Promise:
    return Promise(
        row.id,
        row.case_id,
        row.mention_id,
        PromiseKind(row.kind),
        row.words,
        row.basis,
        row.made_at,
        row.made_by,
        row.due_at,
        row.remind_at,
        PromiseState(row.state),
        row.key,
        row.outbox_id,
        row.settled_at,
        row.settled_by,
        row.reason,
        row.reminded_at,
        row.late_at,
        row.replaces,
        row.replaced_by,
    )
