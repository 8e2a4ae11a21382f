"""Spans of local days that figures are worked out for."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from models.errors import SetupError

_WEEK = re.compile(r"(?P<year>[1-9]\d{3})-W(?P<week>0[1-9]|[1-4]\d|5[0-3])")
_NAMED = re.compile(r"(?P<year>[1-9]\d{3})(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`, both included; dates in the licensee's zone."""

    start: date
    end: date
    name: str

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def before(self) -> "Period":
        """The period of the same kind that ends where this one starts; one of as many days where it has no name."""
        match = _NAMED.fullmatch(self.name)
        last = self.start - timedelta(days=1)
        if _WEEK.fullmatch(self.name):
            return week_of(last)
        if match is None:
            return between(last - (self.end - self.start), last)
        months = _months(match)
        name = f"{last.year}"
        if months < 12:
            name += {6: f"H{(last.month + 5) // 6}", 3: f"Q{(last.month + 2) // 3}", 1: f"-{last.month:02}"}[months]
        return named(name)


def named(name: str) -> Period:
    """`2026`, `2026H1`, `2026Q3`, `2026-07` or the ISO week `2026-W23`.

    Raises: SetupError for anything else.
    """
    week = _WEEK.fullmatch(name)
    if week is not None:
        return _week(name, int(week["year"]), int(week["week"]))
    match = _NAMED.fullmatch(name)
    if match is None:
        raise SetupError(
            f"period {name!r} is unknown; write a year, half, quarter, month or week: "
            "2026, 2026H1, 2026Q3, 2026-07, 2026-W23"
        )
    year, months = int(match["year"]), _months(match)
    number = int(match["half"] or match["quarter"] or match["month"] or 1)
    first = (number - 1) * months + 1
    after = date(year + (first + months > 12), (first + months - 1) % 12 + 1, 1)
    return Period(date(year, first, 1), after - timedelta(days=1), name)


def week_of(day: date) -> Period:
    """The ISO week that the day lies in."""
    year, week, _ = day.isocalendar()
    return _week(f"{year}-W{week:02}", year, week)


def _week(name: str, year: int, week: int) -> Period:
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        raise SetupError(f"{year} has no week {week}") from None
    return Period(monday, monday + timedelta(days=6), name)


def between(start: date, end: date) -> Period:
    """Raises: SetupError where it ends before it starts."""
    if end < start:
        raise SetupError(f"the period from {start} to {end} ends before it starts; swap the two dates")
    return Period(start, end, f"{start} to {end}")


def _months(match: re.Match[str]) -> int:
    return 6 if match["half"] else 3 if match["quarter"] else 1 if match["month"] else 12
