"""What credentials may still do: the platforms' limits as last told, and what was called and spent, by day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from models.limit import Limit
from store.channel_tables import rate_limits, spending
from store.statements import insert

MILLIONTHS = Decimal(1_000_000)
"""Money is kept in whole millionths: sums are exact on every database."""


class Quotas:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def limit(self, credential: str, endpoint: str) -> Limit | None:
        row = self._connection.execute(
            select(rate_limits.c.remaining, rate_limits.c.resets_at).where(
                rate_limits.c.credential == credential, rate_limits.c.endpoint == endpoint
            )
        ).one_or_none()
        return Limit(row.remaining, row.resets_at) if row is not None else None

    def keep_limit(self, credential: str, endpoint: str, limit: Limit, *, now: datetime) -> None:
        values = {"remaining": limit.remaining, "resets_at": limit.resets_at, "told_at": now}
        statement = insert(self._connection, rate_limits).values(credential=credential, endpoint=endpoint, **values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["credential", "endpoint"], set_=values)
        )

    def spent(self, credential: str, *, since: datetime) -> Decimal:
        total = select(func.sum(spending.c.millionths)).where(
            spending.c.credential == credential, spending.c.day >= _day(since)
        )
        return Decimal(self._connection.scalar(total) or 0) / MILLIONTHS

    def spend(self, credential: str, endpoint: str, *, calls: int, cost: Decimal, now: datetime) -> None:
        millionths = int(cost * MILLIONTHS)
        statement = insert(self._connection, spending).values(
            credential=credential, endpoint=endpoint, day=_day(now), calls=calls, millionths=millionths
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["credential", "endpoint", "day"],
                set_={
                    "calls": spending.c.calls + calls,
                    "millionths": spending.c.millionths + millionths,
                },
            )
        )

    def used(self, *, since: datetime) -> Mapping[str, tuple[int, Decimal]]:
        """Credential → calls and cost."""
        rows = self._connection.execute(
            select(spending.c.credential, func.sum(spending.c.calls), func.sum(spending.c.millionths))
            .where(spending.c.day >= _day(since))
            .group_by(spending.c.credential)
            .order_by(spending.c.credential)
        )
        return {credential: (calls, Decimal(millionths) / MILLIONTHS) for credential, calls, millionths in rows}

    def limits(self) -> Mapping[tuple[str, str], Limit]:
        """(credential, endpoint) → what was last told."""
        rows = self._connection.execute(select(rate_limits).order_by(rate_limits.c.credential, rate_limits.c.endpoint))
        return {(row.credential, row.endpoint): Limit(row.remaining, row.resets_at) for row in rows}


def _day(instant: datetime) -> str:
    """A date in UTC, as text: the same order on every database."""
    return date.isoformat(instant.astimezone(UTC).date())
