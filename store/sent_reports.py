"""Which weekly report went to whom: a row is written before the first try, so that nobody gets the same one twice."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from store.handling_tables import sent_reports
from store.statements import insert


class ReportState(StrEnum):
    SENDING = "sending"
    """Begun, and no end is known: it may have been sent, and is not sent again by itself."""
    SENT = "sent"
    FAILED = "failed"
    """Certainly not sent; tried again."""
    REFUSED = "refused"
    """Will never be taken as it is."""


@dataclass(frozen=True, slots=True)
class SentReport:
    report: str
    week: str
    recipient: str
    """SHA-256 of the address."""
    state: ReportState
    began_at: datetime
    tries: int
    error: str | None


class SentReports:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, report: str, week: str, recipient: str, *, now: datetime, retry_before: datetime) -> bool:
        """True for one caller alone: the first, or the one that tries again what certainly failed before then."""
        row = {"report": report, "week": week, "recipient": recipient}
        new = row | {"state": ReportState.SENDING.value, "began_at": now, "tries": 1}
        added = insert(self._connection, sent_reports).values(new).on_conflict_do_nothing()
        if self._connection.execute(added.returning(sent_reports.c.week)).first() is not None:
            return True
        again = (
            update(sent_reports)
            .where(*self._same(report, week, recipient), sent_reports.c.state == ReportState.FAILED.value)
            .where(sent_reports.c.began_at < retry_before)
            .values(state=ReportState.SENDING.value, began_at=now, tries=sent_reports.c.tries + 1)
        )
        return self._connection.execute(again).rowcount == 1

    def end(
        self, report: str, week: str, recipient: str, state: ReportState, *, now: datetime, error: str | None = None
    ) -> None:
        same = (*self._same(report, week, recipient), sent_reports.c.state == ReportState.SENDING.value)
        values = {"state": state.value, "ended_at": now, "error": error}
        self._connection.execute(update(sent_reports).where(*same).values(values))

    def of_week(self, report: str, week: str) -> dict[str, SentReport]:
        """By the digest of the address."""
        wanted = select(sent_reports).where(sent_reports.c.report == report, sent_reports.c.week == week)
        return {
            row.recipient: SentReport(
                row.report, row.week, row.recipient, ReportState(row.state), row.began_at, row.tries, row.error
            )
            for row in self._connection.execute(wanted)
        }

    def last_week(self, report: str) -> str | None:
        wanted = select(sent_reports.c.week).where(sent_reports.c.report == report)
        return self._connection.scalar(wanted.order_by(sent_reports.c.week.desc()).limit(1))

    @staticmethod
    def _same(report: str, week: str, recipient: str) -> tuple[Any, ...]:
        table = sent_reports.c
        return table.report == report, table.week == week, table.recipient == recipient
