"""Business days of one place. Home of the `holidays` library."""

from collections.abc import Mapping
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
    extra: frozenset[date]
    excluded: frozenset[date]

    def why_closed(self, day: date) -> str | None:
        """Why that day is no business day, or None when it is one."""
        if day in self.extra:
            return "extra holiday"
        if day.weekday() >= _SATURDAY:
            return day.strftime("%A")
        if day in self.excluded:
            return None
        return public_holidays(self.place.country, self.place.subdivision, day.year).get(day)

    def business_days_after(self, day: date, count: int) -> tuple[date, tuple[str, ...]]:
        """The `count`-th business day after `day`, and the days passed over, each with its reason."""
        skipped: list[str] = []
        while count:
            day += _DAY
            reason = self.why_closed(day)
            if reason is None:
                count -= 1
            else:
                skipped.append(f"{day} ({reason})")
        return day, tuple(skipped)

    def rolled_forward(self, day: date) -> tuple[date, tuple[str, ...]]:
        """`day`, or the next business day where it is none, and the days passed over."""
        return self.business_days_after(day - _DAY, 1)


def calendar_of(policy: Policy) -> Calendar:
    return Calendar(policy.place, policy.extra_holidays, policy.excluded_holidays)


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Raises: SetupError for a place the library does not know; RecordError for a year it does not reach."""
    if subdivision not in holidays.list_supported_countries(include_aliases=False).get(country, []):
        raise SetupError(f"{LIBRARY} knows no public holidays of place {country}-{subdivision}; correct it in the pack")
    known = holidays.country_holidays(country, subdiv=subdivision, years=year)
    if not known:
        raise RecordError(f"{LIBRARY} knows no public holidays of {country}-{subdivision} in {year}; check the date")
    return dict(known.items())
