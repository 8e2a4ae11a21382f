"""From the start of a limit to its last instant, and each step of the arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policy.clock_rules import ClockValue, Unit
from triage.calendar import LIBRARY, Calendar, passed_over
from triage.stops import Span, Stops

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Start:
    """What a limit is counted from."""

    at: datetime
    zone: ZoneInfo
    """The licensee's."""
    steps: tuple[str, ...]

    @property
    def day_zero(self) -> date:
        return self.at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Limit:
    """The end of a count; without an instant where the clock stands still."""

    at: datetime | None
    steps: tuple[str, ...]
    stop: Span | None = None
    left: int = 0
    """What was still to be counted at the stop, in the unit of the row."""


def count(row: ClockValue, value: int, start: Start, calendars: Sequence[Calendar], stops: Stops) -> Limit:
    """Day 0 is not counted, and no day on which the clock stands still is.

    Args:
        calendars: of one place, or of several: then the earliest of their dates stands.
    """
    if row.unit is Unit.HOURS:
        at = (start.at.astimezone(UTC) + timedelta(hours=value)).astimezone(start.zone)
        return Limit(at, (f"{value} hours of elapsed time, counted in UTC",))
    if row.unit is Unit.BUSINESS_DAYS:
        return _business_days(value, start, calendars, stops)
    days = value * 7 if row.unit is Unit.WEEKS else value
    return _dates(row, days, start, calendars, stops)


def end_of(on: date, zone: ZoneInfo) -> datetime:
    """The second before the next local midnight, counted in UTC so that daylight saving on that day cannot shift it."""
    midnight = datetime.combine(on + _DAY, time.min, tzinfo=zone)
    return (midnight.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone)


def said(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def named(day: date) -> str:
    return f"{day:%A} {day}"


def _business_days(value: int, start: Start, calendars: Sequence[Calendar], stops: Stops) -> Limit:
    found = []
    for calendar in calendars:
        on, left, skipped = _walk(start.day_zero, value, calendar, stops)
        if on is None:
            return _stopped(start.day_zero, left, stops)
        code = calendar.place.code
        step = f"business day {value} after day 0 in {code} ({LIBRARY}) is {named(on)}"
        found.append((on, code, (*passed_over(skipped), *calendar.kept_working(start.day_zero, on), step)))
    on, steps = _earliest(found)
    return Limit(end_of(on, start.zone), (*_stood_still(start.day_zero, on, stops), *steps))


def _dates(row: ClockValue, days: int, start: Start, calendars: Sequence[Calendar], stops: Stops) -> Limit:
    on, left, _ = _walk(start.day_zero, days, None, stops)
    if on is None:
        return _stopped(start.day_zero, left, stops)
    weeks = f"{row.unit.value.replace('_', ' ')}"
    said_as = f"{days // 7} {weeks}" if row.unit is Unit.WEEKS else f"{days} {weeks}"
    steps = [*_stood_still(start.day_zero, on, stops), f"day 0 is not counted; {said_as} after it is {named(on)}"]
    if row.rolls_forward:
        rolled = [_rolled(on, calendar) for calendar in calendars]
        on, more = _earliest(rolled)
        steps += more
    return Limit(end_of(on, start.zone), tuple(steps))


def _rolled(on: date, calendar: Calendar) -> tuple[date, str, tuple[str, ...]]:
    rolled, skipped = calendar.rolled_forward(on)
    code = calendar.place.code
    kept = calendar.kept_working(on - _DAY, rolled)
    return rolled, code, (*passed_over(skipped), *kept, f"rolled forward in {code} ({LIBRARY}) to {named(rolled)}")


def _earliest(found: Sequence[tuple[date, str, tuple[str, ...]]]) -> tuple[date, tuple[str, ...]]:
    """The earliest date, the first named of equals, with the steps of every place."""
    on, place, steps = min(found, key=lambda one: one[0])
    if len(found) == 1:
        return on, steps
    all_steps = tuple(step for _, _, of_place in found for step in of_place)
    return on, (*all_steps, f"the strictest of {len(found)} places is {place}: {named(on)}")


def _walk(
    day: date, value: int, calendar: Calendar | None, stops: Stops
) -> tuple[date | None, int, tuple[tuple[date, str], ...]]:
    """The day on which `value` days are counted, or None and how many are left where the clock stands still."""
    if calendar is None and not stops.spans:
        return day + timedelta(days=value), 0, ()
    skipped: list[tuple[date, str]] = []
    while value:
        day += _DAY
        if day in stops:
            if stops.open_on(day) is not None:
                return None, value, ()
            continue
        reason = calendar.why_closed(day) if calendar is not None else None
        if reason is None:
            value -= 1
        else:
            skipped.append((day, reason))
    return day, 0, tuple(skipped)


def _stopped(day_zero: date, left: int, stops: Stops) -> Limit:
    stop = next(span for span in stops.spans if span.until_on is None)
    steps = (*_stood_still(day_zero, stop.from_on, stops), f"stands still: {stop.kind} on {stop.from_on}; {left} left")
    return Limit(None, steps, stop, left)


def _stood_still(day_zero: date, on: date, stops: Stops) -> tuple[str, ...]:
    ended = [span for span in stops.spans if span.until_on is not None and span.from_on <= on]
    return tuple(f"not counted: {span}" for span in ended if span.until_on is not None and span.until_on > day_zero)
