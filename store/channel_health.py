"""What is known of each channel's health: credentials as last tested, gaps, when messages came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, func, select, update

from store.channel_tables import channel_gaps, credentials, silences
from store.statements import insert
from store.tables import mentions

HEARD_LIVE = timedelta(hours=1)
"""What was read later than this after it was said came with a back-fill, and tells nothing of the rhythm."""


@dataclass(frozen=True, slots=True)
class StoredCredential:
    name: str
    """Of the connector."""
    account: str
    valid_until: datetime | None
    scopes: tuple[str, ...]
    missing: tuple[str, ...]
    shown_in_week: int | None
    """Messages of the seven days before, by the platform's count; None: it does not tell."""
    held_of_week: int | None
    """By ours, at the same time."""
    probed_at: datetime
    connected_since: datetime
    """When this account was first found to work."""


class GapOutcome(StrEnum):
    OPEN = "open"
    BACK_FILLED = "back_filled"
    """Read later, from where it had stopped: nothing is missing."""
    LOST = "lost"
    """The platform no longer shows, or never shows again, what came in that time."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a source could not be read."""

    id: int
    source: str
    began_at: datetime
    ended_at: datetime | None
    cause: str
    outcome: GapOutcome


@dataclass(frozen=True, slots=True)
class StoredSilence:
    """How the silence of a channel was last judged."""

    channel: str
    checked_at: datetime
    since: datetime | None
    expected: float | None
    probability: float | None
    is_alarm: bool
    alarm_at: datetime | None


class ChannelHealth:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def probed(
        self,
        name: str,
        *,
        account: str,
        valid_until: datetime | None,
        scopes: Sequence[str],
        missing: Sequence[str],
        shown_in_week: int | None = None,
        held_of_week: int | None = None,
        now: datetime,
    ) -> None:
        known = self.credential(name)
        since = known.connected_since if known is not None and known.account == account else now
        values = {
            "account": account,
            "valid_until": valid_until,
            "scopes": list(scopes),
            "missing": list(missing),
            "shown_in_week": shown_in_week,
            "held_of_week": held_of_week,
            "probed_at": now,
            "connected_since": since,
        }
        statement = insert(self._connection, credentials).values(name=name, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def credential(self, name: str) -> StoredCredential | None:
        row = self._connection.execute(select(credentials).where(credentials.c.name == name)).one_or_none()
        if row is None:
            return None
        facts = dict(row._mapping) | {"scopes": tuple(row.scopes), "missing": tuple(row.missing)}
        return StoredCredential(**facts)

    def open_gap(self, source: str, *, since: datetime, cause: str) -> bool:
        """False where one is open already."""
        if self._open(source) is not None:
            return False
        row = {"source": source, "began_at": since, "cause": cause, "outcome": GapOutcome.OPEN.value}
        self._connection.execute(channel_gaps.insert().values(row))
        return True

    def close_gap(self, source: str, *, lost: bool, now: datetime) -> Gap | None:
        """The gap that ended; None where none was open."""
        gap = self._open(source)
        if gap is None:
            return None
        outcome = GapOutcome.LOST if lost else GapOutcome.BACK_FILLED
        self._connection.execute(
            update(channel_gaps).where(channel_gaps.c.id == gap.id).values(ended_at=now, outcome=outcome.value)
        )
        return self.gaps(source, limit=1)[0]

    def gaps(self, source: str, *, limit: int = 20) -> list[Gap]:
        """Newest first."""
        rows = self._connection.execute(
            select(channel_gaps).where(channel_gaps.c.source == source).order_by(channel_gaps.c.id.desc()).limit(limit)
        )
        return [Gap(**dict(row._mapping) | {"outcome": GapOutcome(row.outcome)}) for row in rows]

    def has_open_gap(self, source: str) -> bool:
        return self._open(source) is not None

    def _open(self, source: str) -> Gap | None:
        newest = self.gaps(source, limit=1)
        return newest[0] if newest and newest[0].outcome is GapOutcome.OPEN else None

    def arrivals(self, channel: str, *, since: datetime) -> list[datetime]:
        """When messages of a channel were said, in order; those that were read long after are left out."""
        rows = self._connection.execute(
            select(mentions.c.created_at, mentions.c.received_at)
            .where(mentions.c.channel == channel, mentions.c.received_at >= since)
            .order_by(mentions.c.created_at)
        )
        return [row.created_at for row in rows if row.received_at - row.created_at < HEARD_LIVE]

    def last_arrival(self, channel: str) -> datetime | None:
        """When the last message of a channel was received."""
        last = select(func.max(mentions.c.received_at)).where(mentions.c.channel == channel)
        found: datetime | None = self._connection.scalar(last)
        return found

    def keep_silence(self, found: StoredSilence) -> None:
        values = {name: getattr(found, name) for name in StoredSilence.__dataclass_fields__ if name != "channel"}
        statement = insert(self._connection, silences).values(channel=found.channel, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=values))

    def silence(self, channel: str) -> StoredSilence | None:
        """None where it was never judged."""
        row = self._connection.execute(select(silences).where(silences.c.channel == channel)).one_or_none()
        return StoredSilence(**row._mapping) if row is not None else None

    def silences(self) -> dict[str, StoredSilence]:
        rows = self._connection.execute(select(silences).order_by(silences.c.channel))
        return {row.channel: StoredSilence(**row._mapping) for row in rows}

    def first_arrival(self, channel: str) -> datetime | None:
        first = select(func.min(mentions.c.received_at)).where(mentions.c.channel == channel)
        found: datetime | None = self._connection.scalar(first)
        return found

    def said_between(self, channel: str, since: datetime, until: datetime) -> int:
        """How many messages we hold that were said in this time."""
        said = (mentions.c.channel == channel, mentions.c.created_at.between(since, until))
        return self._connection.scalar(select(func.count()).select_from(mentions).where(*said)) or 0
