"""What a regulation pack says of clocks and of the events that start, stop and end them, as records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.clock import Force

RECEIVED = "received"
"""The start of every clock that names no other."""


class Unit(StrEnum):
    """How a limit is counted. Hours are elapsed time; all others are dates in the licensee's zone."""

    HOURS = "hours"
    BUSINESS_DAYS = "business_days"
    CALENDAR_DAYS = "calendar_days"
    WEEKS = "weeks"


class Effect(StrEnum):
    """What an event does to the clocks it names."""

    MEETS = "meets"
    STARTS = "starts"
    """The row of the clock says how, by `starts` or `only_after`."""
    STOPS = "stops"
    """No day is counted from its local date on, that day included."""
    RESTARTS = "restarts"
    """Days are counted again from its local date on, that day included."""
    REQUIRES_RESPONSE = "requires_response"
    """Closing early no longer ends them."""
    RECORDS = "records"
    """Moves nothing by itself."""


class Counts(StrEnum):
    """From which event a row counts that has several."""

    EARLIEST = "earliest"
    LATEST = "latest"


class Combine(StrEnum):
    """How a row joins those of the same clock above it, once it is live."""

    REPLACES = "replaces"
    EARLIEST = "earliest"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class ClockValue:
    """One limit, from one date, for some complaint types. A clock may have several; the later ones join the first."""

    key: str
    from_on: date
    types: frozenset[str]
    value: int | None
    """None where the firm gives it (`value_from`) or the event carries the date (`date_from`)."""
    unit: Unit
    rolls_forward: bool
    """A last day that is no business day moves to the next one that is (Acts Interpretation Act 1901 s36(2))."""
    paragraph: str
    force: Force
    source: str
    starts: tuple[str, ...] = (RECEIVED,)
    """Events it is counted from; without any of them in the log the row does not exist."""
    counts: Counts = Counts.EARLIEST
    counts_after: str | None = None
    """Another clock whose last day is day 0 of this one."""
    date_of: str | None = None
    """Another clock whose date this row takes over as it is."""
    only_after: str | None = None
    """An event without which the row does not exist; it has to precede an event that the row is counted from."""
    within: str | None = None
    """Another clock in whose time the starting event must have come; later it starts nothing."""
    combine: Combine = Combine.REPLACES
    value_from: str | None = None
    """Name of a number of days that the firm gives in its settings."""
    date_from: str | None = None
    """Name of a fact of the starting event that holds the last day itself."""
    met_by: frozenset[str] = frozenset()
    stopped_by: frozenset[str] = frozenset()
    is_window: bool = False
    """The limit of an exemption, of a wait, or of another person: once it passed, the firm missed nothing."""
    lasts_until: str | None = None
    """A window that goes on past its date until this event has happened."""

    @property
    def source_of_start(self) -> tuple[object, ...]:
        """Rows of one clock that differ in it stand beside each other; of those alike the latest in force counts."""
        return (self.starts, self.only_after, self.within, self.counts_after, self.date_of)

    @property
    def runs_from_receipt(self) -> bool:
        return RECEIVED in self.starts and self.only_after is None and self.counts_after is None


@dataclass(frozen=True, slots=True)
class EventRule:
    """A kind of event that the pack knows besides those of every pack."""

    name: str
    meaning: str
    paragraph: str
    effect: Effect
    clocks: tuple[str, ...]
    types: frozenset[str]
    """Complaint types it concerns."""
    after: tuple[str, ...] = ()
    """Events of which one must have come before; a restart ends their stops."""
    code: str | None = None
    """Short name of what it says, e.g. WR-A."""
    always_for: frozenset[str] = frozenset()
    """Types for which it holds without any event."""


@dataclass(frozen=True, slots=True)
class DelayRule:
    """What makes a delay notification valid. It moves no date."""

    event: str
    before: str
    """The clock within which it must be given."""
    reasons: Mapping[str, str]
    """Code → the ground; there are no others."""
    contents: Mapping[str, str]
    """Name of a fact → what the notification must say."""
    paragraph: str


def _built_in(name: str, meaning: str, effect: Effect) -> EventRule:
    return EventRule(name, meaning, "", effect, (), frozenset())


BUILT_IN = {
    event.name: event
    for event in (
        _built_in("acknowledged", "The receipt of the complaint was confirmed", Effect.MEETS),
        _built_in("responded", "The response was given", Effect.MEETS),
        _built_in("closed", "The complaint was closed", Effect.MEETS),
        _built_in("delay_notified", "A delay was notified; it moves no date", Effect.RECORDS),
        _built_in("withdrawn", "The complainant withdrew it", Effect.MEETS),
        _built_in("at_afca", "The external dispute scheme has it; that moves no date", Effect.RECORDS),
        _built_in("reopened", "An earlier closing or withdrawal no longer counts", Effect.RECORDS),
        _built_in("retyped", "It was of another type before; facts: from_type", Effect.RECORDS),
    )
}
"""Known to every pack. What the first three end follows from the names of the clocks."""
