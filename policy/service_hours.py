"""When people are at work: local hours by day of the week, and how an amount of time is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from policy.away import NOT_WRITTEN, AwayRules, read_away
from policy.pack import read_zone
from policy.table import Table, read_table

FILE = Path(__file__).parent / "service" / "service.toml"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""In the order of `date.weekday()`."""


class Counted(StrEnum):
    WORKING = "working"
    """Only while people are at work: no nights, days off or public holidays."""
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of time and how it is counted."""

    amount: timedelta
    counted: Counted


@dataclass(frozen=True, slots=True)
class OtherHours:
    """When those are at work who look after some channels."""

    name: str
    channels: frozenset[str]
    place: str | None
    """Code of the place whose public holidays they keep; None for the firm's own."""
    zone: ZoneInfo | None
    """None for that of the place."""
    by_day: Mapping[int, tuple[time, time]]


@dataclass(frozen=True, slots=True)
class ServiceHours:
    name: str
    version: str
    from_on: date
    source: str
    by_day: Mapping[int, tuple[time, time]]
    """`date.weekday()` → opens, closes; local time. Days off are left out; never all of them."""
    others: tuple[OtherHours, ...] = ()
    """A channel is in one of them at most; in none, the firm's own hours hold."""
    away: AwayRules = NOT_WRITTEN

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def load_service_hours(file: Path = FILE) -> ServiceHours:
    """Raises: SetupError naming the file and the key."""
    table = read_table(file, file=f"{file.parent.name}/{file.name}")
    hours = ServiceHours(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        by_day=_read_hours(table.table("hours")),
        others=tuple(_read_other(row) for row in table.tables("calendars")) if "calendars" in table else (),
        away=read_away(table.table("away")) if "away" in table else NOT_WRITTEN,
    )
    channels = [channel for other in hours.others for channel in other.channels]
    twice = next((channel for channel in channels if channels.count(channel) > 1), None)
    if twice is not None:
        raise table.refuse("calendars", f"names the channel {twice} twice: which hours hold for it?")
    table.done()
    return hours


def read_span(row: Table, name: str) -> Span:
    """Written as "4 working hours" or "30 calendar minutes". Raises: SetupError."""
    written = row.text(name)
    number, _, rest = written.partition(" ")
    counted, _, unit = rest.partition(" ")
    units = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}
    whole = units.get(unit if unit.endswith("s") else f"{unit}s")
    is_counted = counted in (Counted.WORKING.value, Counted.CALENDAR.value)
    if not number.isdecimal() or int(number) < 1 or whole is None or not is_counted:
        raise row.refuse(name, f'must be like "4 working hours" or "30 calendar minutes", not {written!r}')
    if counted == Counted.WORKING and whole == units["days"]:
        raise row.refuse(name, "counts working time in hours or minutes: a working day has no length of its own")
    return Span(int(number) * whole, Counted(counted))


def _read_other(row: Table) -> OtherHours:
    channels = frozenset(row.texts("channels"))
    if not channels:
        raise row.refuse("channels", "is empty: nothing would ever go by these hours")
    zone = row.text("zone") if "zone" in row else None
    other = OtherHours(
        name=row.text("name"),
        channels=channels,
        place=row.text("place") if "place" in row else None,
        zone=read_zone(zone, row.refuse("zone", f"{zone!r} is unknown; use an IANA name")) if zone else None,
        by_day=_read_hours(row.table("hours")),
    )
    row.done()
    return other


def _read_hours(row: Table) -> dict[int, tuple[time, time]]:
    by_day = {number: _read_day(row, name) for number, name in enumerate(DAYS) if name in row}
    if not by_day:
        raise row.refuse(DAYS[0], "and every other day is missing: nobody is ever at work")
    row.done()
    return by_day


def _read_day(row: Table, name: str) -> tuple[time, time]:
    written = row.texts(name)
    try:
        opens, closes = (time.fromisoformat(one) for one in written)
    except ValueError:
        raise row.refuse(name, 'must be two local times, like ["09:00", "17:00"]') from None
    if opens.tzinfo or closes.tzinfo or closes <= opens:
        raise row.refuse(name, "must open before it closes, in local time without a zone")
    return opens, closes
