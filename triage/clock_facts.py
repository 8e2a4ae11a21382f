"""The log of one complaint, as the clocks read it: checked, and in the order in which things happened."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from models.errors import RecordError
from policy.clock_rules import Effect, EventRule
from policy.pack import RegulationPack


@dataclass(frozen=True, slots=True)
class ClockFact:
    """Something that happened to a complaint."""

    kind: str
    """One of the pack's `known_events`."""
    at: datetime
    """When it happened in the world; aware, any zone."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What is known of it besides, e.g. `due_on` of a referral."""


@dataclass(frozen=True, slots=True)
class Log:
    """Oldest first, in UTC, so that an hour told twice keeps its order; what is still to come is not in it."""

    facts: tuple[ClockFact, ...]
    zone: ZoneInfo

    def all(self, kinds: Collection[str]) -> tuple[ClockFact, ...]:
        return tuple(fact for fact in self.facts if fact.kind in kinds)

    def first(self, kind: str) -> ClockFact | None:
        return next(iter(self.all((kind,))), None)

    def local(self, fact: ClockFact) -> datetime:
        """Its instant in the licensee's zone."""
        return fact.at.astimezone(self.zone)

    def day(self, fact: ClockFact) -> date:
        """Its local date there."""
        return self.local(fact).date()

    def until(self, at: datetime) -> "Log":
        return Log(tuple(fact for fact in self.facts if fact.at <= at), self.zone)


def aware(instant: datetime, name: str) -> datetime:
    """Raises: RecordError for an instant without zone."""
    if instant.utcoffset() is None:
        raise RecordError(f"{name} {instant.isoformat()} has no time zone; add one, such as +10:00 or Z")
    return instant


def read_log(pack: RegulationPack, facts: Iterable[ClockFact], *, zone: ZoneInfo, now: datetime | None) -> Log:
    """The facts up to `now` (all, without it) in order; those of one instant with restarts last.

    Raises: RecordError for a kind the pack does not know, an instant without zone, or a fact that lacks what must
    have come before it.
    """
    known = pack.known_events
    told = [_checked(fact, known) for fact in facts]
    happened = [fact for fact in told if now is None or fact.at <= now]
    happened.sort(key=lambda fact: (fact.at, known[fact.kind].effect is Effect.RESTARTS, fact.kind))
    log = Log(tuple(happened), zone)
    for place, fact in enumerate(happened):
        _check_order(known[fact.kind], fact, happened[:place], log)
    return log


def _checked(fact: ClockFact, known: Mapping[str, EventRule]) -> ClockFact:
    if fact.kind not in known:
        raise RecordError(f"event {fact.kind!r} meets no clock; known events: {', '.join(known)}")
    return replace(fact, at=aware(fact.at, fact.kind).astimezone(UTC))


def _check_order(rule: EventRule, fact: ClockFact, earlier: list[ClockFact], log: Log) -> None:
    if rule.after and not any(other.kind in rule.after for other in earlier):
        raise RecordError(
            f"{fact.kind} {log.local(fact).isoformat()} comes before any {' or '.join(rule.after)} ({rule.paragraph}); "
            f"record that first, or correct the instant"
        )
