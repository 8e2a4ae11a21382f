"""The firm's own targets of one case: first answer, next update, resolution, each with its due instant and arithmetic.

A pure function of what happened to the case. Nothing here looks at a clock of the regulator, and putting a case off is
nothing that happened to it: no target moves by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from models.case import CaseState, Priority
from policy.house import Weights
from policy.loading import Policy
from policy.service_hours import Counted, Span
from policy.targets import OverWhen, TargetKey, TargetRow, TargetRules, Where
from triage.working_time import WorkingTime, working_time_of, working_times_of_channels

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TO_WRITE = HOUR
"""So long before they leave people are reminded of what is due while nobody is there."""
NAMES = {TargetKey.FIRST_ANSWER: "first answer", TargetKey.UPDATE: "update", TargetKey.RESOLUTION: "resolution"}
COUNTS_FROM = {
    TargetKey.FIRST_ANSWER: "when its author wrote, or the case was last opened again",
    TargetKey.UPDATE: "our last word to its author",
    TargetKey.RESOLUTION: "when its author wrote, or the case was last opened again",
}


class What(StrEnum):
    """What happened to a case, as far as a target asks."""

    ANSWERED = "answered"
    """By a person; whatever the way."""
    UPDATED = "updated"
    """By a program: a word of ours, but no answer."""
    CLOSED = "closed"
    OPENED = "opened"
    """After it was closed."""


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    what: What


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a case as it stands, since it was opened last."""

    priority: Priority
    channel: str
    where: Where
    started_at: datetime
    answered_at: datetime | None
    """The first answer by a person."""
    last_answered_at: datetime | None
    contact_at: datetime | None
    """Our last word, by a person or a program."""
    closed_at: datetime | None
    is_answered: bool
    """An answer is there and its author has not written since."""


@dataclass(frozen=True, slots=True)
class Target:
    key: TargetKey
    priority: Priority
    started_at: datetime
    due_at: datetime
    """The last instant in time."""
    warn_at: datetime
    """From when it counts as due soon; while people are at work, if they are at all before it is due."""
    met_at: datetime | None
    policy: str
    """Name and version that it was worked out under."""
    steps: tuple[str, ...]

    def is_of(self, other: "Target") -> bool:
        """Whether both count from the same instant for the same priority."""
        return (self.key, self.started_at, self.priority) == (other.key, other.started_at, other.priority)


@dataclass(frozen=True, slots=True)
class Targeting:
    """What targets are worked out with."""

    rules: TargetRules
    time: WorkingTime
    weights: Weights
    """Of the queue: what is late stands higher there."""
    by_channel: Mapping[str, WorkingTime] = field(default_factory=dict)
    """Where others look after a channel than the firm at large."""

    def of(self, channel: str) -> "Targeting":
        time = self.by_channel.get(channel)
        return self if time is None else Targeting(self.rules, time, self.weights)


def targeting_of(policy: Policy) -> Targeting:
    return Targeting(policy.targets, working_time_of(policy), policy.house.weights, working_times_of_channels(policy))


def facts_of(
    moments: Iterable[Moment],
    *,
    priority: Priority,
    channel: str,
    where: Where = Where.PUBLIC,
    received_at: datetime,
    state: CaseState,
) -> Facts:
    """`moments`: in the order in which they were noted. `received_at`: when the earliest message was said."""
    started_at, closed_at, undone = received_at, None, None
    words: list[Moment] = []
    for moment in moments:
        if moment.what is What.CLOSED:
            started_at = closed_at or started_at  # closed twice: it was open between, and nobody noted who opened it
            closed_at = moment.at
        elif moment.what is not What.OPENED:
            words.append(moment)
        elif closed_at is not None:
            undone = (started_at, closed_at)
            started_at, closed_at = max(moment.at, closed_at), None
    if state is not CaseState.CLOSED and closed_at is not None:
        started_at, closed_at = closed_at, None  # it is open, and nobody noted who opened it
    elif state is CaseState.CLOSED and closed_at is None and undone is not None:
        started_at, closed_at = undone  # it is closed, and nobody noted who closed it again
    said = [word for word in words if word.at >= started_at]
    answers = [word.at for word in said if word.what is What.ANSWERED]
    return Facts(
        priority=priority,
        channel=channel,
        where=where,
        started_at=started_at,
        answered_at=min(answers, default=None),
        last_answered_at=max(answers, default=None),
        contact_at=max((word.at for word in said), default=None),
        closed_at=closed_at,
        is_answered=state is CaseState.ANSWERED,
    )


def work_out(facts: Facts, targeting: Targeting, *, earlier: Sequence[Target] = (), now: datetime) -> list[Target]:
    """Those that the case has now. A due instant that was worked out before stays, unless the case changed.

    `earlier`: as they stand. Where a case became more urgent, its targets count from then, and none becomes later.

    Raises: RecordError where the calendar holds no working time.
    """
    targeting = targeting.of(facts.channel)
    row = targeting.rules.row(facts.priority, facts.channel, facts.where)
    known = {target.key: target for target in earlier}
    found = []
    for key, (started_at, met_at) in _wanted(facts, row).items():
        new = _target(key, row, started_at, met_at, targeting)
        found.append(_settled(new, known.get(key), row, targeting, now))
    return found


