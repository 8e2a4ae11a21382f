"""What happened to cases, read from the event log for figures; worked out anew each time, in parts of a bounded size.

An event counts to the case that its message lies in now, or else to the case that stands for its own now. So a merge, a
split, or one of them taken back changes figures of the past as it changes the cases.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, or_, select

from models import ActorKind, EventKind, Kind, Tier
from models.complaint import Status
from store.board import Board
from store.complaint_tables import complaints
from store.merging_tables import case_merges, case_splits
from store.outbox import Effect
from store.tables import cases, events, mentions, outbox

CHUNK = 900
"""Cases in one question."""
ESCALATIONS = frozenset({EventKind.TRIAGED, EventKind.ESCALATED})
FOLDED = (
    EventKind.RECEIVED,
    EventKind.TRIAGED,
    EventKind.REPLIED,
    EventKind.CLOSED,
    EventKind.REOPENED,
)
"""By whomever; of people everything is read."""
OWNERS = (
    EventKind.ASSIGNED,
    EventKind.HANDED_OVER,
    EventKind.TAKEN_OVER,
    EventKind.ESCALATED,
    EventKind.ESCALATION_STEP,
    EventKind.ESCALATION_RETURNED,
    EventKind.OWNER_FOUND,
    EventKind.ROUTED,
)
OUT = frozenset({Status.RULED_OUT.value, Status.MERGED_AWAY.value})
REPLIED = f"{EventKind.REPLIED.value}:"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    kind: EventKind
    at: datetime
    person: str
    is_public: bool
    is_quiet: bool
    is_escalation: bool
    owner: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoggedComplaint:
    received_at: datetime
    acknowledged_at: datetime | None
    is_out: bool


@dataclass(frozen=True, slots=True)
class LoggedCase:
    id: int
    channel: str
    team: str
    tier: int
    priority: str
    issue: str
    product: str
    is_complaint: bool
    happened: tuple[LoggedEvent, ...] = ()
    complaints: tuple[LoggedComplaint, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A case by its first message that is neither noise nor a repeat, and when it was flagged."""

    id: int
    first_at: datetime
    channel: str
    team: str
    issue: str
    product: str
    flagged_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActOfPerson:
    person: str
    at: datetime
    case_id: int


