"""Figures for a monitor. Each is read from an index of what waits, and counted up to `MOST`: what lies behind costs
nothing, and a flood costs a bounded time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, func, literal, select, text, update

from models import MentionState
from store.channel_tables import credentials, pushes
from store.columns import Instant
from store.health_tables import backups
from store.migrate import newest_revision, revision_in
from store.outbox import WAITING, OutboxState
from store.pushes import PushState
from store.tables import attempts, cases, clocks, mentions, outbox, quarantine, register_head

MOST = 100_000


@dataclass(frozen=True, slots=True)
class BackupMade:
    made_at: datetime
    register_entries: int
    register_digest: str
    sha256: str
    """Of the archive."""


class Vitals:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def messages(self) -> dict[str, int]:
        """By state."""
        return {state.value: self._count(mentions, mentions.c.state == state.value) for state in MentionState}

    def backlog_since(self) -> datetime | None:
        """When the oldest message that is not triaged was taken in."""
        found = [
            self._connection.scalar(
                select(mentions.c.arrival).where(mentions.c.state == state).order_by(mentions.c.arrival).limit(1)
            )
            for state in (MentionState.RECEIVED.value, MentionState.CLASSIFIED.value)
        ]
        oldest = min((arrival for arrival in found if arrival is not None), default=None)
        return datetime.fromtimestamp(oldest / 1_000_000, UTC) if oldest is not None else None

    def effects(self) -> dict[str, int]:
        """By state."""
        return {state.value: self._count(outbox, outbox.c.state == state.value) for state in OutboxState}

    def effects_since(self) -> dict[str, datetime]:
        """State → when the oldest of it was decided on; those that wait and those that failed."""
        found: dict[str, datetime] = {}
        for state in (*WAITING, OutboxState.FAILED.value):
            some = select(outbox.c.created_at).where(outbox.c.state == state).limit(MOST).subquery()
            oldest = self._connection.scalar(select(func.min(some.c.created_at)))
            if oldest is not None:
                found[state] = oldest
        return found

    def clocks_overdue(self, *, now: datetime) -> int:
        """Of a regulator: run out, and not met. Found by the cases they belong to."""
        same = and_(clocks.c.case_id == cases.c.id, clocks.c.met_at.is_(None), clocks.c.due_at < now)
        some = select(clocks.c.case_id).join_from(cases, clocks, same).where(cases.c.next_due_at < now)
        return self._number(some)

    def clocks_due_soon(self, *, now: datetime, within: timedelta) -> int:
        runs = (clocks.c.met_at.is_(None), clocks.c.missed_at.is_(None))
        return self._count(clocks, *runs, clocks.c.due_at >= now, clocks.c.due_at < now + within)

    def register_entries(self) -> int:
        return self._connection.scalar(select(register_head.c.seq)) or 0

    def set_aside(self) -> dict[str, int]:
        """Messages, lines that could not be read, pushes."""
        return {
            "message": self._count(mentions, mentions.c.state == MentionState.QUARANTINED.value),
            "line": self._count(quarantine),
            "push": self._count(pushes, pushes.c.state == PushState.FAILED.value),
        }

    def credentials_end(self) -> dict[str, datetime]:
        """Connector → when its credential ends; those that say so."""
        rows = self._connection.execute(
            select(credentials.c.name, credentials.c.valid_until).where(credentials.c.valid_until.is_not(None))
        )
        return {row.name: row.valid_until for row in rows}

    def database_time(self) -> datetime | None:
        """By the database's own clock; None where it has none, since it runs in this process."""
        if self._connection.dialect.name == "sqlite":
            return None
        found: datetime = self._connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found.astimezone(UTC)

    def schema(self) -> tuple[str | None, str]:
        """Revision of the tables, and the one that this program needs."""
        return revision_in(self._connection), newest_revision()

    def doubt_effects(self, *, now: datetime) -> int:
        """After a restore: whatever waited may have been carried out since the backup was made. Each is looked up at
        its sink before it is tried, as after a try of which nobody knows how it ended. Gives how many."""
        waits = outbox.c.state.in_(WAITING)
        number = (outbox.c.attempts + 1).label("number")
        unknown, by = literal(OutboxState.UNKNOWN.value), literal("restore")
        at = literal(now, type_=Instant())
        tried = select(outbox.c.id, number, at.label("began"), at.label("ended"), unknown, by).where(waits)
        columns = ["outbox_id", "number", "started_at", "ended_at", "outcome", "worker"]
        self._connection.execute(attempts.insert().from_select(columns, tried))
        values = {"attempts": number, "state": unknown, "lease_until": None, "leased_by": None, "next_at": now}
        return self._connection.execute(update(outbox).where(waits).values(values)).rowcount

    def note_backup(self, made: BackupMade) -> None:
        values = {name: getattr(made, name) for name in BackupMade.__dataclass_fields__}
        self._connection.execute(backups.insert().values(values))

    def last_backup(self) -> BackupMade | None:
        row = self._connection.execute(select(backups).order_by(backups.c.id.desc()).limit(1)).one_or_none()
        return BackupMade(row.made_at, row.register_entries, row.register_digest, row.sha256) if row else None

    def _count(self, table: Table, *conditions: Any) -> int:
        """No column is asked for, so that the index alone is read."""
        return self._number(select(literal(1)).select_from(table).where(*conditions))

    def _number(self, rows: Any) -> int:
        return self._connection.scalar(select(func.count()).select_from(rows.limit(MOST).subquery())) or 0
