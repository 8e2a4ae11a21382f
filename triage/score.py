"""The score that sorts the queue, as a sum of named parts that can be shown."""

from collections.abc import Sequence
from datetime import datetime

from models.case import Priority, Reach, ScorePart, Tier
from models.clock import Due
from models.verdict import Verdict
from policy.house import Weights

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
    shares = {
        "tier": (weights.tier_step, float(tier)),
        "complaint": (weights.complaint, float(is_complaint)),
        "priority": (weights.priority, priority.rank / Priority.URGENT.rank),
        "severity": (weights.severity, _share(verdict.severity / _WORST_SEVERITY)),
        "urgency": (weights.urgency, _share(urgency)),
        "reach": (weights.reach, reach.score or 0.0),
        "sentiment": (weights.sentiment, _share(verdict.sentiment.get("negative", 0.0))),
        "due_soon": (weights.due_soon, due_soon(dues, now, weights.due_soon_hours)),
        "bad_faith": (-weights.bad_faith, _share(verdict.bad_faith_score)),
    }
    return tuple(ScorePart(name, round(points * share, 4)) for name, (points, share) in shares.items())


def total(parts: Sequence[ScorePart]) -> float:
    return round(sum(part.points for part in parts), 4)


def due_soon(dues: Sequence[Due], now: datetime, hours: float) -> float:
    """0 while the earliest clock is `hours` or more away, 1 once it is due or past."""
    if not dues:
        return 0.0
    left = min((due.at - now).total_seconds() for due in dues) / _SECONDS_PER_HOUR
    return _share(1 - left / hours)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
