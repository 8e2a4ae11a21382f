"""How a clock stands: what ended it, whether in time, and whether being late is a breach."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from models.clock import Due, Force
from policy.clock_rules import Effect, EventRule
from policy.loading import Policy
from triage.clock_facts import ClockFact, Log
from triage.delay import DelayNotice
from triage.reckoning import Clock, in_time


class Standing(StrEnum):
    RUNNING = "running"
    MET = "met"
    LATE = "late"
    OVER = "over"
    """A window, or the limit of somebody else, that has passed: the firm missed nothing."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """One clock and how it stands."""

    due: Due
    standing: Standing
    met_at: datetime | None
    """When the event that ends this clock happened, in time or late; None while there is none."""
    is_breach: bool
    """Late, and late is a breach: enforceable, no mere window, saved neither by s36(2) nor by a valid delay notice."""


@dataclass(frozen=True, slots=True)
class ResponseDemand:
    """Why a response is due even where the complaint is closed early."""

    code: str
    meaning: str
    paragraph: str
    since: datetime | None
    """The event that said so; None where it follows from the complaint type."""
    clocks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides about all clocks of a complaint."""

    policy: Policy
    log: Log
    types: tuple[str, ...]
    demands: tuple[ResponseDemand, ...]
    delays: tuple[DelayNotice, ...]


def demands_of(policy: Policy, types: Sequence[str], log: Log) -> tuple[ResponseDemand, ...]:
    """Exceptions that hold, in the order of the pack. Source: RG 271.75."""
    return tuple(_demands(policy, types, log))


def state_of(clock: Clock, due: Due, at: datetime, others: Collection[Clock], about: Circumstances) -> ClockState:
    """How that clock stands `at` an instant.

    Args:
        others: all clocks of the complaint, this one included.
    """
    ended_at = _ended_at(clock, due, others, about)
    standing = _standing(clock, due, ended_at, at, about.log)
    counts = due.force is Force.ENFORCEABLE and not is_window(clock)
    has_rolled = any(other.row.key == f"{due.key}_s36" for other in others)
    is_late = standing is Standing.LATE and counts and not has_rolled
    return ClockState(due, standing, ended_at, is_late and not _is_excused(due, about))


def is_window(clock: Clock) -> bool:
    return clock.row.is_window or _is_closing(clock)


def _is_closing(clock: Clock) -> bool:
    return clock.row.key.startswith("close")


def _demands(policy: Policy, types: Sequence[str], log: Log) -> Iterator[ResponseDemand]:
    events = [event for event in policy.regulation.events.values() if event.effect is Effect.REQUIRES_RESPONSE]
    named = {event.code: event for event in events if event.code}
    found: dict[str, ResponseDemand] = {}
    for event in (event for event in events if event.types.intersection(types)):
        if event.always_for.intersection(types):
            found[event.code or event.name] = _demand(event, None)
        for fact in log.all((event.name,)):
            code = str(fact.facts.get("code", event.code or event.name))
            found.setdefault(code, _demand(named.get(code, event), fact.at))
    yield from found.values()


def _demand(event: EventRule, since: datetime | None) -> ResponseDemand:
    return ResponseDemand(event.code or event.name, event.meaning, event.paragraph, since, frozenset(event.clocks))


def _ended_at(clock: Clock, due: Due, others: Collection[Clock], about: Circumstances) -> datetime | None:
    """The event that ends this clock, if it happened.

    A response acknowledges too (INTERP). Closing ends the response clock only within the limit of RG 271.71, and
    not where a response is due all the same (RG 271.75).
    """
    started_at = clock.started_at.astimezone(UTC)
    ends = [fact.at for fact in _ends(clock, about) if not clock.counts_new_only or fact.at >= started_at]
    if clock.row.key.startswith(("acknowledge", "respond")):
        ends += _early_closings(due, others, about)
    return min(ends, default=None)


def _ends(clock: Clock, about: Circumstances) -> Iterator[ClockFact]:
    key = clock.row.key
    pack = about.policy.regulation
    kinds = set(clock.row.met_by)
    kinds |= {event.name for one in about.types for event in pack.events_of(Effect.MEETS, one, key)}
    if key.startswith("acknowledge"):
        kinds |= {"acknowledged", "responded"}
    if key.startswith("respond"):
        kinds.add("responded")
    yield from about.log.all(kinds)
    if _is_closing(clock):
        yield from lasting(about.log, "closed")
    if not is_window(clock):
        yield from lasting(about.log, "withdrawn")


def lasting(log: Log, kind: str) -> tuple[ClockFact, ...]:
    """Closings, or withdrawals, that no later reopening has undone."""
    undone = [fact.at for fact in log.all(("reopened",))]
    return tuple(fact for fact in log.all((kind,)) if not any(at >= fact.at for at in undone))


def _early_closings(due: Due, others: Collection[Clock], about: Circumstances) -> list[datetime]:
    closes_by = next((clock.due.at for clock in others if _is_closing(clock) and clock.due is not None), None)
    if closes_by is None:
        return []
    demands = [demand for demand in about.demands if due.key in demand.clocks]
    if any(demand.since is None or in_time(demand.since, due.at) for demand in demands):
        return []
    return [fact.at for fact in lasting(about.log, "closed") if in_time(fact.at, closes_by)]


def _standing(clock: Clock, due: Due, ended_at: datetime | None, at: datetime, log: Log) -> Standing:
    if ended_at is not None:
        return Standing.MET if in_time(ended_at, due.at) else Standing.LATE
    if in_time(at, due.at):
        return Standing.RUNNING
    if not clock.row.is_window:
        return Standing.LATE
    lasts = clock.row.lasts_until is not None and log.first(clock.row.lasts_until) is None
    return Standing.RUNNING if lasts else Standing.OVER


def _is_excused(due: Due, about: Circumstances) -> bool:
    rule = about.policy.regulation.delay
    return rule is not None and due.key.startswith(rule.before) and any(notice.is_valid for notice in about.delays)
