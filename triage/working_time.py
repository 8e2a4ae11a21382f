"""Working time: the hours in which people are at work, without nights, days off and public holidays.

Times are local and days are laid out in the firm's zone, so a working day keeps its hours when the clocks change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.errors import RecordError
from policy.loading import Policy
from policy.service_hours import Counted, OtherHours, ServiceHours, Span
from triage.calendar import Calendar, calendar_in, calendar_of

_DAY = timedelta(days=1)
_ZERO = timedelta()
MOST_DAYS = 3660
"""A search that finds no working day for ten years has a calendar without one."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    hours: ServiceHours
    calendar: Calendar
    zone: ZoneInfo
    _known: dict[date, tuple[datetime, datetime] | None] = field(default_factory=dict, repr=False, compare=False)
    """Days that were looked up: a look into the holidays costs more than all the rest."""

    def after(self, start: datetime, span: Span) -> datetime:
        """The instant at which `span` has passed since `start`; UTC. From outside the hours it counts from when they
        next begin, and an amount that fills a day ends with that day, not with the next.

        Raises: RecordError where the calendar holds no working time.
        """
        if span.counted is Counted.CALENDAR:
            return (start + span.amount).astimezone(UTC)
        left = span.amount
        for opens, closes in self._stretches(start):
            begins = max(opens, start)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, _ZERO)
        raise RecordError(f"no working time of {self.hours.title} within {MOST_DAYS} days after {start.isoformat()}")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; zero where `end` is not later."""
        passed = _ZERO
        for opens, closes in self._stretches(start):
            if opens >= end:
                break
            passed += max(min(closes, end) - max(opens, start), _ZERO)
        return passed

    def is_open(self, at: datetime) -> bool:
        """Whether people are at work."""
        opens_and_closes = self._hours_of(at.astimezone(self.zone).date())
        return opens_and_closes is not None and opens_and_closes[0] <= at < opens_and_closes[1]

    def opens_next(self, at: datetime) -> datetime:
        """`at` where people are at work, else when they next are; UTC."""
        return next(max(opens, at.astimezone(UTC)) for opens, closes in self._stretches(at) if closes > at)

    def closed_last(self, start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
        """(opens, closes) of the last working day that closes after `start` and not after `end`; UTC."""
        found = None
        for opens, closes in self._stretches(start):
            if closes > end:
                break
            found = (opens, closes) if closes > start else None
        return found

    def _stretches(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """(opens, closes) of each working day from that of `start` on; UTC."""
        day = start.astimezone(self.zone).date()
        for _ in range(MOST_DAYS):
            found = self._hours_of(day)
            if found is not None:
                yield found
            day += _DAY

    def _hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        if day not in self._known:
            self._known[day] = self._look_up(day)
        return self._known[day]

    def _look_up(self, day: date) -> tuple[datetime, datetime] | None:
        hours = self.hours.by_day.get(day.weekday())
        if hours is None or self.calendar.holiday(day) is not None:
            return None  # a weekend is no reason by itself: the firm's hours say which days it works
        opens, closes = (datetime.combine(day, at, self.zone).astimezone(UTC) for at in hours)
        return opens, closes


def working_time_of(policy: Policy) -> WorkingTime:
    return WorkingTime(policy.service, calendar_of(policy), policy.zone)


def working_times_of_channels(policy: Policy) -> dict[str, WorkingTime]:
    """Of channels that others look after than the firm at large. Raises: SetupError for a place that no pack knows."""
    return {channel: _other(policy, other) for other in policy.service.others for channel in other.channels}


def _other(policy: Policy, other: OtherHours) -> WorkingTime:
    place = policy.regulation.place(other.place) if other.place is not None else policy.place
    own_zone = place.zone if other.place is not None else policy.zone
    hours = replace(policy.service, name=f"{policy.service.name}, {other.name}", by_day=other.by_day, others=())
    return WorkingTime(hours, calendar_in(policy, place), other.zone or own_zone)
