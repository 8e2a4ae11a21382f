"""What came in by hour and topic, and spikes in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, literal, select, update

from models import CaseState, EventKind
from store.crises_tables import spike_looks, spike_posts, spikes, topic_hours, topic_posts
from store.statements import insert, insert_new
from store.tables import cases, events, mentions, verdicts

CHUNK = 400

KEPT_POSTS = timedelta(days=14)
"""So long it is known which message made up an hour; the counts themselves stay."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One message as it counts."""

    event: int
    mention_id: str
    channel: str
    written_at: datetime
    author_id: str | None
    decision: Mapping[str, Any] | None
    category: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """One message about a topic."""

    mention_id: str
    author_id: str | None
    said_at: datetime
    channel: str
    case_id: int


@dataclass(frozen=True, slots=True)
class Spike:
    id: int
    topic: str
    channel: str
    found_at: datetime
    began_at: datetime
    numbers: Mapping[str, Any]
    examples: tuple[str, ...]
    quiet_since: datetime | None
    ended_at: datetime | None


class SpikeCounts:
    """What came in by hour and topic."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def looked(self) -> tuple[datetime, int] | None:
        """When, and up to which event was counted."""
        row = self._connection.execute(select(spike_looks.c.looked_at, spike_looks.c.last_event)).one_or_none()
        return (row.looked_at, row.last_event) if row is not None else None

    def begin_look(self, was: tuple[datetime, int] | None, last_event: int, *, now: datetime) -> bool:
        """False where another process looked meanwhile: then nothing of this look may be kept."""
        if was is None:
            row = {"id": 1, "looked_at": now, "last_event": last_event}
            added = insert(self._connection, spike_looks).values(row).on_conflict_do_nothing()
            return bool(self._connection.execute(added.returning(spike_looks.c.id)).first())
        same = (spike_looks.c.last_event == was[1], spike_looks.c.looked_at == was[0])
        changed = update(spike_looks).where(*same).values(looked_at=now, last_event=last_event)
        return self._connection.execute(changed).rowcount == 1

    def since(self, event: int, *, limit: int) -> list[Counted]:
        """Messages in the order in which they were decided on; each for the first time only. Triage holds one lock, so
        events of this kind never appear out of order.
        """
        first = literal(f"{EventKind.TRIAGED.value}:") + events.c.mention_id
        found = (
            select(events.c.id, mentions.c.id.label("mention_id"), mentions.c.channel, mentions.c.created_at)
            .add_columns(mentions.c.author_id, mentions.c.decision)
            .join_from(events, mentions, mentions.c.id == events.c.mention_id)
            .where(events.c.id > event, events.c.kind == EventKind.TRIAGED.value, events.c.key == first)
            .order_by(events.c.id)
            .limit(limit)
        )
        rows = self._connection.execute(found).all()
        categories = self._categories([row.mention_id for row in rows])
        return [
            Counted(
                row.id,
                row.mention_id,
                row.channel,
                row.created_at,
                row.author_id,
                row.decision,
                categories.get(row.mention_id, {}),
            )
            for row in rows
        ]

    def _categories(self, ids: Sequence[str]) -> dict[str, Mapping[str, float]]:
        found = dict[str, Mapping[str, float]]()
        for chunk in _chunks(ids):
            rows = self._connection.execute(
                select(verdicts.c.mention_id, verdicts.c.verdict)
                .where(verdicts.c.mention_id.in_(chunk))
                .order_by(verdicts.c.judged_at)
            )
            found |= {row.mention_id: row.verdict.get("category") or {} for row in rows}
        return found

    def authors_counted(self, hours: Collection[datetime]) -> set[tuple[datetime, str, str, str]]:
        """(hour, topic, channel, author) of what was counted in these hours."""
        table, found = topic_posts.c, set[tuple[datetime, str, str, str]]()
        for chunk in _chunks(sorted(hours)):
            rows = self._connection.execute(
                select(table.hour, table.topic, table.channel, table.author_id)
                .where(table.hour.in_(chunk), table.author_id.is_not(None))
                .distinct()
            )
            found |= {(row.hour, row.topic, row.channel, row.author_id) for row in rows}
        return found

    def add(
        self, posts: Sequence[dict[str, Any]], people: Mapping[tuple[datetime, str, str], tuple[int, float]]
    ) -> None:
        insert_new(self._connection, topic_posts, posts)
        if not people:
            return
        rows = [
            {"hour": hour, "topic": topic, "channel": channel, "people": count, "weight": weight}
            for (hour, topic, channel), (count, weight) in sorted(people.items())
        ]
        adding = insert(self._connection, topic_hours)
        more = adding.on_conflict_do_update(
            index_elements=["hour", "topic", "channel"],
            set_={
                "people": topic_hours.c.people + adding.excluded.people,
                "weight": topic_hours.c.weight + adding.excluded.weight,
            },
        )
        self._connection.execute(more, rows)

    def reports(self, topic: str, since: datetime) -> list[Report]:
        """What was said of a topic since then, in the order in which it was said, with the case that it lies in."""
        table, hour = topic_posts.c, since.replace(minute=0, second=0, microsecond=0)
        found = (
            select(table.mention_id, table.author_id, mentions.c.created_at, mentions.c.channel, mentions.c.case_id)
            .join_from(topic_posts, mentions, mentions.c.id == table.mention_id)
            .where(table.hour >= hour, table.topic == topic)
            .where(mentions.c.created_at >= since, mentions.c.case_id.is_not(None))
            .order_by(mentions.c.created_at, table.mention_id)
        )
        return [Report(*row) for row in self._connection.execute(found)]

    def hourly(self, since: datetime, *, topic: str | None = None) -> list[tuple[str, str, datetime, int, float]]:
        """(topic, channel, hour, people, weight)."""
        wanted = [topic_hours.c.hour >= since]
        if topic is not None:
            wanted.append(topic_hours.c.topic == topic)
        table = topic_hours.c
        rows = self._connection.execute(
            select(table.topic, table.channel, table.hour, table.people, table.weight).where(*wanted)
        )
        return [tuple(row) for row in rows]

    def hours_in_scope(
        self, topics: Sequence[str], channels: Sequence[str], since: datetime
    ) -> list[tuple[datetime, int, float]]:
        """(hour, messages, their weight): each message once, whatever it is about."""
        each = _in_scope(topics, channels, since).subquery()
        rows = self._connection.execute(
            select(each.c.hour, func.count(), func.sum(each.c.weight)).group_by(each.c.hour).order_by(each.c.hour)
        )
        return [(row[0], row[1], float(row[2])) for row in rows]

    def cases_in_scope(self, topics: Sequence[str], channels: Sequence[str], since: datetime) -> tuple[int, int]:
        """How many cases wrote in it, and how many of these were answered or are done."""
        each = _in_scope(topics, channels, since).subquery()
        answered = func.count(cases.c.id.distinct()).filter(cases.c.state != CaseState.OPEN.value)
        joined = each.join(mentions, mentions.c.id == each.c.mention_id).join(cases, cases.c.id == mentions.c.case_id)
        row = self._connection.execute(select(func.count(cases.c.id.distinct()), answered).select_from(joined)).one()
        return row[0], row[1]

    def posts_since(self, topic: str, channel: str | None, since: datetime) -> list[str]:
        """Message ids, the heaviest first."""
        wanted = [topic_posts.c.hour >= since, topic_posts.c.topic == topic]
        if channel is not None:
            wanted.append(topic_posts.c.channel == channel)
        found = select(topic_posts.c.mention_id).where(*wanted)
        return list(self._connection.scalars(found.order_by(topic_posts.c.weight.desc(), topic_posts.c.mention_id)))

    def known(self, since: datetime) -> tuple[list[str], list[str]]:
        """Topics and channels that were heard of."""
        table = topic_hours.c
        topics = self._connection.scalars(select(table.topic).where(table.hour >= since).distinct())
        channels = self._connection.scalars(select(table.channel).where(table.hour >= since).distinct())
        return sorted(topics), sorted(channels)

    def forget(self, *, posts_before: datetime, hours_before: datetime) -> None:
        self._connection.execute(delete(topic_posts).where(topic_posts.c.hour < posts_before))
        self._connection.execute(delete(topic_hours).where(topic_hours.c.hour < hours_before))

    # spikes

    def open_spikes(self) -> list[Spike]:
        found = select(spikes).where(spikes.c.ended_at.is_(None)).order_by(spikes.c.found_at.desc(), spikes.c.id.desc())
        return [_spike(row) for row in self._connection.execute(found)]

    def recent_spikes(self, *, limit: int) -> list[Spike]:
        found = select(spikes).where(spikes.c.ended_at.is_not(None)).order_by(spikes.c.found_at.desc()).limit(limit)
        return [_spike(row) for row in self._connection.execute(found)]

    def spike(self, spike_id: int) -> Spike | None:
        row = self._connection.execute(select(spikes).where(spikes.c.id == spike_id)).one_or_none()
        return _spike(row) if row is not None else None

    def open_spike(self, values: Mapping[str, Any]) -> int | None:
        """Its number, or None where one of this topic and channel is open already."""
        adding = insert(self._connection, spikes).values(dict(values)).on_conflict_do_nothing().returning(spikes.c.id)
        added: int | None = self._connection.scalar(adding)
        return added

    def change_spike(self, spike_id: int, values: Mapping[str, Any]) -> bool:
        still = (spikes.c.id == spike_id, spikes.c.ended_at.is_(None))
        return self._connection.execute(update(spikes).where(*still).values(dict(values))).rowcount == 1

    def join(self, spike_id: int, mention_ids: Sequence[str]) -> None:
        rows = [{"spike_id": spike_id, "mention_id": one} for one in mention_ids]
        insert_new(self._connection, spike_posts, rows)

    def posts_of(self, spike_id: int) -> set[str]:
        return set(self._connection.scalars(select(spike_posts.c.mention_id).where(spike_posts.c.spike_id == spike_id)))

    def cases_of(self, spike_id: int, *, limit: int) -> list[tuple[int, str, str, int, str | None, str]]:
        """(case, channel, label, tier, owner, state), those that come first in the queue first."""
        mine = select(mentions.c.case_id).join(spike_posts, spike_posts.c.mention_id == mentions.c.id)
        mine = mine.where(spike_posts.c.spike_id == spike_id)
        table = cases.c
        rows = self._connection.execute(
            select(table.id, table.channel, table.label, table.tier, table.owner, table.state)
            .where(table.id.in_(mine))
            .order_by(table.state != CaseState.OPEN.value, table.score.desc(), table.id)
            .limit(limit)
        )
        return [tuple(row) for row in rows]

    def sizes(self, spike_ids: Collection[int]) -> dict[int, tuple[int, int, int]]:
        """Spike → (messages, cases, cases that were answered or are done)."""
        joined = spike_posts.join(mentions, mentions.c.id == spike_posts.c.mention_id).join(
            cases, cases.c.id == mentions.c.case_id
        )
        answered = func.count(cases.c.id.distinct()).filter(cases.c.state != CaseState.OPEN.value)
        rows = self._connection.execute(
            select(spike_posts.c.spike_id, func.count(), func.count(cases.c.id.distinct()), answered)
            .select_from(joined)
            .where(spike_posts.c.spike_id.in_(spike_ids))
            .group_by(spike_posts.c.spike_id)
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _in_scope(topics: Sequence[str], channels: Sequence[str], since: datetime) -> Any:
    table = topic_posts.c
    wanted = [table.hour >= since]
    if topics:
        wanted.append(table.topic.in_(topics))
    if channels:
        wanted.append(table.channel.in_(channels))
    return (
        select(table.mention_id, table.hour, func.max(table.weight).label("weight"))
        .where(*wanted)
        .group_by(table.mention_id, table.hour)
    )


def _chunks(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _spike(row: Row[Any]) -> Spike:
    values = dict(row._mapping)
    return Spike(**values | {"examples": tuple(values["examples"])})
