"""The days on which a clock stands still."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from policy.clock_rules import ClockValue, Effect
from policy.pack import RegulationPack
from triage.clock_facts import Log


@dataclass(frozen=True, slots=True)
class Span:
    """From the day of the stop to the day before the restart."""

    from_on: date
    until_on: date | None
    """The day of the restart, which is counted again; None while there is none."""
    kind: str

    def __contains__(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)

    def __str__(self) -> str:
        return f"{self.kind} on {self.from_on}, restarted on {self.until_on}"


@dataclass(frozen=True, slots=True)
class Stops:
    spans: tuple[Span, ...]

    def __contains__(self, day: date) -> bool:
        return any(day in span for span in self.spans)

    def open_on(self, day: date) -> Span | None:
        """The stop without end that holds on that day."""
        return next((span for span in self.spans if span.until_on is None and day in span), None)


def stops_of(pack: RegulationPack, complaint_type: str, row: ClockValue, log: Log) -> Stops:
    """Several kinds may stop a clock at once; it runs again when none of them does."""
    kinds = {event.name for event in pack.events_of(Effect.STOPS, complaint_type, row.key)} | row.stopped_by
    restarts = pack.events_of(Effect.RESTARTS, complaint_type, row.key)
    spans = [
        span
        for kind in sorted(kinds)
        for span in _spans(log, kind, {event.name for event in restarts if kind in event.after})
    ]
    return Stops(tuple(sorted(spans, key=lambda span: (span.from_on, span.kind))))


def _spans(log: Log, kind: str, restarts: Collection[str]) -> Iterator[Span]:
    """A second stop while one holds changes nothing."""
    since: date | None = None
    for fact in log.all({kind, *restarts}):
        if fact.kind == kind:
            since = since or log.day(fact)
        elif since is not None:
            yield Span(since, log.day(fact), kind)
            since = None
    if since is not None:
        yield Span(since, None, kind)
