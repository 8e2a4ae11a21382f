"""What was judged no complaint: the log of it, weekly samples, and the verdicts of people on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, select, update

from models import UNSURE, EventKind, Label, MentionState
from store.review_tables import review_items, review_weeks
from store.statements import insert
from store.tables import cases, events, mentions

ROWS_AT_ONCE = 1_000
BY_CLASSIFIER = "classifier:"


@dataclass(frozen=True, slots=True)
class ReviewWeek:
    week: str
    since: datetime
    until: datetime
    drawn_at: datetime
    strata: tuple[Mapping[str, Any], ...]
    """label, channel, population, drawn."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    id: int
    week: str
    mention_id: str
    label: str
    channel: str
    place: int
    verdict: str | None
    person: str | None
    given_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """One week, label and channel: messages drawn, and what people said of them."""

    week: str
    label: str
    channel: str
    reviewed: int
    missed: int


@dataclass(frozen=True, slots=True)
class NoComplaint:
    """One line of the log: what was judged or ruled to be none, by whom and why."""

    mention_id: str
    case_id: int | None
    complaint_id: str | None
    """Of a complaint in the register that was ruled out."""
    channel: str
    account: str
    kind: str
    said_at: datetime
    decided_at: datetime | None
    decision: Mapping[str, Any]