def _wanted(facts: Facts, row: TargetRow) -> Mapping[TargetKey, tuple[datetime, datetime | None]]:
    """Key → counted from, met. An update is no answer: neither takes the other's place."""
    is_over = facts.closed_at is not None or (
        facts.is_answered and row.over_when is OverWhen.ANSWERED and facts.last_answered_at is not None
    )
    over_at = (facts.closed_at or facts.last_answered_at) if is_over else None
    wanted = {}
    if facts.answered_at is not None or facts.closed_at is None:  # what was closed unanswered needs no answer
        wanted[TargetKey.FIRST_ANSWER] = (facts.started_at, facts.answered_at)
    if facts.contact_at is not None and not is_over:
        wanted[TargetKey.UPDATE] = (facts.contact_at, None)
    wanted[TargetKey.RESOLUTION] = (facts.started_at, over_at)
    return wanted


def _target(
    key: TargetKey, row: TargetRow, started_at: datetime, met_at: datetime | None, targeting: Targeting
) -> Target:
    due_at, warn_at = _instants(started_at, row.spans[key], targeting)
    rules, time = targeting.rules, targeting.time
    steps = [
        f"counts from {_local(started_at, time)}: {COUNTS_FROM[key]}",
        f"{row.priority.value} priority: {NAMES[key]} within {said(row.spans[key])} ({rules.title})",
    ]
    if row.spans[key].counted is Counted.WORKING:
        steps.append(f"nights, days off and public holidays do not count ({time.hours.title})")
    steps.append(f"due {_local(due_at, time)}")
    return Target(key, row.priority, started_at, due_at, warn_at, met_at, rules.title, tuple(steps))


def _settled(new: Target, earlier: Target | None, row: TargetRow, targeting: Targeting, now: datetime) -> Target:
    """What was told before stands, and a target that is met keeps its instant whatever becomes of the case."""
    if earlier is None or earlier.started_at != new.started_at:
        return new
    if earlier.is_of(new) or new.met_at is not None:
        return _with(earlier, met_at=new.met_at)
    if row.priority.rank > earlier.priority.rank:
        return _raised(new, earlier, row.spans[new.key], targeting, now)
    return new


def _raised(new: Target, earlier: Target, span: Span, targeting: Targeting, now: datetime) -> Target:
    """Nobody was late for what was not urgent yet."""
    due_at, warn_at = _instants(now, span, targeting)
    if due_at >= earlier.due_at:
        due_at, warn_at = earlier.due_at, min(warn_at, earlier.warn_at)
    steps = [
        *new.steps[:-1],
        f"it was of {earlier.priority.value} priority until {_local(now, targeting.time)}: counts from then,"
        f" and no later than {_local(earlier.due_at, targeting.time)} as told before",
        f"due {_local(due_at, targeting.time)}",
    ]
    return Target(new.key, new.priority, new.started_at, due_at, warn_at, None, new.policy, tuple(steps))


def _with(target: Target, *, met_at: datetime | None) -> Target:
    return Target(
        target.key,
        target.priority,
        target.started_at,
        target.due_at,
        target.warn_at,
        met_at,
        target.policy,
        target.steps,
    )


def _instants(start: datetime, span: Span, targeting: Targeting) -> tuple[datetime, datetime]:
    """Due, and due soon: while people are at work, wherever they are between the start and the due instant."""
    time = targeting.time
    due_at = time.after(start, span)
    share = time.after(start, Span(span.amount * targeting.rules.warn_percent / 100, span.counted))
    opens = time.opens_next(share)
    if span.counted is Counted.WORKING or opens < due_at:
        return due_at, min(opens, due_at)
    return due_at, _before_they_leave(start, share, time) or share


def _before_they_leave(start: datetime, night: datetime, time: WorkingTime) -> datetime | None:
    """Shortly before the last working day ends that ends before `night`; None where that is not after `start`."""
    closes = time.closed_last(start, night)
    wanted = max(closes[0], closes[1] - TO_WRITE) if closes is not None else start
    return wanted if wanted > start else None


def said(span: Span) -> str:
    """In the largest unit that fits: a calendar day is 24 hours."""
    for unit, length in (("day", DAY), ("hour", HOUR)):
        number, rest = divmod(span.amount, length)
        if number and not rest and (unit != "day" or span.counted is Counted.CALENDAR):
            return f"{number} {span.counted.value} {unit}{'s' if number > 1 else ''}"
    return f"{span.amount // timedelta(minutes=1)} {span.counted.value} minutes"


def _local(at: datetime, time: WorkingTime) -> str:
    return f"{at.astimezone(time.zone):%a %Y-%m-%d %H:%M %Z}"
