"""One complaint type: which row of the pack each clock runs by, and until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from models.clock import Due
from models.errors import RecordError
from policy.clock_rules import RECEIVED, ClockValue, Combine, Counts
from policy.loading import Policy
from triage.calendar import Calendar
from triage.clock_facts import ClockFact, Log
from triage.counting import Limit, Start, count, end_of, named, said
from triage.stops import Span, stops_of


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of one type, running to a date or standing still."""

    row: ClockValue
    """The row that stands."""
    started_at: datetime
    due: Due | None
    """None while it stands still."""
    steps: tuple[str, ...]
    stop: Span | None = None
    left: int = 0
    counts_new_only: bool = False
    """What ended it before it started does not end it now."""


class Reckoning:
    """Works clocks out on demand, each once; `notes` say what in the log came to nothing."""

    def __init__(
        self, policy: Policy, complaint_type: str, received: Start, log: Log, calendars: Sequence[Calendar]
    ) -> None:
        self.complaint_type = complaint_type
        self._policy = policy
        self._received = received
        self._log = log
        self._calendars = calendars
        self._rows: dict[str, list[ClockValue]] = {}
        for row in policy.regulation.clocks_for(complaint_type, received.day_zero):
            self._rows.setdefault(row.key, []).append(row)
        self._found: dict[str, Clock | None] = {}
        self.notes: list[str] = []

    def clocks(self) -> tuple[Clock, ...]:
        """Those that exist, in the order of the pack."""
        found = [self.clock(key) for key in self._rows]
        self._note_waiting()
        return tuple(clock for clock in found if clock is not None)

    def clock(self, key: str) -> Clock | None:
        if key not in self._found:
            self._found[key] = self._joined(key)
        return self._found[key]

    def _joined(self, key: str) -> Clock | None:
        rows = self._rows.get(key, [])
        joined: Clock | None = None
        for clock in (clock for row in rows for clock in self._live(row)):
            joined = clock if joined is None else _join(joined, clock)
        if joined is None:
            return None
        from_receipt = any(RECEIVED in row.starts and row.counts_after is None for row in rows)
        return replace(joined, counts_new_only=not from_receipt)

    def _live(self, row: ClockValue) -> Iterator[Clock]:
        """The row's clock, if there is one."""
        facts = [fact for fact in self._log.all(row.starts) if self._may_start(row, fact)]
        fact = (facts[0] if row.counts is Counts.EARLIEST else facts[-1]) if facts else None
        start = self._start(row, fact)
        if start is None:
            return
        if row.date_of is not None:
            yield from self._date_of(row, row.date_of)
        elif row.counts_after is not None:
            yield from self._after(row, row.counts_after)
        else:
            yield self._as_clock(row, start.at, start, self._limit(row, fact, start))

    def _date_of(self, row: ClockValue, key: str) -> Iterator[Clock]:
        other = self.clock(key)
        if other is not None and other.due is not None:
            yield self._as_clock(row, other.started_at, self._received, Limit(other.due.at, other.steps[:-1]))

    def _after(self, row: ClockValue, key: str) -> Iterator[Clock]:
        other = self.clock(key)
        if other is not None and other.due is not None:
            ended = f"{key} ends on {named(other.due.on)}, which is day 0"
            start = Start(other.due.at, self._log.zone, (*other.steps, ended))
            yield self._as_clock(row, other.started_at, start, self._limit(row, None, start))

    def _may_start(self, row: ClockValue, fact: ClockFact) -> bool:
        if row.only_after is not None:
            first = self._log.first(row.only_after)
            if first is None or first.at > fact.at:
                return False
        return self._is_in_time(row, fact)

    def _is_in_time(self, row: ClockValue, fact: ClockFact) -> bool:
        if row.within is None:
            return True
        within = self.clock(row.within)
        if within is not None and (within.due is None or in_time(fact.at, within.due.at)):
            return True
        note = f"{fact.kind} {said(self._log.local(fact))} came outside {row.within} and starts nothing"
        if note not in self.notes:
            self.notes.append(note)
        return False

    def _start(self, row: ClockValue, fact: ClockFact | None) -> Start | None:
        """Receipt, or the event, whichever the row counts from."""
        if RECEIVED not in row.starts:
            return self._event_start(fact) if fact is not None else None
        if row.only_after is not None and self._log.first(row.only_after) is None:
            return None
        if fact is None:
            return self._received
        event, received = self._event_start(fact), self._received
        order = (event, received) if fact.at < received.at.astimezone(UTC) else (received, event)
        return order[0] if row.counts is Counts.EARLIEST else order[1]

    def _event_start(self, fact: ClockFact) -> Start:
        at = self._log.local(fact)
        step = f"{fact.kind} {said(at)} in {self._log.zone}, so day 0 is {named(at.date())}"
        return Start(at, self._log.zone, (step,))

    def _limit(self, row: ClockValue, fact: ClockFact | None, start: Start) -> Limit:
        if row.date_from is not None and fact is not None and row.date_from in fact.facts:
            on = _given_date(fact, row.date_from)
            return Limit(end_of(on, self._log.zone), (f"{row.date_from} of {fact.kind}: {named(on)}",))
        value = row.value if row.value is not None else self._given_value(row, fact)
        stops = stops_of(self._policy.regulation, self.complaint_type, row, self._log)
        return count(row, value, start, self._calendars, stops)

    def _given_value(self, row: ClockValue, fact: ClockFact | None) -> int:
        if row.value_from is None:
            kind = fact.kind if fact is not None else "its event"
            raise RecordError(
                f"{row.key} needs {row.date_from} of {kind}, the last day: add {row.date_from}=2026-07-31"
            )
        if row.value_from not in self._policy.firm_days:
            raise RecordError(
                f"{row.key} of {self.complaint_type} needs {row.value_from}, a number of days that the pack leaves to "
                f"others ({row.paragraph}); set EARSHOT_{row.value_from.upper()}"
            )
        return self._policy.firm_days[row.value_from]

    def _as_clock(self, row: ClockValue, started_at: datetime, start: Start, limit: Limit) -> Clock:
        steps = (*start.steps, *limit.steps)
        if limit.at is None:
            return Clock(row, started_at, None, steps, limit.stop, limit.left)
        steps = (*steps, f"last instant {said(limit.at)}")
        due = Due(row.key, limit.at.date(), limit.at, row.paragraph, row.force, steps)
        return Clock(row, started_at, due, steps)

    def _note_waiting(self) -> None:
        """Without a response clock somebody has to be told what it waits for."""
        rows = [row for row in self._rows.get("respond", ()) if row.combine is Combine.REPLACES]
        if self._found.get("respond") is not None or not rows:
            return
        known = self._policy.regulation.known_events
        keys = {row.counts_after or "respond" for row in rows}
        names = [name for key in sorted(keys) for row in self._rows[key] for name in row.starts if name in known]
        waits = "; ".join(f"{name} ({known[name].meaning})" for name in dict.fromkeys(names))
        self.notes.append(f"respond of {self.complaint_type} has no date until it is recorded: {waits or 'a restart'}")


