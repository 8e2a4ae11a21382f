"""Due dates from the instant of receipt, and which events met them. Pure functions of a dated pack and an event log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from models.clock import Due, Force
from models.errors import RecordError
from policy.loading import Policy
from policy.pack import ClockValue, Unit
from triage.calendar import LIBRARY, Calendar, calendar_of

_LAST_DAY = date(9000, 1, 1)


class ClockEvent(StrEnum):
    """What can meet a clock. Being handed on, moved to another channel or snoozed cannot (RG 271.35, .106)."""

    ACKNOWLEDGED = "acknowledged"
    RESPONDED = "responded"
    CLOSED = "closed"


class Standing(StrEnum):
    RUNNING = "running"
    MET = "met"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class ClockState:
    """One clock and how it stands."""

    due: Due
    standing: Standing
    met_at: datetime | None
    """When the event that ends this clock happened, in time or late; None while there is none."""
    is_breach: bool
    """Late, and late is a breach: enforceable, not merely an exemption that passed, and not saved by s36(2)."""


@dataclass(frozen=True, slots=True)
class _Receipt:
    at: datetime
    """In the licensee's zone."""
    calendar: Calendar

    @property
    def day_zero(self) -> date:
        return self.at.date()


def due_dates(
    policy: Policy, *, complaint_type: str, received_at: datetime, now: datetime | None = None
) -> tuple[Due, ...]:
    """Every clock of that complaint type, earliest first.

    Day 0 is the local date of receipt in the licensee's zone and is not counted, be it a weekend or a holiday.

    Args:
        received_at: aware, any zone.
        now: where given, a receipt after it is refused.

    Raises: SetupError for an unknown type; RecordError for an instant without zone, in the future, or before the pack.
    Source: RG 271.51, .56 and its note, .71.
    """
    receipt = _Receipt(_local(policy, received_at, now), calendar_of(policy))
    clocks = policy.regulation.clocks_for(complaint_type, receipt.day_zero)
    return tuple(sorted((_due(clock, receipt) for clock in clocks), key=lambda due: due.at))


def day_zero(policy: Policy, received_at: datetime) -> date:
    """The local date of receipt in the licensee's zone."""
    return _local(policy, received_at, None).date()


def clock_states(dues: Sequence[Due], events: Iterable[tuple[str, datetime]], now: datetime) -> tuple[ClockState, ...]:
    """How each clock stands at `now`. Events after `now` have not happened yet; the first of a kind counts.

    Raises: RecordError for an event that is no `ClockEvent`, or without zone.
    """
    first = _first_of_each(events, _aware(now, "now"))
    closes_by = next((due.at for due in dues if due.key.startswith("close")), None)
    keys = {due.key for due in dues}
    return tuple(_state(due, _ended_at(due, first, closes_by), now, keys) for due in dues)


def clocks_as_json(
    policy: Policy,
    *,
    complaint_type: str,
    received_at: datetime,
    now: datetime | None = None,
    events: Sequence[tuple[str, datetime]] = (),
) -> dict[str, object]:
    """What `earshot clocks --json` prints. With events, each clock also says how it stands at `now` or the last event.

    A calculator: a receipt or an event still to come is worked out like any other, never refused.
    """
    dues = due_dates(policy, complaint_type=complaint_type, received_at=received_at)
    rows: list[dict[str, object]] = [_due_as_json(due) for due in dues]
    if events:
        asked = [*events, *([("now", now)] if now else [])]
        latest = max(_aware(at, kind) for kind, at in asked)
        for row, state in zip(rows, clock_states(dues, events, latest), strict=True):
            met_at = state.met_at.astimezone(policy.zone) if state.met_at else None
            row["state"] = state.standing.value
            row["met_at"] = met_at.isoformat(timespec="seconds") if met_at else None
            row["is_breach"] = state.is_breach
    return {
        "pack": policy.regulation.name,
        "pack_version": policy.regulation.version,
        "day_zero": day_zero(policy, received_at).isoformat(),
        "due": rows,
    }


def earliest_dues(*groups: Sequence[Due]) -> tuple[Due, ...]:
    """Per key the earliest of several receipts: a later message, channel or team never resets a clock."""
    earliest: dict[str, Due] = {}
    for due in (due for group in groups for due in group):
        held = earliest.get(due.key)
        if held is None or (due.at, due.steps) < (held.at, held.steps):
            earliest[due.key] = due
    return tuple(sorted(earliest.values(), key=lambda due: due.at))


def _local(policy: Policy, received_at: datetime, now: datetime | None) -> datetime:
    received_utc = _aware(received_at, "received").astimezone(UTC)
    if now is not None and received_utc > _aware(now, "now"):
        raise RecordError(f"received {received_at.isoformat()} lies in the future of {now.isoformat()}")
    if not date.min < received_utc.date() < _LAST_DAY:
        raise RecordError(f"received {received_at.isoformat()} is not a date that can be counted from")
    return received_utc.astimezone(policy.zone)


