"""Business days of one place. Home of the `holidays` library."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from holidays.version import __version__ as library_version

from models.errors import RecordError, SetupError
from policy.loading import Policy
from policy.pack import Place

_DAY = timedelta(days=1)
_SATURDAY = 5
LIBRARY = f"holidays {library_version}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A business day is no Saturday, Sunday or public holiday in the place (INTERP: RG 271 does not define it)."""

    place: Place
    extra: Mapping[date, str]
    """Days added to the library's, each with what to say of it."""
    excluded: frozenset[date]

    def why_closed(self, day: date) -> str | None:
        """Why that day is no business day, or None when it is one."""
        weekend = day.strftime("%A") if day.weekday() >= _SATURDAY and day not in self.extra else None
        return weekend or self.holiday(day)

    def holiday(self, day: date) -> str | None:
        """Which public holiday, or day declared one, it is; None on other days, weekends with them."""
        if day in self.extra:
            return self.extra[day]
        return None if day in self.excluded else self._listed(day)

    def rolled_forward(self, day: date) -> tuple[date, tuple[tuple[date, str], ...]]:
        """`day`, or the next business day where it is none, and the days passed over, each with its reason."""
        skipped: list[tuple[date, str]] = []
        while (reason := self.why_closed(day)) is not None:
            skipped.append((day, reason))
            day += _DAY
        return day, tuple(skipped)

    def kept_working(self, after: date, until: date) -> tuple[str, ...]:
        """One step that names the excluded days in between, or none."""
        days = [day for day in sorted(self.excluded) if after < day <= until and self.why_closed(day) is None]
        kept = ", ".join(f"{day} ({self._listed(day)})" for day in days if self._listed(day))
        return (f"counted as working days though listed: {kept}",) if kept else ()

    def _listed(self, day: date) -> str | None:
        return public_holidays(self.place.country, self.place.subdivision, day.year).get(day)


def calendar_of(policy: Policy) -> Calendar:
    """Of the licensee's own place."""
    return calendar_in(policy, policy.place)


def calendars_of(policy: Policy) -> tuple[Calendar, ...]:
    """Of the licensee's place or, where the strictest counts, of every place chosen."""
    return tuple(calendar_in(policy, place) for place in policy.strictest_of or (policy.place,))


def passed_over(skipped: Iterable[tuple[date, str]]) -> tuple[str, ...]:
    """One step that names each day passed over and why, or none."""
    days = ", ".join(f"{day} ({reason})" for day, reason in skipped)
    return (f"passed over: {days}",) if days else ()


def calendar_in(policy: Policy, place: Place) -> Calendar:
    """Of one place, with the days that the firm declared."""
    declared = [day for day in policy.declared if day.is_kept_in(place.code)]
    extra = dict.fromkeys(policy.extra_holidays, "extra holiday")
    extra |= {day.on: f"extra holiday: {day.name}" for day in declared if day.is_extra}
    excluded = policy.excluded_holidays | {day.on for day in declared if not day.is_extra}
    return Calendar(place, extra, excluded)


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Without subdivision (empty) only where the library knows none in that country; elsewhere its list has gaps.

    Raises: SetupError for a place the library does not know; RecordError for a year it does not reach.
    """
    name = f"{country}-{subdivision}" if subdivision else country
    subdivisions = holidays.list_supported_countries(include_aliases=False).get(country)
    if subdivisions is None or (subdivision not in subdivisions if subdivisions else subdivision):
        raise SetupError(f"{LIBRARY} knows no public holidays of place {name}; {_way_out(subdivisions)}")
    known = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    if not known:
        raise RecordError(f"{LIBRARY} knows no public holidays of {name} in {year}; check the date")
    return dict(known.items())


def _way_out(subdivisions: list[str] | None) -> str:
    if subdivisions is None:
        return "correct the country in the pack"
    if not subdivisions:
        return "leave the subdivision out of the pack"
    return f"correct it in the pack; known subdivisions: {', '.join(subdivisions)}"
