"""Reporting periods of ASIC's data reporting: half-years in the licensee's zone, and the window after each.

Source: ASIC Corporations (Internal Dispute Resolution Data Reporting) Instrument 2022/205; see `docs/register.md`.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.errors import SetupError

NAME = re.compile(r"(20\d\d)H([12])")
REPEALED_ON = date(2027, 4, 1)
"""The instrument ends then, says its publisher's note; what replaces it is not known to this program."""


@dataclass(frozen=True, slots=True, order=True)
class HalfYear:
    year: int
    half: int

    @property
    def name(self) -> str:
        return f"{self.year}H{self.half}"

    @property
    def start(self) -> date:
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def end(self) -> date:
        """Last day, included."""
        return self.next().start - timedelta(days=1)

    @property
    def window(self) -> tuple[date, date]:
        """First and last day for lodging: two months from the day after the period."""
        opens = self.next().start
        return opens, date(opens.year, opens.month + 2, 1) - timedelta(days=1)

    def next(self) -> "HalfYear":
        return HalfYear(self.year, 2) if self.half == 1 else HalfYear(self.year + 1, 1)

    def before(self) -> "HalfYear":
        return HalfYear(self.year - 1, 2) if self.half == 1 else HalfYear(self.year, 1)

    def starts_at(self, zone: ZoneInfo) -> datetime:
        return datetime.combine(self.start, time.min, zone)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The first instant that is no longer in it."""
        return self.next().starts_at(zone)


def half_year(name: str) -> HalfYear:
    """Raises: SetupError."""
    match = NAME.fullmatch(name)
    if match is None:
        raise SetupError(
            f"period {name!r} is no half-year; write 2026H1 for 1 January to 30 June 2026, 2026H2 for the rest"
        )
    return HalfYear(int(match[1]), int(match[2]))


def half_year_of(day: date) -> HalfYear:
    return HalfYear(day.year, 1 if day.month < 7 else 2)


def half_year_between(start: date | None, end: date | None) -> HalfYear:
    """Raises: SetupError where the two days are not those of one half-year."""
    if start is not None and end is not None:
        period = half_year_of(start)
        if (period.start, period.end) == (start, end):
            return period
    given = f"--from {start or '(none)'} --to {end or '(none)'}"
    raise SetupError(
        f"{given} is no reporting period: it runs from 1 January to 30 June or from 1 July to 31 December; "
        "say --period 2026H1"
    )