class Review:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # the log

    def no_complaints(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        channel: str = "",
        label: str = "",
        newest_first: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Iterator[NoComplaint]:
        """Streamed, by when it was said; `until` not included. An empty channel or label stands for any."""
        triaged = literal(EventKind.TRIAGED.value, literal_execute=True)  # said out, so that SQLite sees the index
        decided = select(func.max(events.c.at)).where(events.c.mention_id == mentions.c.id, events.c.kind == triaged)
        table, ruled_out = mentions.c, and_(cases.c.complaint_id.is_not(None), cases.c.is_complaint.is_(False))
        wanted = [~_is_complaint(), table.decision.is_not(None)]
        wanted += [table.created_at >= since] if since is not None else []
        wanted += [table.created_at < until] if until is not None else []
        wanted += [table.channel == channel] if channel else []
        wanted += [_label() == label] if label else []
        order = (table.created_at.desc(), table.id.desc()) if newest_first else (table.created_at, table.id)
        rows = self._connection.execute(
            select(
                *(table.id, table.case_id, table.channel, table.account, table.kind, table.created_at, table.decision),
                case((ruled_out, cases.c.complaint_id), else_=None).label("complaint_id"),
                decided.correlate(mentions).scalar_subquery().label("at"),
            )
            .select_from(mentions.outerjoin(cases, cases.c.id == table.case_id))
            .where(*wanted)
            .order_by(*order)
            .limit(limit)
            .offset(offset or None)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        return (
            NoComplaint(
                mention_id=row.id,
                case_id=row.case_id,
                complaint_id=row.complaint_id,
                channel=row.channel,
                account=row.account,
                kind=row.kind,
                said_at=row.created_at,
                decided_at=row.at,
                decision=row.decision,
            )
            for row in rows
        )

    # the sample

    def newest_week(self) -> ReviewWeek | None:
        found = select(review_weeks).order_by(review_weeks.c.week.desc()).limit(1)
        row = self._connection.execute(found).one_or_none()
        return _week(row) if row is not None else None

    def weeks(self) -> list[ReviewWeek]:
        """Oldest first."""
        return [_week(row) for row in self._connection.execute(select(review_weeks).order_by(review_weeks.c.week))]

    def drawn(self, weeks: Sequence[str]) -> set[str]:
        """Which of these weeks have a sample."""
        return set(self._connection.scalars(select(review_weeks.c.week).where(review_weeks.c.week.in_(weeks))))

    def first_received_at(self) -> datetime | None:
        found: datetime | None = self._connection.scalar(select(func.min(mentions.c.received_at)))
        return found

    def populations(self, *, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
        """(Label, channel) → messages the classifier judged no complaint, repeats left out."""
        found = select(_label().label("label"), mentions.c.channel).where(*_judged_none(since, until)).subquery()
        rows = self._connection.execute(
            select(found.c.label, found.c.channel, func.count()).group_by(found.c.label, found.c.channel)
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def population(self, *, since: datetime, until: datetime) -> Iterator[tuple[str, str, str]]:
        """(Mention id, label, channel) of each, streamed."""
        rows = self._connection.execute(
            select(mentions.c.id, _label(), mentions.c.channel)
            .where(*_judged_none(since, until))
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        return ((row[0], row[1], row[2]) for row in rows)

    def keep(self, week: ReviewWeek) -> bool:
        """True for the first who draws this week; nobody draws it twice."""
        values = {
            "week": week.week,
            "since": week.since,
            "until": week.until,
            "drawn_at": week.drawn_at,
            "strata": [dict(one) for one in week.strata],
        }
        statement = insert(self._connection, review_weeks).values(values).on_conflict_do_nothing()
        return self._connection.execute(statement.returning(review_weeks.c.week)).one_or_none() is not None

    def add(self, week: str, drawn: Sequence[tuple[str, str, str]]) -> None:
        """(Mention id, label, channel) in the order of the draw."""
        rows = [
            {"week": week, "mention_id": mention_id, "label": label, "channel": channel, "place": place}
            for place, (mention_id, label, channel) in enumerate(drawn, 1)
        ]
        if rows:
            self._connection.execute(review_items.insert(), rows)

    # the verdicts

    def item(self, item_id: int) -> ReviewItem | None:
        """Locked for this transaction."""
        found = select(review_items).where(review_items.c.id == item_id).with_for_update()
        row = self._connection.execute(found).one_or_none()
        return ReviewItem(**row._mapping) if row is not None else None

    def items(self, week: str, *, waiting_only: bool = False, limit: int | None = None) -> list[ReviewItem]:
        """In the order of the draw."""
        wanted = [review_items.c.week == week] + ([review_items.c.verdict.is_(None)] if waiting_only else [])
        found = select(review_items).where(*wanted).order_by(review_items.c.place).limit(limit)
        return [ReviewItem(**row._mapping) for row in self._connection.execute(found)]

    def give(self, item_id: int, verdict: str, *, person: str, now: datetime) -> None:
        values = {"verdict": verdict, "person": person, "given_at": now}
        self._connection.execute(update(review_items).where(review_items.c.id == item_id).values(values))

    def counted(self, weeks: Sequence[str]) -> list[Counted]:
        """What was drawn and reviewed in these weeks, by week, label and channel."""
        table = review_items.c
        key = (table.week, table.label, table.channel)
        missed = func.sum(case((table.verdict == Label.COMPLAINT.value, 1), else_=0))
        rows = self._connection.execute(
            select(*key, func.count(table.verdict), missed).where(table.week.in_(weeks)).group_by(*key).order_by(*key)
        )
        return [Counted(*row) for row in rows]


def _is_complaint() -> ColumnElement[bool]:
    found: ColumnElement[bool] = mentions.c.decision[("definition", "is_complaint")].as_boolean()
    return found


def _label() -> ColumnElement[str]:
    label: ColumnElement[str] = mentions.c.decision["label"].as_string()
    return label


def _judged_none(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """What a person decided, or has to decide, is looked at by people anyway."""
    decided_by = mentions.c.decision[("definition", "decided_by")].as_string()
    return (
        mentions.c.received_at >= since,
        mentions.c.received_at < until,
        mentions.c.state == MentionState.TRIAGED.value,
        mentions.c.duplicate_of.is_(None),
        ~_is_complaint(),
        decided_by.startswith(BY_CLASSIFIER),
        _label() != UNSURE,
    )


def _week(row: Any) -> ReviewWeek:
    return ReviewWeek(row.week, row.since, row.until, row.drawn_at, tuple(row.strata))