def _aware(instant: datetime, name: str) -> datetime:
    if instant.utcoffset() is None:
        raise RecordError(f"{name} {instant.isoformat()} has no time zone; add one, such as +10:00 or Z")
    return instant


def _due(clock: ClockValue, receipt: _Receipt) -> Due:
    count = {
        Unit.HOURS: _elapsed_hours,
        Unit.BUSINESS_DAYS: _business_days,
        Unit.CALENDAR_DAYS: _calendar_days,
    }[clock.unit]
    at, steps = count(clock, receipt)
    received = f"received {_said(receipt.at)} in {receipt.at.tzinfo}, so day 0 is {_day(receipt.day_zero)}"
    return Due(clock.key, at.date(), at, clock.paragraph, clock.force, (received, *steps, f"last instant {_said(at)}"))


def _elapsed_hours(clock: ClockValue, receipt: _Receipt) -> tuple[datetime, tuple[str, ...]]:
    at = (receipt.at.astimezone(UTC) + timedelta(hours=clock.value)).astimezone(receipt.at.tzinfo)
    return at, (f"{clock.value} hours of elapsed time, counted in UTC",)


def _business_days(clock: ClockValue, receipt: _Receipt) -> tuple[datetime, tuple[str, ...]]:
    on, skipped = receipt.calendar.business_days_after(receipt.day_zero, clock.value)
    steps = (f"business day {clock.value} after day 0 in {receipt.calendar.place.code} ({LIBRARY}) is {_day(on)}",)
    return _end_of(on, receipt), (*_passed_over(skipped), *steps)


def _calendar_days(clock: ClockValue, receipt: _Receipt) -> tuple[datetime, tuple[str, ...]]:
    on = receipt.day_zero + timedelta(days=clock.value)
    steps = [f"day 0 is not counted; {clock.value} calendar days after it is {_day(on)}"]
    if clock.rolls_forward:
        on, skipped = receipt.calendar.rolled_forward(on)
        steps += [*_passed_over(skipped), f"rolled forward in {receipt.calendar.place.code} ({LIBRARY}) to {_day(on)}"]
    return _end_of(on, receipt), tuple(steps)


def _passed_over(skipped: tuple[str, ...]) -> tuple[str, ...]:
    return (f"passed over: {', '.join(skipped)}",) if skipped else ()


def _end_of(on: date, receipt: _Receipt) -> datetime:
    """The second before the next local midnight, counted in UTC so that daylight saving on that day cannot shift it."""
    midnight = datetime.combine(on + timedelta(days=1), time.min, tzinfo=receipt.at.tzinfo)
    return (midnight.astimezone(UTC) - timedelta(seconds=1)).astimezone(receipt.at.tzinfo)


def _said(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _day(day: date) -> str:
    return f"{day:%A} {day}"


def _due_as_json(due: Due) -> dict[str, object]:
    return {
        "key": due.key,
        "date": due.on.isoformat(),
        "at": _said(due.at),
        "paragraph": due.paragraph,
        "force": due.force.value,
        "steps": list(due.steps),
    }


def _first_of_each(events: Iterable[tuple[str, datetime]], now: datetime) -> dict[ClockEvent, datetime]:
    first: dict[ClockEvent, datetime] = {}
    for kind, at in events:
        if kind not in set(ClockEvent):
            raise RecordError(f"event {kind!r} meets no clock; known events: {', '.join(ClockEvent)}")
        event = ClockEvent(kind)
        if _aware(at, kind) <= now:
            first[event] = min(at, first.get(event, at))
    return first


def _ended_at(due: Due, first: Mapping[ClockEvent, datetime], closes_by: datetime | None) -> datetime | None:
    """The event that ends this clock, if it happened.

    A response acknowledges too (INTERP). Closing ends the response clock only within the limit of RG 271.71.
    """
    acknowledged, responded, closed = (first.get(kind) for kind in ClockEvent)
    if due.key.startswith("close"):
        return closed
    closed_early = closed if closed and closes_by and _in_time(closed, closes_by) else None
    ends = (responded, closed_early) if due.key.startswith("respond") else (acknowledged, responded, closed_early)
    return min((at for at in ends if at is not None), default=None)


def _state(due: Due, ended_at: datetime | None, now: datetime, keys: set[str]) -> ClockState:
    if ended_at is not None:
        standing = Standing.MET if _in_time(ended_at, due.at) else Standing.LATE
    else:
        standing = Standing.RUNNING if _in_time(now, due.at) else Standing.LATE
    counts = due.force is Force.ENFORCEABLE and not due.key.startswith("close") and f"{due.key}_s36" not in keys
    return ClockState(due, standing, ended_at, is_breach=counts and standing is Standing.LATE)


def _in_time(at: datetime, limit: datetime) -> bool:
    """Limits are whole seconds: anything within the last one is still in time."""
    return at.astimezone(UTC) < limit.astimezone(UTC) + timedelta(seconds=1)
