"""What a credential may still do: the platform's word, the money, and the days and months they are counted in."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import open_client, send
from connectors.limits import (
    Headers,
    apple_hourly,
    epoch_seconds,
    first_of,
    iso_instant,
    meta_usage,
    retry_after,
)
from connectors.quota import Ledger, LedgerInMemory, Quota, day_start, month_start, next_day, next_month
from connectors.shared_ledger import SharedLedger
from models.errors import BudgetError, RetryableError
from models.limit import Limit
from store.store import Store

NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
PACIFIC = ZoneInfo("America/Los_Angeles")
SYDNEY = ZoneInfo("Australia/Sydney")


def in_seconds(headers: Headers, now: datetime) -> Limit | None:
    """A reader of what the tests answer."""
    if "left" not in headers:
        return None
    return Limit(float(headers["left"]), now + timedelta(seconds=int(headers["reset"])))


class Clock:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(params=["in memory", "shared"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "in memory":
        return LedgerInMemory()
    store: Store = request.getfixturevalue("sqlite_store")
    return SharedLedger(store)


def answered(**headers: str) -> httpx.Response:
    return httpx.Response(200, headers={name.replace("_", "-"): value for name, value in headers.items()})


def may_call(quota: Quota, endpoint: str, *, units: int = 1) -> bool:
    try:
        quota.ask(endpoint, units=units)
    except (RetryableError, BudgetError):
        return False
    return True


class TestThePlatformsLimit:
    def quota(self, ledger: Ledger, clock: Clock, credential: str = "vendor ours") -> Quota:
        return Quota(credential, ledger, read=in_seconds, now=clock)

    def test_before_anything_was_told_everything_may_be_called(self, ledger: Ledger) -> None:
        assert may_call(self.quota(ledger, Clock()), "search")

    def test_what_remains_may_be_called(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock())

        assert quota.told("search", answered(left="1", reset="60")) is None
        assert may_call(quota, "search")

    def test_when_nothing_remains_it_says_how_long_to_wait(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock())

        assert quota.told("search", answered(left="0", reset="90")) == 90

        with pytest.raises(RetryableError) as raised:
            quota.ask("search")
        assert raised.value.retry_after_seconds == 90
        assert "search" in str(raised.value)

    def test_a_part_of_a_call_is_none(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock())
        quota.told("search", answered(left="0.5", reset="90"))

        with pytest.raises(RetryableError):
            quota.ask("search")

    def test_when_the_window_starts_anew_it_may_be_called(self, ledger: Ledger) -> None:
        clock = Clock()
        quota = self.quota(ledger, clock)
        quota.told("search", answered(left="0", reset="90"))
        clock.at += timedelta(seconds=89)
        assert not may_call(quota, "search")

        clock.at += timedelta(seconds=1)

        assert may_call(quota, "search")

    def test_every_endpoint_has_its_own(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock())
        quota.told("search", answered(left="0", reset="90"))

        assert may_call(quota, "mentions")
        assert not may_call(quota, "search")

    def test_every_credential_has_its_own_and_all_processes_the_same(self, ledger: Ledger) -> None:
        self.quota(ledger, Clock()).told("search", answered(left="0", reset="90"))

        assert may_call(self.quota(ledger, Clock(), "vendor theirs"), "search")
        assert not may_call(self.quota(ledger, Clock()), "search")

    def test_an_answer_that_says_nothing_changes_nothing(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock())
        quota.told("search", answered(left="0", reset="90"))

        assert quota.told("search", answered()) is None

        with pytest.raises(RetryableError):
            quota.ask("search")

    def test_without_a_reader_nothing_is_told(self, ledger: Ledger) -> None:
        quota = Quota("vendor ours", ledger, now=Clock())

        assert quota.told("search", answered(left="0", reset="90")) is None
        assert may_call(quota, "search")


class TestABudget:
    PRICES = {"read": Decimal("0.005"), "write": Decimal(50)}

    def quota(self, ledger: Ledger, clock: Clock, *, month: str | None = None, day: str | None = None) -> Quota:
        return Quota(
            "vendor ours",
            ledger,
            prices=self.PRICES,
            monthly_budget=Decimal(month) if month else None,
            daily_budget=Decimal(day) if day else None,
            now=clock,
        )

    def test_up_to_the_last_bit_of_it_may_be_spent(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock(), month="100")
        for _ in range(2):
            quota.ask("write")
            quota.used("write")

        with pytest.raises(BudgetError) as raised:
            quota.ask("read")
        assert raised.value.until == datetime(2026, 7, 1, tzinfo=UTC)
        assert "100" in str(raised.value)

    def test_it_is_asked_for_all_units_at_once(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock(), month="0.5")

        assert may_call(quota, "read", units=100)
        with pytest.raises(BudgetError):
            quota.ask("read", units=101)

    def test_small_prices_add_up_exactly(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock(), month="0.015")
        for _ in range(3):
            quota.ask("read")
            quota.used("read")

        with pytest.raises(BudgetError):
            quota.ask("read")
        assert ledger.spent("vendor ours", since=month_start(NOW)) == Decimal("0.015")

    def test_what_has_no_price_is_free_when_all_is_spent(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock(), month="50")
        quota.used("write")
        assert not may_call(quota, "read")

        assert may_call(quota, "free", units=1000)

    def test_a_budget_of_nothing_allows_only_what_is_free(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock(), day="0")

        assert may_call(quota, "free")
        with pytest.raises(BudgetError):
            quota.ask("read")

    def test_without_a_budget_there_is_no_end(self, ledger: Ledger) -> None:
        quota = self.quota(ledger, Clock())
        for _ in range(100):
            quota.used("write")

        assert may_call(quota, "write")
        assert ledger.spent("vendor ours", since=month_start(NOW)) == 100 * self.PRICES["write"]

    def test_another_month_has_its_own(self, ledger: Ledger) -> None:
        clock = Clock(datetime(2026, 6, 30, 23, 59, tzinfo=UTC))
        quota = self.quota(ledger, clock, month="50")
        quota.used("write")
        with pytest.raises(BudgetError):
            quota.ask("write")

        clock.at += timedelta(minutes=1)

        assert may_call(quota, "write")

    def test_another_day_has_its_own_within_the_month(self, ledger: Ledger) -> None:
        clock = Clock()
        quota = self.quota(ledger, clock, month="100", day="50")
        quota.used("write")
        with pytest.raises(BudgetError) as today:
            quota.ask("write")
        assert today.value.until == datetime(2026, 6, 6, tzinfo=UTC)
        assert "this day" in str(today.value)

        clock.at += timedelta(days=1)
        assert may_call(quota, "write")
        quota.used("write")

        clock.at += timedelta(days=1)
        with pytest.raises(BudgetError) as month:
            quota.ask("write")
        assert "this month" in str(month.value)

    def test_another_credential_has_its_own(self, ledger: Ledger) -> None:
        Quota("vendor theirs", ledger, prices=self.PRICES, now=Clock()).used("write")

        assert may_call(self.quota(ledger, Clock(), month="50"), "write")


class TestTheDayOfAnotherPlace:
    """Google counts days as California does."""

    def quota(self, ledger: Ledger, clock: Clock) -> Quota:
        return Quota("google", ledger, prices={"read": Decimal(1)}, daily_budget=Decimal(10), zone=PACIFIC, now=clock)

    def test_the_evening_there_does_not_count_for_the_next_day(self, ledger: Ledger) -> None:
        clock = Clock(datetime(2026, 6, 5, 6, 59, tzinfo=UTC))  # 23:59 on the fourth
        quota = self.quota(ledger, clock)
        quota.used("read", units=10)
        with pytest.raises(BudgetError) as raised:
            quota.ask("read")
        assert raised.value.until == datetime(2026, 6, 5, 7, 0, tzinfo=UTC)

        clock.at = raised.value.until

        assert may_call(quota, "read", units=10)
        assert not may_call(quota, "read", units=11)

    def test_midnight_utc_is_nothing_to_it(self, ledger: Ledger) -> None:
        clock = Clock(datetime(2026, 6, 5, 23, 59, tzinfo=UTC))
        quota = self.quota(ledger, clock)
        quota.used("read", units=10)

        clock.at += timedelta(hours=2)

        with pytest.raises(BudgetError):
            quota.ask("read")

    @pytest.mark.parametrize(
        ("now", "hours"),
        [
            (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), 23),  # clocks go forward
            (datetime(2026, 6, 5, 7, 0, tzinfo=UTC), 24),
            (datetime(2026, 11, 1, 7, 0, tzinfo=UTC), 25),  # clocks go back
        ],
    )
    def test_days_with_a_change_of_the_clocks_are_shorter_or_longer(self, now: datetime, hours: int) -> None:
        assert day_start(now, PACIFIC) == now
        assert next_day(now, PACIFIC) - now == timedelta(hours=hours)

    def test_months_end_at_midnight_there(self) -> None:
        now = datetime(2027, 1, 1, 7, 59, tzinfo=UTC)  # still December

        assert month_start(now, PACIFIC) == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
        assert next_month(now, PACIFIC) == datetime(2027, 1, 1, 8, 0, tzinfo=UTC)

    @given(st.integers(1_577_836_800, 2_051_222_400))  # 2020 to 2035
    def test_every_instant_lies_in_its_day_and_its_month(self, seconds: int) -> None:
        now = datetime.fromtimestamp(seconds, UTC)
        for zone in (UTC, PACIFIC, SYDNEY):
            assert month_start(now, zone) <= day_start(now, zone) <= now < next_day(now, zone) <= next_month(now, zone)
            assert next_month(now, zone) - month_start(now, zone) <= timedelta(days=31, hours=1)
            assert day_start(next_day(now, zone), zone) == next_day(now, zone)


class TestSending:
    def send(self, quota: Quota, *outcomes: httpx.Response) -> tuple[list[httpx.Request], httpx.Response | Exception]:
        left, requests = list(outcomes), list[httpx.Request]()

        def answer(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return left.pop(0) if left else httpx.Response(200)

        with open_client("https://vendor.test", transport=httpx.MockTransport(answer)) as client:
            try:
                return requests, send(
                    client, "GET", "/", vendor="vendor", quota=quota, endpoint="read", sleep=lambda _: None
                )
            except (RetryableError, BudgetError) as error:
                return requests, error

    def test_nothing_leaves_us_when_the_limit_is_used_up(self) -> None:
        ledger = LedgerInMemory({("vendor", "read"): Limit(0, NOW + timedelta(seconds=30))})

        requests, outcome = self.send(Quota("vendor", ledger, now=Clock()))

        assert requests == []
        assert isinstance(outcome, RetryableError)

    def test_nothing_leaves_us_when_the_budget_is_spent(self) -> None:
        quota = Quota("vendor", LedgerInMemory(), prices={"read": Decimal(1)}, monthly_budget=Decimal(0), now=Clock())

        requests, outcome = self.send(quota)

        assert requests == []
        assert isinstance(outcome, BudgetError)

    def test_a_refusal_that_names_no_time_takes_the_one_of_its_headers(self) -> None:
        quota = Quota("vendor", LedgerInMemory(), read=epoch_seconds("left", "reset"), now=Clock())
        reset = str(int(NOW.timestamp()) + 120)

        requests, outcome = self.send(quota, *[httpx.Response(429, headers={"left": "0", "reset": reset})] * 3)

        assert len(requests) == 1, "the second try asks first, and is told to wait"
        assert isinstance(outcome, RetryableError)
        assert outcome.retry_after_seconds == 120


class TestUnitsOfLimits:
    """The reset is never the same unit."""

    IN_A_MINUTE = NOW + timedelta(minutes=1)

    def test_epoch_seconds(self) -> None:
        headers = httpx.Headers({"x-rate-limit-remaining": "17", "x-rate-limit-reset": str(NOW.timestamp() + 60)})

        assert epoch_seconds("X-Rate-Limit-Remaining", "X-Rate-Limit-Reset")(headers, NOW) == Limit(
            17.0, self.IN_A_MINUTE
        )

    @pytest.mark.parametrize("reset", ["2026-06-05T12:01:00Z", "2026-06-05T12:01:00.000000Z", "2026-06-05T22:01+10:00"])
    def test_an_instant(self, reset: str) -> None:
        limit = iso_instant("left", "reset")({"left": "0", "reset": reset}, NOW)

        assert limit == Limit(0.0, self.IN_A_MINUTE)
        assert limit.resets_at.utcoffset() == timedelta(0)

    def test_seconds_to_wait(self) -> None:
        assert retry_after({"retry-after": "60"}, NOW) == Limit(0.0, self.IN_A_MINUTE)

    def test_apples_hour(self) -> None:
        left = apple_hourly(httpx.Headers({"X-Rate-Limit": "user-hour-lim:3600;user-hour-rem:3545;"}), NOW)
        none = apple_hourly({"x-rate-limit": "user-hour-lim:3600; user-hour-rem:0"}, NOW)

        assert left == Limit(3545.0, NOW + timedelta(hours=1))
        assert none == Limit(0.0, NOW + timedelta(hours=1))

    @pytest.mark.parametrize("name", ["x-app-usage", "x-page-usage"])
    def test_percent_used(self, name: str) -> None:
        used = {"call_count": 28, "total_time": 25.5, "total_cputime": 10}

        assert meta_usage({name: json.dumps(used)}, NOW) == Limit(72.0, NOW + timedelta(minutes=5))

    def test_percent_used_of_a_business_and_minutes_to_wait(self) -> None:
        usage = {"call_count": 100, "total_cputime": 1, "total_time": 1, "estimated_time_to_regain_access": 19}

        limit = meta_usage({"x-business-use-case-usage": json.dumps({"123": [usage], "456": [{}]})}, NOW)

        assert limit == Limit(0.0, NOW + timedelta(minutes=19))

    def test_nearly_all_used_counts_as_all(self) -> None:
        assert meta_usage({"x-app-usage": '{"call_count": 95}'}, NOW) == Limit(0.0, NOW + timedelta(minutes=5))

    def test_the_first_that_finds_something(self) -> None:
        both = first_of(apple_hourly, retry_after)

        assert both({"retry-after": "60"}, NOW) == Limit(0.0, self.IN_A_MINUTE)
        assert both({"x-rate-limit": "user-hour-rem:5", "retry-after": "60"}, NOW) == Limit(5, NOW + timedelta(hours=1))
        assert both({}, NOW) is None

    @pytest.mark.parametrize(
        "value",
        ["", " ", "soon", "-1", "1e99", "nan", "inf", "١٢", "0x10", "[]", "null", "true", '"x"', '{"a": [1]}', ":;:"],
    )
    def test_what_cannot_be_read_says_nothing_and_never_fails(self, value: str) -> None:
        headers = {
            "left": value,
            "reset": value,
            "retry-after": value,
            "x-rate-limit": f"user-hour-rem:{value}" if value else value,
            "x-app-usage": value,
        }
        for read in (epoch_seconds("left", "reset"), iso_instant("left", "reset")):
            assert read(headers, NOW) is None or value == "١٢"
        for read in (retry_after, apple_hourly, meta_usage):
            assert read(headers, NOW) is None or value == "١٢"

    @given(st.text(max_size=30))
    def test_no_header_makes_a_reader_fail(self, value: str) -> None:
        names = ("left", "reset", "retry-after", "x-rate-limit", "x-app-usage", "x-business-use-case-usage")
        headers = dict.fromkeys(names, value)
        readers = (epoch_seconds("left", "reset"), iso_instant("left", "reset"))

        for read in (*readers, retry_after, apple_hourly, meta_usage):
            found = read(headers, NOW)
            assert found is None or found.resets_at.utcoffset() == timedelta(0)
