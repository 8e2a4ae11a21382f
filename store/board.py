"""What the live board counts. Every query is bounded: by open cases, by clocks that run, or by events of a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, literal, select

from models import CaseState, EventKind, Tier
from models.complaint import Status
from store.complaint_tables import complaints
from store.outbox import Effect
from store.tables import cases, clocks, events, outbox, receipts

SLACK = timedelta(minutes=10)
"""On PostgreSQL a later number may be written a little earlier: so far back is looked, and instants are compared."""
MOST_ROWS = 50_000
CHUNK = 1_000
"""Of ids in one question."""
OUT = (Status.RULED_OUT.value, Status.MERGED_AWAY.value)


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """Open cases of one tier, channel and owner; all that is asked for stands in the index of the queue."""

    tier: int
    channel: str
    owner: str | None
    ages: tuple[int, ...]
    """How many of each age, the youngest first."""
    late: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class ListedCase:
    id: int
    channel: str
    label: str
    tier: int
    owner: str | None
    last_message_at: datetime
    next_due_at: datetime | None


LISTED = tuple(cases.c[field] for field in ListedCase.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ListedClock:
    case_id: int
    key: str
    due_at: datetime
    owner: str | None


@dataclass(frozen=True, slots=True)
class Took:
    """From `began` to `ended`, on a case."""

    case_id: int
    began: datetime
    ended: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Corrected:
    case_id: int | None
    at: datetime
    by: str
    was: str
    became: str


class Board:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # as it stands now

    def open_groups(self, ages: Sequence[timedelta], *, now: datetime) -> list[OpenGroup]:
        """`ages`: where each age begins, the youngest first."""
        counted = [
            func.count().filter(_aged(age, ages, now=now)).label(f"age_{place}") for place, age in enumerate(ages)
        ]
        late = func.count().filter(cases.c.next_due_at < now).label("late")
        place = (cases.c.tier, cases.c.channel, cases.c.owner)
        rows = self._connection.execute(
            select(*place, *counted, late, func.min(cases.c.last_message_at).label("oldest"))
            .where(_is_open())
            .group_by(*place)
            .order_by(cases.c.tier.desc(), cases.c.channel)
        )
        return [
            OpenGroup(
                row.tier,
                row.channel,
                row.owner,
                tuple(getattr(row, f"age_{number}") for number in range(len(ages))),
                row.late,
                row.oldest,
            )
            for row in rows
        ]

    def oldest_open(self, last_message_at: datetime) -> int | None:
        """The case whose newest message is of that instant."""
        found = (
            select(cases.c.id)
            .where(_is_open(), cases.c.last_message_at == last_message_at)
            .order_by(cases.c.id)
            .limit(1)
        )
        return self._connection.scalar(found)

    def clocks_due(self, *, now: datetime, until: Sequence[datetime]) -> tuple[int, ...]:
        """How many unmet clocks are due by each of these instants."""
        counted = [func.count().filter(clocks.c.due_at <= each) for each in until]
        row = self._connection.execute(select(*counted).where(*_runs(now, max(until)))).one()
        return tuple(row)

    def clocks_missed(self, *, now: datetime) -> int:
        counted = select(func.count()).select_from(_with_case()).where(*_is_missed(now))
        return self._connection.scalar(counted) or 0

    def list_clocks(self, *, now: datetime, until: datetime | None, limit: int) -> list[ListedClock]:
        """Those due by `until`, or missed where it is None; the earliest first."""
        wanted = _is_missed(now) if until is None else _runs(now, until)
        rows = self._connection.execute(
            select(clocks.c.case_id, clocks.c.key, clocks.c.due_at, cases.c.owner)
            .select_from(_with_case())
            .where(*wanted)
            .order_by(clocks.c.due_at, clocks.c.case_id, clocks.c.key)
            .limit(limit)
        )
        return [ListedClock(*row) for row in rows]

    def list_open(
        self,
        *,
        limit: int,
        now: datetime,
        tier: int | None = None,
        ages: Sequence[timedelta] = (),
        age: int | None = None,
        owner: str | None = None,
        is_unowned: bool = False,
        channel: str | None = None,
    ) -> list[ListedCase]:
        """The oldest first."""
        table, wanted = cases.c, [_is_open()]
        if tier is not None:
            wanted.append(table.tier == tier)
        if age is not None:
            wanted.append(_aged(ages[age], ages, now=now))
        if is_unowned or owner is not None:
            wanted.append(table.owner.is_(None) if is_unowned else table.owner == owner)
        if channel is not None:
            wanted.append(table.channel == channel)
        rows = self._connection.execute(
            select(*LISTED).where(*wanted).order_by(table.last_message_at, table.id).limit(limit)
        )
        return [ListedCase(*row) for row in rows]

    # of a period

    def event_since(self, since: datetime) -> int:
        """The first number that can have been written since: found by halving, for numbers grow with time."""
        wanted = since - SLACK
        low, high = 0, (self._connection.scalar(select(func.max(events.c.id))) or 0) + 1
        while low < high:
            middle = (low + high) // 2
            at = self._connection.scalar(
                select(events.c.recorded_at).where(events.c.id >= middle).order_by(events.c.id).limit(1)
            )
            low, high = (middle + 1, high) if at is not None and at < wanted else (low, middle)
        return low

    def judged(self, since: Sequence[datetime], *, first: int) -> dict[str, tuple[int, ...]]:
        """Label → how many messages were first judged so since each instant. `first`: of `event_since`."""
        label = events.c.facts["label"].as_string().label("judged_as")
        counted = [func.count().filter(events.c.at >= each) for each in since]
        rows = self._connection.execute(
            select(label, *counted).where(*_first_triage(first, min(since))).group_by("judged_as").order_by("judged_as")
        )
        return {row[0] or "unknown": tuple(row[1:]) for row in rows}

    def by_hour(self, began: Sequence[datetime], *, until: datetime, first: int) -> dict[str, tuple[int, ...]]:
        """`complaint`, `noise` or `other` → messages written in each hour, by when it began."""
        wrote, facts = events.alias("wrote"), events.c.facts
        is_complaint = facts["is_complaint"].as_boolean().label("counts_as_complaint")
        is_noise = (facts["tier"].as_integer() == Tier.NOISE).label("counts_as_noise")
        ends = [*began[1:], until]
        counted = [
            func.count().filter(wrote.c.at >= start, wrote.c.at < end) for start, end in zip(began, ends, strict=True)
        ]
        same = wrote.c.key == literal("received:") + events.c.mention_id
        rows = self._connection.execute(
            select(is_complaint, is_noise, *counted)
            .select_from(events.join(wrote, same))
            .where(*_first_triage(first, began[0]))
            .group_by("counts_as_complaint", "counts_as_noise")
        )
        found = {name: [0] * len(began) for name in ("complaint", "noise", "other")}
        for complaint, noise, *numbers in rows:
            name = "complaint" if complaint else "noise" if noise else "other"
            found[name] = [have + more for have, more in zip(found[name], numbers, strict=True)]
        return {name: tuple(numbers) for name, numbers in found.items()}

    def list_judged(self, label: str, *, since: datetime, first: int, limit: int) -> list[tuple[int, datetime]]:
        """(case, when), the newest first."""
        rows = self._connection.execute(
            select(events.c.case_id, events.c.at)
            .where(*_first_triage(first, since), events.c.facts["label"].as_string() == label)
            .order_by(events.c.id.desc())
            .limit(limit)
        )
        return [(row.case_id, row.at) for row in rows]

    def answered_cases(self, *, since: datetime, first: int) -> list[int]:
        """Cases with an answer, by whomever, that was sent since."""
        rows = self._connection.execute(
            select(events.c.case_id)
            .where(events.c.id >= first, events.c.kind == EventKind.REPLIED.value, events.c.at >= since)
            .distinct()
            .order_by(events.c.case_id)
        )
        return [row.case_id for row in rows]

    def first_answers(self, among: Sequence[int], *, since: datetime) -> list[Took]:
        """Of these cases, those whose first answer by a person came out since."""
        found: list[Took] = []
        for start in range(0, len(among), CHUNK):
            found += self._first_answers(among[start : start + CHUNK], since)
        return found

    def _first_answers(self, among: Sequence[int], since: datetime) -> list[Took]:
        person = outbox.c.payload["person"].as_string()
        ended = func.min(receipts.c.received_at).label("ended")
        rows = self._connection.execute(
            select(cases.c.id, cases.c.received_at, ended, func.min(person).label("by"))
            .select_from(
                cases.join(outbox, outbox.c.case_id == cases.c.id).join(receipts, receipts.c.outbox_id == outbox.c.id)
            )
            .where(cases.c.id.in_(among), outbox.c.effect == Effect.SEND_REPLY.value, person != "")
            .group_by(cases.c.id, cases.c.received_at)
            .having(func.min(receipts.c.received_at) >= since)
            .order_by(cases.c.id)
        )
        return [Took(row.id, row.received_at, row.ended, row.by) for row in rows]

    def acknowledgements(self, *, since: datetime) -> list[Took]:
        table = complaints.c
        rows = self._connection.execute(
            select(table.case_id, table.received_at, table.acknowledged_at)
            .where(table.acknowledged_at >= since, table.status.not_in(OUT), table.merged_into.is_(None))
            .order_by(table.acknowledged_at.desc(), table.id)
            .limit(MOST_ROWS)
        )
        return [Took(row.case_id or 0, row.received_at, row.acknowledged_at, "") for row in rows]

    def corrections(self, *, since: datetime, first: int, limit: int = 5_000) -> list[Corrected]:
        """The newest first; where a person confirmed the label that stood, it is none."""
        facts = events.c.facts
        was, became = facts["from"].as_string(), facts["to"].as_string()
        rows = self._connection.execute(
            select(events.c.case_id, events.c.at, events.c.actor, was.label("was"), became.label("became"))
            .where(events.c.id >= first, events.c.kind == EventKind.RELABELLED.value, events.c.at >= since)
            .where(was != became)
            .order_by(events.c.id.desc())
            .limit(limit)
        )
        return [Corrected(row.case_id, row.at, row.actor, row.was, row.became) for row in rows]

    def answered_by_people(self, among: Sequence[int], *, since: datetime) -> list[int]:
        """Of these cases, those with an answer that a person wrote and that was sent since."""
        found: list[int] = []
        for start in range(0, len(among), CHUNK):
            rows = self._connection.execute(
                select(outbox.c.case_id)
                .join_from(outbox, receipts, receipts.c.outbox_id == outbox.c.id)
                .where(
                    outbox.c.case_id.in_(among[start : start + CHUNK]),
                    outbox.c.effect == Effect.SEND_REPLY.value,
                    outbox.c.payload["person"].as_string() != "",
                    receipts.c.received_at >= since,
                )
                .distinct()
            )
            found += [row.case_id for row in rows]
        return found

    def last_answers(self, ids: Sequence[int]) -> list[tuple[ListedCase, str, datetime]]:
        """(case, who answered last, when), in the order of the ids."""
        table, person = cases.c, outbox.c.payload["person"].as_string()
        rows = self._connection.execute(
            select(*LISTED, person.label("by"), receipts.c.received_at.label("sent_at"))
            .select_from(
                cases.join(outbox, outbox.c.case_id == table.id).join(receipts, receipts.c.outbox_id == outbox.c.id)
            )
            .where(table.id.in_(ids), outbox.c.effect == Effect.SEND_REPLY.value, person != "")
            .order_by(receipts.c.received_at)
        )
        found = {row.id: (ListedCase(*row[: len(LISTED)]), str(row.by), row.sent_at) for row in rows}
        return [found[each] for each in ids if each in found]


def _is_open() -> Any:
    """As the view "All open" of the queue."""
    return and_(cases.c.state == CaseState.OPEN.value, cases.c.tier > Tier.NOISE)


def _aged(age: timedelta, ages: Sequence[timedelta], *, now: datetime) -> Any:
    older = [each for each in ages if each > age]
    begins = cases.c.last_message_at <= now - age if age else cases.c.id.is_not(None)
    return and_(begins, cases.c.last_message_at > now - min(older)) if older else begins


def _with_case() -> Any:
    return clocks.join(cases, cases.c.id == clocks.c.case_id)


def _runs(now: datetime, until: datetime) -> tuple[Any, ...]:
    """`missed_at` is asked for so that the index of running clocks serves."""
    return clocks.c.met_at.is_(None), clocks.c.missed_at.is_(None), clocks.c.due_at >= now, clocks.c.due_at <= until


def _is_missed(now: datetime) -> tuple[Any, ...]:
    return cases.c.next_due_at < now, clocks.c.met_at.is_(None), clocks.c.due_at < now


def _first_triage(first: int, since: datetime) -> tuple[Any, ...]:
    return (
        events.c.id >= first,
        events.c.kind == EventKind.TRIAGED.value,
        events.c.key == literal(f"{EventKind.TRIAGED.value}:") + events.c.mention_id,
        events.c.at >= since,
    )
