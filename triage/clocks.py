"""Due dates, and how each clock stands. A pure function of a dated pack and of what happened to a complaint."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from models.clock import Due
from models.errors import RecordError, SetupError
from policy.loading import Policy
from triage.calendar import calendars_of
from triage.clock_facts import ClockFact, Log, aware, read_log
from triage.counting import Start, named, said
from triage.delay import DelayNotice, delays_of, listed
from triage.reckoning import Clock, Reckoning
from triage.standing import Circumstances, ClockState, ResponseDemand, demands_of, state_of

_LAST_DAY = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class StoppedClock:
    """A clock that stands still and therefore has no date."""

    key: str
    complaint_type: str
    since_on: date
    kind: str
    """The event that stopped it."""
    left: int
    """What is still to be counted once it runs again, in `unit`."""
    unit: str
    paragraph: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormerType:
    """What the clocks were under a type that the complaint no longer has."""

    complaint_type: str
    until: datetime
    """When it was given another type."""
    states: tuple[ClockState, ...]
    """As they stood then."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Every clock of a complaint, and what decided about them."""

    types: tuple[str, ...]
    day_zero: date
    dues: tuple[Due, ...]
    """Earliest first; of several types the shortest limit per key (INTERP). None for a clock that stands still."""
    states: tuple[ClockState, ...]
    """One for each of `dues`, in their order."""
    stopped: tuple[StoppedClock, ...]
    candidates: Mapping[str, Mapping[str, Due]]
    """Key → type → its limit, for every type that has a date."""
    demands: tuple[ResponseDemand, ...]
    """Why a response is due although the complaint is closed early (RG 271.75)."""
    delays: tuple[DelayNotice, ...]
    history: tuple[FormerType, ...]
    """Former types, oldest first."""
    notes: tuple[str, ...]
    """What in the log came to nothing, or what a clock waits for."""


def due_dates(
    policy: Policy, *, complaint_type: str, received_at: datetime, now: datetime | None = None
) -> tuple[Due, ...]:
    """Every clock that runs from receipt for that complaint type, earliest first.

    Day 0 is the local date of receipt in the licensee's zone and is not counted, be it a weekend or a holiday.

    Args:
        received_at: aware, any zone.
        now: where given, a receipt after it is refused.

    Raises: SetupError for an unknown type; RecordError for an instant without zone, in the future, or before the pack.
    Source: RG 271.51, .56 and its note, .71.
    """
    received = _received(policy, received_at, now)
    reckoning = Reckoning(policy, complaint_type, received, Log((), policy.zone), calendars_of(policy))
    return _in_order(clock.due for clock in reckoning.clocks() if clock.due is not None)


def clocks_of(
    policy: Policy,
    *,
    types: Sequence[str],
    received_at: datetime,
    events: Iterable[ClockFact] = (),
    now: datetime | None = None,
) -> Clocks:
    """Every clock of a complaint after all that happened to it.

    Hand over the whole log each time, in any order; nothing is remembered between two calls.

    Args:
        types: complaint types it has now, at least one. Former ones are told by `retyped` events (fact `from_type`).
        received_at: the earliest receipt; aware, any zone.
        events: kinds that the pack knows (`policy.regulation.known_events`); those after `now` have not happened yet.
        now: the instant to look from; without it, that of the last event.

    Raises: SetupError for an unknown type; RecordError for an instant without zone, a receipt after `now` or before
        the pack, an unknown event, one that cannot come so early, or a number of days that nobody gave.
    """
    if not types:
        raise SetupError(f"no complaint type is given; known types: {', '.join(policy.regulation.types)}")
    received = _received(policy, received_at, now)
    log = read_log(policy.regulation, events, zone=policy.zone, now=now)
    looked_at = now or max([received.at.astimezone(UTC), *(fact.at for fact in log.facts)])
    return _clocks(policy, tuple(dict.fromkeys(types)), received, log, looked_at)


def day_zero(policy: Policy, received_at: datetime) -> date:
    """The local date of receipt in the licensee's zone."""
    return _received(policy, received_at, None).day_zero


def earliest_dues(*groups: Sequence[Due]) -> tuple[Due, ...]:
    """Per key the earliest of several receipts: a later message, channel or team never resets a clock."""
    earliest: dict[str, Due] = {}
    for due in (due for group in groups for due in group):
        held = earliest.get(due.key)
        if held is None or (due.at, due.steps) < (held.at, held.steps):
            earliest[due.key] = due
    return _in_order(earliest.values())


def moved(before: Sequence[Due], after: Sequence[Due]) -> tuple[tuple[Due, Due], ...]:
    """Pairs (was, is) of the clocks whose date changed, e.g. by a holiday declared late or another place."""
    was = {due.key: due for due in before}
    return tuple((was[due.key], due) for due in after if due.key in was and was[due.key].at != due.at)