def in_time(at: datetime, limit: datetime) -> bool:
    """Limits are whole seconds: anything within the last one is still in time."""
    return at.timestamp() < limit.timestamp() + 1


def _join(above: Clock, below: Clock) -> Clock:
    """Two rows of one clock that are both live: the one below in the file says how."""
    combine = below.row.combine
    if combine is Combine.REPLACES:
        return _told(below, f"in place of {_on(above)}")
    if above.due is None or below.due is None:
        runs, rests = (above, below) if below.due is None else (below, above)
        return runs if combine is Combine.EARLIEST else rests
    later, earlier = (above, below) if below.due.at <= above.due.at else (below, above)
    if combine is Combine.EARLIEST:
        return _told(earlier, f"the earlier one: {_on(later)} is later")
    return _told(later, f"the later one: {_on(earlier)} is earlier")


def _told(clock: Clock, step: str) -> Clock:
    steps = (*clock.steps[:-1], step, clock.steps[-1])
    return replace(clock, steps=steps, due=replace(clock.due, steps=steps) if clock.due else None)


def _on(clock: Clock) -> str:
    when = str(clock.due.on) if clock.due is not None else "a clock that stands still"
    return f"{when} ({clock.row.paragraph})"


def _given_date(fact: ClockFact, name: str) -> date:
    value = fact.facts[name]
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise RecordError(f"{name} {value!r} of {fact.kind} is no date such as 2026-07-31") from None
