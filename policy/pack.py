"""One regulator's rules as records: clocks with dated values, places, and the limbs of the complaint definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.clock import Force
from models.errors import RecordError, SetupError
from policy.table import Table

LIMBS = (
    "expression_of_dissatisfaction",
    "about_us",
    "response_expected",
    "channel_owned_or_controlled",
    "author_identifiable",
    "author_contactable",
)


class Unit(StrEnum):
    """How a limit is counted. Hours are elapsed time; days are dates in the licensee's zone."""

    HOURS = "hours"
    BUSINESS_DAYS = "business_days"
    CALENDAR_DAYS = "calendar_days"


@dataclass(frozen=True, slots=True)
class ClockValue:
    """One limit, from one date, for some complaint types."""

    key: str
    from_on: date
    types: frozenset[str]
    value: int
    unit: Unit
    rolls_forward: bool
    """A last day that is no business day moves to the next one that is (Acts Interpretation Act 1901 s36(2))."""
    paragraph: str
    force: Force
    source: str


@dataclass(frozen=True, slots=True)
class LimbRule:
    """Where the law says that this limb is needed."""

    paragraph: str
    direct_paragraph: str
    """What applies instead when the words were said to the organisation in private."""
    asks: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the licensee sits: decides holidays and the local date of receipt."""

    code: str
    country: str
    subdivision: str
    """Never empty: without one, every list of holidays leaves out substitute days."""
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class RegulationPack:
    name: str
    version: str
    source: str
    types: Mapping[str, str]
    """Complaint type → what it is, in words."""
    clocks: tuple[ClockValue, ...]
    limbs: Mapping[str, LimbRule]
    places: Mapping[str, Place]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def clocks_for(self, complaint_type: str, received_on: date) -> tuple[ClockValue, ...]:
        """The value of every clock in force on the local date of receipt, in the order of the pack.

        Raises: SetupError for an unknown type; RecordError where a clock has no value on that date.
        """
        if complaint_type not in self.types:
            known = ", ".join(self.types)
            raise SetupError(f"complaint type {complaint_type!r} is unknown to pack {self.title}; known types: {known}")
        of_type = [clock for clock in self.clocks if complaint_type in clock.types]
        keys = dict.fromkeys(clock.key for clock in of_type)
        return tuple(self._in_force(key, of_type, received_on) for key in keys)

    def place(self, code: str) -> Place:
        if code not in self.places:
            known = ", ".join(self.places)
            raise SetupError(f"place {code!r} is unknown to pack {self.title}; known places: {known}")
        return self.places[code]

    def _in_force(self, key: str, clocks: list[ClockValue], on: date) -> ClockValue:
        begun = [clock for clock in clocks if clock.key == key and clock.from_on <= on]
        if not begun:
            first = min(clock.from_on for clock in clocks if clock.key == key)
            raise RecordError(f"no value of {key} in force on {on}; pack {self.title} has one from {first} on")
        return max(begun, key=lambda clock: clock.from_on)


def read_regulation(table: Table) -> RegulationPack:
    types = table.table("types")
    pack = RegulationPack(
        name=table.text("name"),
        version=table.text("version"),
        source=table.text("source"),
        types={name: types.text(name) for name in types.names()},
        clocks=_read_clocks(table.table("clocks"), frozenset(types.names())),
        limbs=_read_limbs(table.table("limbs")),
        places=_read_places(table.table("places")),
    )
    table.done()
    return pack


def _read_clocks(clocks: Table, types: frozenset[str]) -> tuple[ClockValue, ...]:
    values = [_read_clock(row, key, types) for key in clocks.names() for row in clocks.tables(key)]
    seen: set[tuple[str, date, str]] = set()
    for value in values:
        for complaint_type in value.types:
            if (value.key, value.from_on, complaint_type) in seen:
                raise clocks.refuse(value.key, f"has two values for {complaint_type} from {value.from_on}")
            seen.add((value.key, value.from_on, complaint_type))
    return tuple(values)


def _read_clock(row: Table, key: str, types: frozenset[str]) -> ClockValue:
    value = ClockValue(
        key=key,
        from_on=row.day("from"),
        types=frozenset(row.texts("types")),
        value=row.whole("value", least=1, most=3650),
        unit=row.choice("unit", Unit),
        rolls_forward=row.flag("rolls_forward", otherwise=False),
        paragraph=row.text("paragraph"),
        force=row.choice("force", Force),
        source=row.text("source"),
    )
    if value.types - types or not value.types:
        raise row.refuse("types", f"may hold {', '.join(sorted(types))}")
    if value.rolls_forward and value.unit is not Unit.CALENDAR_DAYS:
        raise row.refuse("rolls_forward", "is only for calendar_days")
    row.done()
    return value


def _read_limbs(table: Table) -> dict[str, LimbRule]:
    limbs = {}
    for name in LIMBS:
        row = table.table(name)
        limbs[name] = LimbRule(
            paragraph=row.text("paragraph"), direct_paragraph=row.text("direct_paragraph"), asks=row.text("asks")
        )
        row.done()
    table.done()
    return limbs


def _read_places(table: Table) -> dict[str, Place]:
    places = {}
    for code in table.names():
        row = table.table(code)
        country, subdivision = row.text("country"), row.text("subdivision")
        places[code] = Place(code, country, subdivision, read_zone(row.text("zone"), row.refuse("zone", "is unknown")))
        row.done()
    return places


def read_zone(name: str, otherwise: SetupError) -> ZoneInfo:
    """The zone of that IANA name; raises `otherwise` where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise otherwise from error
