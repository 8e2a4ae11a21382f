"""Points for an author whom the firm has in its list of customers. Nothing but the place in the queue follows."""

from dataclasses import replace

from models.case import Decision, ScorePart
from triage.score import total

PART = "customer_value"


def with_value(decision: Decision, points: float) -> Decision:
    """The decision with these points in place of earlier ones. Definition, tier, priority, team and dues stay."""
    others = tuple(part for part in decision.score_parts if part.name != PART)
    parts = (*others, ScorePart(PART, round(points, 4))) if points else others
    return decision if parts == decision.score_parts else replace(decision, score_parts=parts, score=total(parts))
