"""One regulator's rules as records: clocks with dated values, places, and the limbs of the complaint definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.errors import RecordError, SetupError
from policy.clock_rules import BUILT_IN, ClockValue, DelayRule, Effect, EventRule
from policy.reading_clocks import read_clocks, read_delay, read_events
from policy.table import Table

LIMBS = (
    "expression_of_dissatisfaction",
    "about_us",
    "response_expected",
    "channel_owned_or_controlled",
    "author_identifiable",
    "author_contactable",
)


@dataclass(frozen=True, slots=True)
class LimbRule:
    """Where the law says that this limb is needed."""

    paragraph: str
    direct_paragraph: str
    """What applies instead when the words were said to the organisation in private."""
    asks: str
    is_needed: bool = True
    """False where this law does not ask for it: it is written down, and never rules a complaint out."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the licensee sits: decides holidays and the local date of receipt."""

    code: str
    country: str
    subdivision: str
    """Empty only where the country's list of holidays knows no subdivisions; elsewhere a list without one has gaps."""
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
    events: Mapping[str, EventRule] = field(default_factory=dict)
    """Those that this pack adds to the built-in ones."""
    delay: DelayRule | None = None

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def known_events(self) -> Mapping[str, EventRule]:
        """Kinds that the log of a complaint may hold: the built-in ones first."""
        return {**BUILT_IN, **self.events}

    def events_of(self, effect: Effect, complaint_type: str, key: str) -> tuple[EventRule, ...]:
        """The pack's own events of that effect on that clock of that type."""
        return tuple(
            event
            for event in self.events.values()
            if event.effect is effect and key in event.clocks and complaint_type in event.types
        )

    def require_type(self, complaint_type: str) -> None:
        if complaint_type not in self.types:
            known = ", ".join(self.types)
            raise SetupError(f"complaint type {complaint_type!r} is unknown to pack {self.title}; known types: {known}")

    def clocks_for(self, complaint_type: str, received_on: date) -> tuple[ClockValue, ...]:
        """The rows of every clock in force on the local date of receipt, in the order of the pack.

        Raises: SetupError for an unknown type; RecordError where a clock has no value on that date.
        """
        self.require_type(complaint_type)
        of_type = [clock for clock in self.clocks if complaint_type in clock.types]
        rows: dict[tuple[object, ...], list[ClockValue]] = {}
        for clock in of_type:
            rows.setdefault((clock.key, *clock.source_of_start), []).append(clock)
        return tuple(clock for alike in rows.values() for clock in self._in_force(alike, received_on))

    def place(self, code: str) -> Place:
        if code not in self.places:
            known = ", ".join(self.places)
            raise SetupError(f"place {code!r} is unknown to pack {self.title}; known places: {known}")
        return self.places[code]

    def _in_force(self, alike: list[ClockValue], on: date) -> tuple[ClockValue, ...]:
        """One row or, where the law knew no such case yet on that date, none."""
        begun = [clock for clock in alike if clock.from_on <= on]
        if not begun and alike[0].runs_from_receipt:
            key, first = alike[0].key, min(clock.from_on for clock in alike)
            raise RecordError(f"no value of {key} in force on {on}; pack {self.title} has one from {first} on")
        return (max(begun, key=lambda clock: clock.from_on),) if begun else ()


def read_regulation(table: Table) -> RegulationPack:
    types, clocks = table.table("types"), table.table("clocks")
    keys = clocks.names()
    events = read_events(table.table("events"), types.names(), keys) if "events" in table else {}
    pack = RegulationPack(
        name=table.text("name"),
        version=table.text("version"),
        source=table.text("source"),
        types={name: types.text(name) for name in types.names()},
        clocks=read_clocks(clocks, types.names(), events),
        limbs=_read_limbs(table.table("limbs")),
        places=_read_places(table.table("places")),
        events=events,
        delay=read_delay(table.table("delay_notice"), events, keys) if "delay_notice" in table else None,
    )
    table.done()
    return pack


def _read_limbs(table: Table) -> dict[str, LimbRule]:
    limbs = {}
    for name in LIMBS:
        row = table.table(name)
        limbs[name] = LimbRule(
            paragraph=row.text("paragraph"),
            direct_paragraph=row.text("direct_paragraph"),
            asks=row.text("asks"),
            is_needed=row.flag("needed", otherwise=True),
        )
        row.done()
    table.done()
    return limbs


def _read_places(table: Table) -> dict[str, Place]:
    places = {}
    for code in table.names():
        row = table.table(code)
        country = row.text("country")
        subdivision = row.text("subdivision") if "subdivision" in row else ""
        places[code] = Place(code, country, subdivision, read_zone(row.text("zone"), row.refuse("zone", "is unknown")))
        row.done()
    return places


def read_zone(name: str, otherwise: SetupError) -> ZoneInfo:
    """The zone of that IANA name; raises `otherwise` where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise otherwise from error
