"""What may have outlived its period: candidates by class of record, each with the instant it is counted from."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, String, cast, exists, func, select, union_all

from models import CaseState, EntryKind, MentionState
from models.retention import REDACTED, DueRecord, RecordClass
from store.complaint_tables import complaints
from store.tables import (
    author_histories,
    author_snapshots,
    authors,
    cases,
    invitations,
    mentions,
    quarantine,
    register_entries,
    sessions,
)

SESSION, INVITATION = "session:", "invitation:"
ENDED_BY = (EntryKind.RULED_OUT.value, EntryKind.MERGED_AWAY.value)


@dataclass(frozen=True, slots=True)
class EndedComplaint:
    """A complaint that is over, or that was merged into another one."""

    id: str
    case_id: int | None
    status: str
    ended_at: datetime
    """When it was closed or withdrawn; else when it was ruled out, or merged away."""
    merged_into: str | None


class DueRecords:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def complaints_in(self, statuses: Collection[str]) -> Iterator[EndedComplaint]:
        """By id."""
        entry = register_entries.c
        without_closing = (
            select(func.max(entry.recorded_at))
            .where(entry.complaint_id == complaints.c.id, entry.kind.in_(ENDED_BY))
            .scalar_subquery()
        )
        columns = (complaints.c.id, complaints.c.case_id, complaints.c.status, complaints.c.closed_at)
        rows = self._connection.execute(
            select(*columns, complaints.c.merged_into, without_closing.label("written_at"))
            .where(complaints.c.status.in_(list(statuses)))
            .order_by(complaints.c.id)
        )
        for row in rows:
            ended_at = row.closed_at or datetime.fromisoformat(row.written_at)
            yield EndedComplaint(row.id, row.case_id, row.status, ended_at, row.merged_into)

    def silent_cases(self, *, before: datetime, is_noise: bool | None) -> Iterator[tuple[int, datetime]]:
        """(case, last message) of cases without a complaint; of every tier where `is_noise` is None."""
        is_here = cases.c.state != CaseState.MERGED.value  # one that was merged away goes with the one it went into
        wanted = [cases.c.complaint_id.is_(None), cases.c.last_message_at < before, is_here]
        if is_noise is not None:
            wanted.append(cases.c.tier == 0 if is_noise else cases.c.tier > 0)
        rows = self._connection.execute(
            select(cases.c.id, cases.c.last_message_at).where(*wanted).order_by(cases.c.last_message_at, cases.c.id)
        )
        return ((row.id, row.last_message_at) for row in rows)

    def unread(self, *, before: datetime) -> Iterator[DueRecord]:
        """Messages that were set aside and never became a case."""
        table = mentions.c
        rows = self._connection.execute(
            select(table.id, table.received_at, table.author_id).where(
                table.case_id.is_(None),
                table.state == MentionState.QUARANTINED.value,
                table.received_at < before,
                table.text != REDACTED,
            )
        )
        for row in rows:
            yield DueRecord(RecordClass.UNREAD_WORDS, row.id, row.received_at, author_key=row.author_id)

    def unreadable(self, *, before: datetime) -> Iterator[DueRecord]:
        rows = self._connection.execute(
            select(quarantine.c.id, quarantine.c.parked_at).where(quarantine.c.parked_at < before)
        )
        return (DueRecord(RecordClass.UNREADABLE, str(row.id), row.parked_at) for row in rows)

    def snapshots(self, *, before: datetime) -> Iterator[DueRecord]:
        """Those that no message points at any more."""
        table = author_snapshots.c
        in_use = exists().where(mentions.c.snapshot_id == table.id)
        rows = self._connection.execute(
            select(table.id, table.author_id, table.captured_at).where(table.captured_at < before, ~in_use)
        )
        for row in rows:
            yield DueRecord(RecordClass.AUTHOR_SNAPSHOT, str(row.id), row.captured_at, author_key=row.author_id)

    def histories(self, *, before: datetime) -> Iterator[DueRecord]:
        table = author_histories.c
        rows = self._connection.execute(
            select(table.author_id, table.captured_at).where(table.captured_at < before).order_by(table.author_id)
        )
        for row in rows:
            yield DueRecord(RecordClass.AUTHOR_HISTORY, row.author_id, row.captured_at, author_key=row.author_id)

    def run_out(self, *, before: datetime) -> Iterator[DueRecord]:
        """Sessions and invitations of people who work here."""
        rows = self._connection.execute(
            union_all(
                select((SESSION + cast(sessions.c.digest, String)).label("subject"), sessions.c.expires_at).where(
                    sessions.c.expires_at < before
                ),
                select(
                    (INVITATION + cast(invitations.c.digest, String)).label("subject"), invitations.c.expires_at
                ).where(invitations.c.expires_at < before),
            )
        )
        return (DueRecord(RecordClass.STAFF_SESSIONS, row.subject, row.expires_at) for row in rows)

    def cases_of(self, author_keys: Collection[str]) -> set[int]:
        """Cases in which one of them wrote."""
        wrote = select(mentions.c.case_id).where(mentions.c.author_id.in_(author_keys), mentions.c.case_id.is_not(None))
        opened = select(cases.c.id).where(cases.c.author_id.in_(author_keys))
        return {row[0] for row in self._connection.execute(wrote.union(opened))}

    def authors_of(self, case_ids: Collection[int]) -> set[str]:
        """Everybody who wrote in one of these cases."""
        wrote = select(mentions.c.author_id).where(mentions.c.case_id.in_(case_ids), mentions.c.author_id.is_not(None))
        return set(self._connection.scalars(wrote))

    def complaints_of(self, case_ids: Collection[int]) -> dict[str, int]:
        """Complaint id → case, for those of these cases that have one."""
        wanted = select(cases.c.complaint_id, cases.c.id).where(
            cases.c.id.in_(case_ids), cases.c.complaint_id.is_not(None)
        )
        return {row[0]: row[1] for row in self._connection.execute(wanted)}

    def merged(self) -> dict[str, str]:
        """Complaint id → the one it was merged into."""
        wanted = select(complaints.c.id, complaints.c.merged_into).where(complaints.c.merged_into.is_not(None))
        return {row[0]: row[1] for row in self._connection.execute(wanted)}

    def case_of_complaint(self, complaint_ids: Collection[str]) -> set[int]:
        wanted = select(cases.c.id).where(cases.c.complaint_id.in_(complaint_ids))
        return set(self._connection.scalars(wanted))

    def author_exists(self, author_key: str) -> bool:
        return self._connection.scalar(select(func.count()).where(authors.c.id == author_key)) == 1

    def case_exists(self, case_id: int) -> bool:
        return self._connection.scalar(select(func.count()).where(cases.c.id == case_id)) == 1
