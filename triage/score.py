"""The score that sorts the queue, as a sum of named parts that can be shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from models.case import Decision, Priority, Reach, ScorePart, Tier
from models.clock import Due
from models.verdict import Verdict
from policy.house import Weights

DUE_SOON = "due_soon"
_WORST_SEVERITY = 4
_MEDIUM_URGENCY = 0.4
_SECONDS_PER_HOUR = 3600


def score_parts(
    *,
    weights: Weights,
    verdict: Verdict,
    is_complaint: bool,
    tier: Tier,
    priority: Priority,
    reach: Reach,
    dues: Sequence[Due],
    now: datetime,
) -> tuple[ScorePart, ...]:
    """Within a tier every complaint stands above every non-complaint: `Weights.spare` keeps room for that."""
    urgency = verdict.urgency.get("high", 0.0) + _MEDIUM_URGENCY * verdict.urgency.get("medium", 0.0)
    by_tier, by_priority = level_parts(weights, tier, priority)
    shares = {
        "complaint": (weights.complaint, float(is_complaint)),
        "severity": (weights.severity, _share(verdict.severity / _WORST_SEVERITY)),
        "urgency": (weights.urgency, _share(urgency)),
        "reach": (weights.reach, reach.score or 0.0),
        "sentiment": (weights.sentiment, _share(verdict.sentiment.get("negative", 0.0))),
        DUE_SOON: (weights.due_soon, due_soon([due.at for due in dues], now, weights.due_soon_hours)),
        "bad_faith": (-weights.bad_faith, _share(verdict.bad_faith_score)),
    }
    by_complaint, *others = (ScorePart(name, round(points * share, 4)) for name, (points, share) in shares.items())
    return (by_tier, by_complaint, by_priority, *others)


def level_parts(weights: Weights, tier: Tier, priority: Priority) -> tuple[ScorePart, ScorePart]:
    """Of tier and of priority: those that a person may set."""
    share = priority.rank / Priority.URGENT.rank
    return ScorePart("tier", round(weights.tier_step * tier, 4)), ScorePart(
        "priority", round(weights.priority * share, 4)
    )


def total(parts: Sequence[ScorePart]) -> float:
    return round(sum(part.points for part in parts), 4)


def due_soon(dues: Sequence[datetime], now: datetime, hours: float) -> float:
    """0 while the earliest clock is `hours` or more away, 1 once it is due or past."""
    if not dues:
        return 0.0
    left = (min(dues) - now).total_seconds() / _SECONDS_PER_HOUR
    return _share(1 - left / hours)


def with_clocks(
    decision: Decision, next_due_at: datetime | None, weights: Weights, *, lateness: float, now: datetime
) -> Decision:
    """The decision in the place that time gives it now: by its next clock, or higher where the house is late.

    `next_due_at`: None where no clock runs. `lateness`: 0 to 1, of the house's own targets.
    """
    share = due_soon([next_due_at] if next_due_at is not None else [], now, weights.due_soon_hours)
    return _with_points(decision, round(weights.due_soon * max(share, lateness), 4))


def with_clocks_of(decision: Decision, standing: Decision) -> Decision:
    """The decision with what the clocks gave the case when they were looked at last."""
    points = _points_of_time(standing)
    return decision if points is None else _with_points(decision, points)


def with_lateness_of(decision: Decision, standing: Decision) -> Decision:
    """The same where no clock of the law runs yet: what the house is late with stays; a new clock may give more."""
    points, own = _points_of_time(standing), _points_of_time(decision)
    return decision if points is None or own is None else _with_points(decision, max(points, own))


def _points_of_time(decision: Decision) -> float | None:
    """None of a decision that is never placed by time, such as a muted one."""
    return next((part.points for part in decision.score_parts if part.name == DUE_SOON), None)


def _with_points(decision: Decision, points: float) -> Decision:
    parts = tuple(ScorePart(DUE_SOON, points) if part.name == DUE_SOON else part for part in decision.score_parts)
    return decision if parts == decision.score_parts else replace(decision, score_parts=parts, score=total(parts))


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
