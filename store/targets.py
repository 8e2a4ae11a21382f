"""The firm's own targets of each case: as they stand, and which of them the clock has to look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from models import ActorKind, CaseState, EventKind, Kind, Priority, Tier
from store.outbox import UPDATE_KEY, Effect, OutboxState
from store.statements import insert
from store.tables import cases, events, mentions, outbox, receipts
from store.target_tables import targets, targets_to_come

CHUNK = 500
ASKED = (
    EventKind.ACKNOWLEDGED,
    EventKind.CUSTOMER_TOLD,
    EventKind.CLOSED,
    EventKind.REOPENED,
    EventKind.MERGED,
    EventKind.UNMERGED,
    EventKind.SPLIT,
    EventKind.UNSPLIT,
)
"""What of a case's log moves its targets, beside our answers."""
SURVEY_KEY = "survey:"
"""How the key of a question after the end of a case begins: it is no word on the case."""


@dataclass(frozen=True, slots=True)
class StoredTarget:
    case_id: int
    key: str
    priority: Priority
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    met_at: datetime | None
    policy: str
    steps: tuple[str, ...]
    warned_at: datetime | None = None
    acted_at: datetime | None = None
    missed_at: datetime | None = None
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseNow:
    """What targets ask of a case itself."""

    id: int
    state: CaseState
    tier: Tier
    priority: Priority
    channel: str
    owner: str | None
    received_at: datetime
    is_private: bool
    """It began with a message that only we can read."""