class Handling:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cases(self, since: datetime, until: datetime) -> Iterator[LoggedCase]:
        """Every case with an event in that time (and those it was ever merged with or split from), with its whole log.

        `until` does not count in.
        """
        families = self._families()
        roots = {families.root(case_id) for case_id in self._touched(since, until)}
        members = families.members(roots)
        part: list[int] = []
        for root in sorted(roots):
            part += members.get(root, [root])
            if len(part) >= CHUNK:
                yield from self._fold(part, families)
                part = []
        if part:
            yield from self._fold(part, families)

    def begun(self, since: datetime) -> list[Begun]:
        """Of cases whose earliest message was said since; noise that was never flagged is left out."""
        first = (
            select(mentions.c.case_id, func.min(mentions.c.created_at).label("first_at"))
            .join(cases, cases.c.id == mentions.c.case_id)
            .where(cases.c.received_at >= since, mentions.c.duplicate_of.is_(None))
            .where(mentions.c.decision["tier"].as_integer() > Tier.NOISE)
            .group_by(mentions.c.case_id)
            .subquery()
        )
        flagged = self._flagged(since)
        rows = self._connection.execute(
            select(first.c.first_at, *_ABOUT).select_from(_with_complaint().join(first, first.c.case_id == cases.c.id))
        )
        found = []
        for row in rows:
            flagged_at = flagged.get(row.id)
            if row.tier > Tier.NOISE or flagged_at is not None:
                about = (row.channel, row.team, row.category or row.label, row.product or "")
                found.append(Begun(row.id, row.first_at, *about, flagged_at))
        return found

    def acts(self, since: datetime, until: datetime) -> Iterator[ActOfPerson]:
        """Of every person in turn, by time; on a case that was merged away: of the one that stands for it now."""
        families = self._families()
        rows = self._connection.execute(
            select(events.c.actor, events.c.at, events.c.case_id, mentions.c.case_id.label("lies_in"))
            .select_from(_with_mention())
            .where(events.c.id >= self._first(since), events.c.at >= since, events.c.at < until)
            .where(events.c.actor_kind == ActorKind.PERSON.value, events.c.case_id.is_not(None))
            .order_by(events.c.actor, events.c.at, events.c.id)
        )
        for row in rows:
            yield ActOfPerson(row.actor, row.at, row.lies_in or families.living(row.case_id))

    def complaint_cases(self, among: Collection[int]) -> set[int]:
        """Those of them that hold a complaint which counts."""
        found: set[int] = set()
        for some in _chunks(sorted(among)):
            rows = self._connection.scalars(
                select(complaints.c.case_id).where(
                    complaints.c.case_id.in_(some), complaints.c.status.not_in(OUT), complaints.c.merged_into.is_(None)
                )
            )
            found.update(each for each in rows if each is not None)
        return found

    def matching(self, among: Collection[int], *, channel: str, team: str, product: str) -> set[int]:
        """Those of these cases that the filter lets through."""
        found: set[int] = set()
        for some in _chunks(sorted(among)):
            rows = self._connection.execute(select(*_ABOUT).select_from(_with_complaint()).where(cases.c.id.in_(some)))
            for row in rows:
                is_in = channel in ("", row.channel) and team in ("", row.team) and product in ("", row.product or "")
                found.update([row.id] if is_in else [])
        return found

    def choices(self) -> dict[str, list[str]]:
        """What can be filtered by: the values that occur."""
        columns = {"channel": cases.c.channel, "team": cases.c.team, "product": complaints.c.product}
        asked = {name: select(column).where(column.is_not(None)).distinct() for name, column in columns.items()}
        return {name: sorted(filter(None, self._connection.scalars(one))) for name, one in asked.items()}

    # parts

    def _first(self, since: datetime) -> int:
        return Board(self._connection).event_since(since)

    def _touched(self, since: datetime, until: datetime) -> set[int]:
        rows = self._connection.scalars(
            select(events.c.case_id)
            .where(events.c.id >= self._first(since), events.c.at >= since, events.c.at < until)
            .where(events.c.case_id.is_not(None), _is_read())
            .distinct()
        )
        return {each for each in rows if each is not None}

    def _flagged(self, since: datetime) -> dict[int, datetime]:
        families = self._families()
        rows = self._connection.execute(
            select(events.c.case_id, mentions.c.case_id.label("lies_in"), func.min(events.c.at).label("at"))
            .select_from(_with_mention())
            .where(events.c.id >= self._first(since), events.c.kind.in_([kind.value for kind in ESCALATIONS]))
            .where(or_(events.c.kind != EventKind.TRIAGED.value, _TIER == Tier.HIGH_PRIORITY))
            .group_by(events.c.case_id, mentions.c.case_id)
        )
        found: dict[int, datetime] = {}
        for row in rows:
            case_id = row.lies_in or families.living(row.case_id)
            found[case_id] = min(row.at, found.get(case_id, row.at))
        return found

    def _families(self) -> "_Families":
        merged = self._connection.execute(select(case_merges.c.away_id, case_merges.c.kept_id, case_merges.c.undone_at))
        split = self._connection.execute(select(case_splits.c.case_id, case_splits.c.from_id))
        return _Families([tuple(row) for row in merged], [(row.case_id, row.from_id) for row in split])

    def _fold(self, members: Sequence[int], families: "_Families") -> Iterator[LoggedCase]:
        sent = self._sent(members)
        rows = self._logged(members)
        tiers = {row.mention_id: row.tier for row in rows if row.kind == EventKind.TRIAGED.value}
        logged: defaultdict[int, list[LoggedEvent]] = defaultdict(list)
        for row in rows:
            answer = sent.get(int(row.key.removeprefix(REPLIED))) if row.kind == EventKind.REPLIED.value else None
            home = row.lies_in or families.living(answer.case_id if answer is not None else row.case_id)
            logged[home].append(_logged(row, answer, is_noise=tiers.get(row.mention_id) == Tier.NOISE))
        about = self._about(logged)
        registered = self._complaints(members, families)
        for case_id, happened in sorted(logged.items()):
            receipts = tuple(registered.get(case_id, ()))
            yield replace(about[case_id], happened=tuple(happened), complaints=receipts)

    def _logged(self, members: Sequence[int]) -> list[Row[Any]]:
        is_owner = events.c.kind.in_([kind.value for kind in OWNERS])
        wanted = (
            select(
                *(events.c.key, events.c.kind, events.c.at, events.c.actor_kind, events.c.actor, events.c.case_id),
                events.c.mention_id,
                case((events.c.kind == EventKind.TRIAGED.value, _TIER)).label("tier"),
                case((is_owner, events.c.facts["to"].as_string())).label("owner"),
                case((_is_escalated(), events.c.facts["reason"].as_string())).label("reason"),
                mentions.c.case_id.label("lies_in"),
                mentions.c.kind.label("sort"),
                mentions.c.duplicate_of,
            )
            .select_from(_with_mention())
            .where(events.c.case_id.in_(members), _is_read())
            .order_by(events.c.at, events.c.id)
        )
        return list(self._connection.execute(wanted))

    def _sent(self, members: Sequence[int]) -> dict[int, Row[Any]]:
        person, is_private = outbox.c.payload["person"].as_string(), outbox.c.payload["is_private"].as_boolean()
        rows = self._connection.execute(
            select(outbox.c.id, outbox.c.case_id, person.label("person"), is_private.label("is_private")).where(
                outbox.c.case_id.in_(members), outbox.c.effect == Effect.SEND_REPLY.value
            )
        )
        return {row.id: row for row in rows}

    def _about(self, ids: Iterable[int]) -> dict[int, LoggedCase]:
        found: dict[int, LoggedCase] = {}
        for some in _chunks(sorted(ids)):
            rows = self._connection.execute(select(*_ABOUT).select_from(_with_complaint()).where(cases.c.id.in_(some)))
            for row in rows:
                found[row.id] = LoggedCase(
                    id=row.id,
                    channel=row.channel,
                    team=row.team,
                    tier=row.tier,
                    priority=row.priority,
                    issue=row.category or row.label,
                    product=row.product or "",
                    is_complaint=row.is_registered,
                )
        return found

    def _complaints(self, members: Sequence[int], families: "_Families") -> Mapping[int, list[LoggedComplaint]]:
        found: defaultdict[int, list[LoggedComplaint]] = defaultdict(list)
        table = complaints.c
        rows = self._connection.execute(
            select(table.case_id, table.received_at, table.acknowledged_at, table.status, table.merged_into)
            .where(table.case_id.in_(members))
            .order_by(table.id)
        )
        for row in rows:
            is_out = row.status in OUT or row.merged_into is not None
            found[families.living(row.case_id)].append(LoggedComplaint(row.received_at, row.acknowledged_at, is_out))
        return found


