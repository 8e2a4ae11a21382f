"""What one credential may still do: the platform's rate limits, and the money (or units) set aside for it.

One state per credential and endpoint, shared by every process through the store. A limit that is used up is waited for
by rescheduling the job, never by sleeping in it; a budget that is spent pauses the connector until it starts anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

import httpx

from connectors.limits import ReadLimit
from models.errors import BudgetError, RetryableError
from models.limit import Limit

NOTHING = Decimal(0)


class Ledger(Protocol):
    """Where limits and spending are kept; `store.quotas` is the shared one."""

    def limit(self, credential: str, endpoint: str) -> Limit | None: ...

    def keep_limit(self, credential: str, endpoint: str, limit: Limit, *, now: datetime) -> None: ...

    def spent(self, credential: str, *, since: datetime) -> Decimal:
        """In the currency of the prices."""
        ...

    def spend(self, credential: str, endpoint: str, *, calls: int, cost: Decimal, now: datetime) -> None: ...


@dataclass
class LedgerInMemory:
    """For tests, and for a command that lives for one call."""

    limits: dict[tuple[str, str], Limit] = field(default_factory=dict)
    entries: list[tuple[str, str, int, Decimal, datetime]] = field(default_factory=list)

    def limit(self, credential: str, endpoint: str) -> Limit | None:
        return self.limits.get((credential, endpoint))

    def keep_limit(self, credential: str, endpoint: str, limit: Limit, *, now: datetime) -> None:
        self.limits[credential, endpoint] = limit

    def spent(self, credential: str, *, since: datetime) -> Decimal:
        return sum((cost for name, _, _, cost, at in self.entries if name == credential and at >= since), NOTHING)

    def spend(self, credential: str, endpoint: str, *, calls: int, cost: Decimal, now: datetime) -> None:
        self.entries.append((credential, endpoint, calls, cost, now))


class Quota:
    """Asked before every call of one credential, told after it."""

    def __init__(
        self,
        credential: str,
        ledger: Ledger,
        *,
        read: ReadLimit | None = None,
        prices: Mapping[str, Decimal] | None = None,
        monthly_budget: Decimal | None = None,
        daily_budget: Decimal | None = None,
        zone: tzinfo = UTC,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`credential`: names vendor and account, never a secret. `prices`: what one unit of an endpoint costs; an
        endpoint without a price is free. Budgets: in the same currency, per calendar month and per day; None: no end.
        `zone`: whose midnight starts them anew.
        """
        self.credential = credential
        self._ledger = ledger
        self._read = read
        self._prices = prices or {}
        self._monthly_budget = monthly_budget
        self._daily_budget = daily_budget
        self._zone = zone
        self._now = now

    def ask(self, endpoint: str, *, units: int = 1) -> None:
        """May `endpoint` be called now, for `units` things that have a price?

        Raises: RetryableError with the seconds until the platform's window starts anew; BudgetError.
        """
        now = self._now()
        limit = self._ledger.limit(self.credential, endpoint)
        if limit is not None and limit.remaining < 1 and limit.resets_at > now:
            wait = (limit.resets_at - now).total_seconds()
            message = f"{self.credential}: the platform's limit for {endpoint} is used up; called again in {wait:.0f} s"
            raise RetryableError(message, retry_after_seconds=wait)
        cost = self._prices.get(endpoint, NOTHING) * units
        if cost:
            self._afford(endpoint, cost, now)

    def _afford(self, endpoint: str, cost: Decimal, now: datetime) -> None:
        budgets = (
            (self._daily_budget, "day", day_start(now, self._zone), next_day(now, self._zone)),
            (self._monthly_budget, "month", month_start(now, self._zone), next_month(now, self._zone)),
        )
        for budget, period, since, until in budgets:
            if budget is None:
                continue
            spent = self._ledger.spent(self.credential, since=self._in_ledger(since))
            if spent + cost > budget:
                raise BudgetError(
                    f"{self.credential}: {endpoint} would cost {cost}, and {spent} of {budget} is spent this "
                    f"{period}; nothing more is called until the {period} ends or the budget setting is raised",
                    until=until,
                )

    def _in_ledger(self, instant: datetime) -> datetime:
        """The ledger keeps whole days UTC: it is given the wall clock of our zone as if that were UTC."""
        return instant.astimezone(self._zone).replace(tzinfo=UTC)

    def told(self, endpoint: str, response: httpx.Response) -> float | None:
        """Keep what the answer says of the limit; gives the seconds until the next call, None where it may come now."""
        now = self._now()
        limit = self._read(response.headers, now) if self._read else None
        if limit is None:
            return None
        self._ledger.keep_limit(self.credential, endpoint, limit, now=now)
        return (limit.resets_at - now).total_seconds() if limit.remaining < 1 and limit.resets_at > now else None

    def used(self, endpoint: str, *, units: int = 1) -> None:
        """Note one call, and what its `units` things cost."""
        cost = self._prices.get(endpoint, NOTHING) * units
        self._ledger.spend(self.credential, endpoint, calls=1, cost=cost, now=self._in_ledger(self._now()))


def month_start(now: datetime, zone: tzinfo = UTC) -> datetime:
    return day_start(now, zone, day=1)


def next_month(now: datetime, zone: tzinfo = UTC) -> datetime:
    local = now.astimezone(zone).replace(day=1)
    return day_start(local.replace(year=local.year + local.month // 12, month=local.month % 12 + 1), zone)


def day_start(now: datetime, zone: tzinfo = UTC, *, day: int | None = None) -> datetime:
    """Midnight of this day (or of that day of this month) in `zone`; aware, UTC."""
    local = now.astimezone(zone)
    return local.replace(day=day or local.day, hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def next_day(now: datetime, zone: tzinfo = UTC) -> datetime:
    """The midnight that comes next in `zone`: 23, 24 or 25 hours after the last; aware, UTC."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)