@dataclass(frozen=True, slots=True)
class Noted:
    """An event of a case's log, in the order in which they were written down."""

    case_id: int
    kind: EventKind
    at: datetime
    is_by_person: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that the channel took, where it lies now."""

    case_id: int
    at: datetime
    is_by_person: bool
    is_update: bool
    """It went out by itself, because an update was due."""


@dataclass(frozen=True, slots=True)
class TeamTargets:
    team: str
    missed: int
    soon: int


class Targets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # what they are worked out from

    def cases(self, ids: Collection[int], *, is_locked: bool = False) -> list[CaseNow]:
        """By number. Locked, nobody changes them before this transaction ends."""
        names = ("id", "state", "tier", "priority", "channel", "owner", "received_at")
        first = select(mentions.c.kind).where(mentions.c.case_id == cases.c.id).correlate(cases).limit(1)
        first = first.order_by(mentions.c.created_at, mentions.c.id)
        shown = (*(cases.c[name] for name in names), first.scalar_subquery().label("kind"))
        found = select(*shown).where(cases.c.id.in_(ids)).order_by(cases.c.id)
        rows = self._connection.execute(found.with_for_update(of=cases) if is_locked else found)
        return [
            CaseNow(
                row.id,
                CaseState(row.state),
                Tier(row.tier),
                Priority(row.priority),
                row.channel,
                row.owner,
                row.received_at,
                row.kind == Kind.DM.value,
            )
            for row in rows
        ]

    def noted(self, ids: Collection[int]) -> list[Noted]:
        table = events.c
        rows = self._connection.execute(
            select(table.case_id, table.kind, table.at, table.actor_kind)
            .where(table.case_id.in_(ids), table.kind.in_([kind.value for kind in ASKED]))
            .order_by(table.id)
        )
        person = ActorKind.PERSON.value
        return [Noted(row.case_id, EventKind(row.kind), row.at, row.actor_kind == person) for row in rows]

    def answers(self, ids: Collection[int]) -> list[Answer]:
        person = outbox.c.payload["person"].as_string()
        rows = self._connection.execute(
            select(outbox.c.case_id, outbox.c.key, receipts.c.received_at, person.label("person"))
            .join_from(outbox, receipts, receipts.c.outbox_id == outbox.c.id)
            .where(outbox.c.case_id.in_(ids), outbox.c.effect == Effect.SEND_REPLY.value)
            .where(outbox.c.state == OutboxState.SENT.value, outbox.c.key.not_like(f"{SURVEY_KEY}%"))
            .order_by(outbox.c.id)
        )
        return [Answer(row.case_id, row.received_at, bool(row.person), row.key.startswith(UPDATE_KEY)) for row in rows]

    def last_touch(self, case_id: int) -> datetime | None:
        """When a person last did something on the case, whatever it was."""
        touched = (events.c.case_id == case_id, events.c.actor_kind == ActorKind.PERSON.value)
        return self._connection.scalar(select(events.c.at).where(*touched).order_by(events.c.at.desc()).limit(1))

    # as they stand

    def of(self, ids: Collection[int]) -> list[StoredTarget]:
        rows = self._connection.execute(
            select(targets).where(targets.c.case_id.in_(ids)).order_by(targets.c.case_id, targets.c.due_at)
        )
        return [_target(row) for row in rows]

    def next_of(self, ids: Collection[int]) -> dict[int, StoredTarget]:
        """Case → its earliest target that is not met."""
        found: dict[int, StoredTarget] = {}
        for target in self.of(ids):
            if target.met_at is None:
                found.setdefault(target.case_id, target)
        return found

    def keep(self, changed: Sequence[StoredTarget]) -> None:
        if not changed:
            return
        rows = [_row(target) for target in changed]
        statement = insert(self._connection, targets)
        values = {name: statement.excluded[name] for name in rows[0] if name not in ("case_id", "key")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["case_id", "key"], set_=values), rows)

    def drop(self, gone: Collection[tuple[int, str]]) -> None:
        for case_id, key in gone:
            self._connection.execute(delete(targets).where(targets.c.case_id == case_id, targets.c.key == key))

    # the clock

    def to_look_at(self, *, now: datetime, limit: int) -> list[int]:
        """Cases of which a target is due soon or over and that was not said, the longest waiting first."""
        waiting = select(targets.c.case_id).where(targets.c.look_at <= now).order_by(targets.c.look_at).limit(limit)
        return sorted(set(self._connection.scalars(waiting)))

    def looked(self, seen: StoredTarget, **values: datetime | None) -> bool:
        """Note what was said of it and when to look next; False where another process did so meanwhile."""
        same = and_(
            targets.c.case_id == seen.case_id,
            targets.c.key == seen.key,
            targets.c.started_at == seen.started_at,
            targets.c.look_at == seen.look_at,
        )
        return self._connection.execute(update(targets).where(same).values(**values)).rowcount == 1

    # what a lead sees

    def by_team(self, *, now: datetime, until: datetime) -> list[TeamTargets]:
        """How many cases have a target missed, and how many others one due by `until`; what is over has none."""
        is_missed = func.min(targets.c.due_at) < now
        of_case = (
            select(targets.c.case_id, is_missed.label("missed"))
            .where(targets.c.met_at.is_(None), targets.c.due_at <= until)
            .group_by(targets.c.case_id)
            .subquery()
        )
        missed = func.count().filter(of_case.c.missed)
        rows = self._connection.execute(
            select(cases.c.team, missed.label("missed"), (func.count() - missed).label("soon"))
            .join_from(of_case, cases, cases.c.id == of_case.c.case_id)
            .group_by(cases.c.team)
            .order_by(missed.desc(), cases.c.team)
        )
        return [TeamTargets(row.team, row.missed, row.soon) for row in rows]

    def missed_since(self, since: datetime, *, first: int) -> dict[str, int]:
        """Team → targets said to be missed since. `first`: a number of `Board.event_since`."""
        kind = EventKind.TARGET_MISSED.value
        rows = self._connection.execute(
            select(cases.c.team, func.count().label("number"))
            .join_from(events, cases, cases.c.id == events.c.case_id)
            .where(events.c.id >= first, events.c.kind == kind, events.c.at >= since)
            .group_by(cases.c.team)
        )
        return {row.team: row.number for row in rows}

    # cases from before there were targets

    def to_come(self) -> int | None:
        """Up to which number cases have none yet; None where all were worked out."""
        return self._connection.scalar(select(targets_to_come.c.up_to))

    def before_targets(self, up_to: int, *, limit: int) -> list[int]:
        """Cases that are not over and stand before the first target, the newest first."""
        live = (CaseState.OPEN.value, CaseState.ANSWERED.value)
        found = select(cases.c.id).where(cases.c.id <= up_to, cases.c.state.in_(live), cases.c.tier > Tier.NOISE)
        return list(self._connection.scalars(found.order_by(cases.c.id.desc()).limit(limit)))

    def came_to(self, was: int, up_to: int | None) -> None:
        """None: all were worked out. Where another process did so meanwhile, its word stands."""
        same = targets_to_come.c.up_to == was
        if up_to is None:
            self._connection.execute(delete(targets_to_come).where(same))
        else:
            self._connection.execute(update(targets_to_come).where(same).values(up_to=up_to))


def _row(target: StoredTarget) -> dict[str, Any]:
    return {name: getattr(target, name) for name in StoredTarget.__dataclass_fields__} | {
        "priority": target.priority.value,
        "steps": list(target.steps),
    }


def _target(row: Row[Any]) -> StoredTarget:
    values = dict(row._mapping)
    return StoredTarget(**values | {"priority": Priority(values["priority"]), "steps": tuple(values["steps"])})
