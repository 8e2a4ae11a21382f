"""Which escalation path fits a case and why, and which step of it is due when nobody answered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models import ActorKind, Decision, Event, EventKind
from models.case import Priority, Tier
from policy.paths import UNSURE, EscalationPath, EscalationPaths, PathKind, Step, When
from triage.working_time import WorkingTime

ANSWERS = frozenset(
    {EventKind.REPLY_QUEUED, EventKind.TAKEN_OVER, EventKind.CLOSED, EventKind.REOPENED, EventKind.ESCALATION_RETURNED}
)
"""By a person: after one of these no step is taken any more. A note or a hand-over leaves the customer waiting."""
COMPLAINT_ANSWERS = frozenset({"respond", "close", "withdraw", "send_to_afca", "reopen"})
"""Acts on a complaint that are an answer, too; as the events of `COMPLAINT_ACT` name them."""


@dataclass(frozen=True, slots=True)
class PathFacts:
    """What paths ask of a case."""

    category: str | None
    """The classifier's strongest one."""
    tags: frozenset[str]
    tier: Tier
    priority: Priority
    is_complaint: bool
    triggers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fit:
    path: EscalationPath
    because: tuple[tuple[str, tuple[str, ...]], ...]
    """(condition, the values that met it); empty for a path that fits every case."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What is due now."""

    passed_over: tuple[int, ...]
    """Steps whose time ran out unseen and that are noted only, so that nobody gets a burst of calls."""
    place: int
    """Of the step that is carried out."""
    due_at: datetime
    """When its time had run out."""


def facts_of(decision: Decision, category: Mapping[str, float], triggers: Collection[str] = ()) -> PathFacts:
    """`category`: the scores of the verdict; empty where none is known."""
    strongest = max(category, key=lambda name: category[name]) if category else None
    return PathFacts(
        strongest,
        frozenset(decision.tags),
        decision.tier,
        decision.priority,
        decision.is_complaint,
        frozenset(triggers),
    )


def fit_of(path: EscalationPath, facts: PathFacts) -> Fit | None:
    """None where no table of its conditions holds."""
    if not path.when:
        return Fit(path, ())
    found = (_met(when, facts) for when in path.when)
    because = next((one for one in found if one is not None), None)
    return Fit(path, because) if because is not None else None


def fits(paths: EscalationPaths, facts: PathFacts) -> list[Fit]:
    """Those that fit, the first of the file first: that one is suggested."""
    return [fit for path in paths.paths if (fit := fit_of(path, facts)) is not None]


def automatic(paths: EscalationPaths, facts: PathFacts) -> Fit | None:
    """The path on which a rule itself sends the case; the first that fits."""
    return next((fit for fit in fits(paths, facts) if fit.path.is_automatic), None)


def upwards(paths: EscalationPaths, facts: PathFacts) -> EscalationPath:
    """Where the case of somebody who is not sure goes. The reader of the file sees to it that there is one."""
    found = (fit.path for fit in fits(paths, facts))
    return next(path for path in found if path.kind is PathKind.HIERARCHICAL and UNSURE in path.reasons)


def _met(when: When, facts: PathFacts) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    met = []
    one_of = (
        ("triggers", {str(one) for one in when.triggers}, facts.triggers),
        ("tags", when.tags, facts.tags),
        ("categories", when.categories, {facts.category}),
        ("tiers", {str(tier.value) for tier in when.tiers}, {str(facts.tier.value)}),
        ("priorities", {str(one) for one in when.priorities}, {facts.priority.value}),
    )
    for name, wanted, given in one_of:
        both = sorted(str(one) for one in wanted & given)
        if wanted and not both:
            return None
        if wanted:
            met.append((name, tuple(both)))
    if when.is_complaint is not None:
        if when.is_complaint is not facts.is_complaint:
            return None
        met.append(("complaint", ("yes" if facts.is_complaint else "no",)))
    return tuple(met)


def due_after(steps: Sequence[Step], place: int, taken_at: datetime, time: WorkingTime) -> datetime | None:
    """When the step after `place` is due if nobody answers. After the last step: when the path is used up, which is as
    long after it as it was waited for; None of a path of one step.
    """
    waits = steps[min(place + 1, len(steps) - 1)].after
    return time.after(taken_at, waits) if waits is not None else None


def walk(
    steps: Sequence[Step], place: int, due_at: datetime | None, *, now: datetime, time: WorkingTime
) -> Walk | None:
    """What is due after the step at `place`, whose time runs out at `due_at`; None where nothing is or none is left.

    After a standstill all steps whose time ran out one after the other are walked, and only the last is carried out.
    """
    passed: list[int] = []
    found: Walk | None = None
    while due_at is not None and due_at <= now and place + 1 < len(steps):
        place += 1
        found = Walk(tuple(passed), place, due_at)
        passed.append(place)
        due_at = due_after(steps, place, due_at, time)
    return found


def answer_since(events: Sequence[Event], taken_at: datetime) -> Event | None:
    """The first answer of a person after a step was taken."""
    return next((event for event in events if event.at > taken_at and _is_answer(event)), None)


def _is_answer(event: Event) -> bool:
    if event.actor_kind is not ActorKind.PERSON:
        return False
    return event.kind in ANSWERS or (
        event.kind is EventKind.COMPLAINT_ACT and event.facts.get("act") in COMPLAINT_ANSWERS
    )