class _Families:
    """Which case stands for which now, and which cases ever had to do with each other."""

    def __init__(self, merges: Sequence[tuple[int, int, datetime | None]], splits: Sequence[tuple[int, int]]) -> None:
        self._into = {away: kept for away, kept, undone_at in merges if undone_at is None}
        self._parent: dict[int, int] = {}
        for one, other in [*((away, kept) for away, kept, _ in merges), *splits]:
            self._parent[self.root(one)] = self.root(other)

    def living(self, case_id: int) -> int:
        while case_id in self._into:
            case_id = self._into[case_id]
        return case_id

    def root(self, case_id: int) -> int:
        """One for all of a family."""
        while (above := self._parent.get(case_id, case_id)) != case_id:
            case_id = above
        return case_id

    def members(self, roots: Collection[int]) -> dict[int, list[int]]:
        """Of families with more than one member."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for case_id in self._parent:
            found[self.root(case_id)].append(case_id)
        return {root: sorted({*some, root}) for root, some in found.items() if root in roots}


def _logged(row: Row[Any], answer: Row[Any] | None, *, is_noise: bool) -> LoggedEvent:
    kind = EventKind(row.kind)
    is_message = kind is EventKind.RECEIVED
    by_person = row.actor if row.actor_kind == ActorKind.PERSON.value else ""
    is_public = row.sort != Kind.DM.value if is_message else answer is not None and not answer.is_private
    return LoggedEvent(
        kind=kind,
        at=row.at,
        person=(answer.person or "") if answer is not None else by_person,
        is_public=is_public,
        is_quiet=is_message and (is_noise or row.duplicate_of is not None),
        is_escalation=kind in ESCALATIONS and (kind is not EventKind.TRIAGED or row.tier == Tier.HIGH_PRIORITY),
        owner=row.owner or "",
        reason=row.reason or "",
    )


_TIER = events.c.facts["tier"].as_integer()
_ABOUT = (
    *(cases.c.id, cases.c.channel, cases.c.team, cases.c.tier, cases.c.priority, cases.c.label),
    complaints.c.category,
    complaints.c.product,
    complaints.c.id.is_not(None).label("is_registered"),
)


def _with_complaint() -> Any:
    """Living cases; with the complaint that counts, where there is one."""
    counts = and_(
        complaints.c.id == cases.c.complaint_id, complaints.c.status.not_in(OUT), complaints.c.merged_into.is_(None)
    )
    return cases.outerjoin(complaints, counts)


def _with_mention() -> Any:
    return events.outerjoin(mentions, mentions.c.id == events.c.mention_id)


def _is_read() -> Any:
    kinds = sorted({kind.value for kind in (*FOLDED, *ESCALATIONS, *OWNERS)})
    return or_(events.c.kind.in_(kinds), events.c.actor_kind == ActorKind.PERSON.value)


def _is_escalated() -> Any:
    return events.c.kind.in_([kind.value for kind in ESCALATIONS if kind is not EventKind.TRIAGED])


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