def _received(policy: Policy, received_at: datetime, now: datetime | None) -> Start:
    received_utc = aware(received_at, "received").astimezone(UTC)
    if now is not None and received_utc > aware(now, "now"):
        raise RecordError(
            f"received {received_at.isoformat()} lies in the future of {now.isoformat()}; "
            f"use the instant it was fetched"
        )
    if not date.min < received_utc.date() < _LAST_DAY:
        raise RecordError(f"received {received_at.isoformat()} is not a date that can be counted from")
    at = received_utc.astimezone(policy.zone)
    return Start(at, policy.zone, (f"received {said(at)} in {policy.zone}, so day 0 is {named(at.date())}",))


def _in_order(dues: Iterable[Due]) -> tuple[Due, ...]:
    return tuple(sorted(dues, key=lambda due: due.at))


def _clocks(policy: Policy, types: tuple[str, ...], received: Start, log: Log, looked_at: datetime) -> Clocks:
    reckonings = [Reckoning(policy, one, received, log, calendars_of(policy)) for one in types]
    by_key: dict[str, dict[str, Clock]] = {}
    for reckoning in reckonings:
        for clock in reckoning.clocks():
            by_key.setdefault(clock.row.key, {})[reckoning.complaint_type] = clock
    shortest = {key: _shortest(clocks) for key, clocks in by_key.items()}
    standing = [clock for _, clock in shortest.values()]
    delay = policy.regulation.delay
    delays = delays_of(policy, log, shortest[delay.before][1] if delay and delay.before in shortest else None)
    about = Circumstances(policy, log, types, demands_of(policy, types, log), delays)
    dues = _in_order(clock.due for clock in standing if clock.due is not None)
    return Clocks(
        types=types,
        day_zero=received.day_zero,
        dues=dues,
        states=tuple(state_of(shortest[due.key][1], due, looked_at, standing, about) for due in dues),
        stopped=tuple(
            stopped for complaint_type, clock in shortest.values() for stopped in _stopped(complaint_type, clock)
        ),
        candidates={
            key: {one: clock.due for one, clock in clocks.items() if clock.due} for key, clocks in by_key.items()
        },
        demands=about.demands,
        delays=delays,
        history=_history(policy, received, log),
        notes=(*(note for reckoning in reckonings for note in reckoning.notes), *_elsewhere(policy, types, log)),
    )


def _shortest(clocks: Mapping[str, Clock]) -> tuple[str, Clock]:
    """The type whose limit ends first, and its clock; one that stands still only where all do (INTERP)."""
    dated = {one: clock.due.at for one, clock in clocks.items() if clock.due is not None}
    chosen = min(dated, key=lambda one: dated[one]) if dated else next(iter(clocks))
    return chosen, clocks[chosen]


def _stopped(complaint_type: str, clock: Clock) -> tuple[StoppedClock, ...]:
    if clock.stop is None:
        return ()
    row, stop = clock.row, clock.stop
    unit = row.unit.value if row.unit.value == "business_days" else "calendar_days"
    stopped = StoppedClock(
        row.key, complaint_type, stop.from_on, stop.kind, clock.left, unit, row.paragraph, clock.steps
    )
    return (stopped,)


def _history(policy: Policy, received: Start, log: Log) -> tuple[FormerType, ...]:
    return tuple(
        _former(policy, complaint_type, received, log, fact)
        for fact in log.all(("retyped",))
        for complaint_type in _former_types(fact)
    )


def _former(policy: Policy, complaint_type: str, received: Start, log: Log, fact: ClockFact) -> FormerType:
    earlier = Log(tuple(other for other in log.until(fact.at).facts if other.kind != "retyped"), log.zone)
    was = _clocks(policy, (complaint_type,), received, earlier, fact.at)
    return FormerType(complaint_type, fact.at, was.states)


def _former_types(fact: ClockFact) -> tuple[str, ...]:
    found = listed(fact.facts.get("from_type"))
    if not found:
        raise RecordError(f"retyped {fact.at.isoformat()} does not say from which type: add from_type=standard")
    return found


def _elsewhere(policy: Policy, types: Sequence[str], log: Log) -> tuple[str, ...]:
    """Facts that concern other types only."""
    events = policy.regulation.events
    return tuple(
        f"{fact.kind} {said(log.local(fact))} concerns {', '.join(sorted(events[fact.kind].types))} only "
        f"and changes nothing"
        for fact in log.facts
        if fact.kind in events and not events[fact.kind].types.intersection(types)
    )
