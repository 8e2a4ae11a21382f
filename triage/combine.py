"""What several messages of one case make together."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from models.case import Decision, Reach, ScorePart
from triage.clocks import earliest_dues
from triage.early_warning import with_warning
from triage.score import total

_Rank = tuple[int, bool, int, float]
_LABELS = ("other", "spam", "praise", "abuse", "enquiry", "unsure", "complaint")
"""By how much a case with such a message needs a person, least first."""


def combine(earlier: Decision | None, latest: Decision) -> Decision:
    """The case after one more message: nothing serious is undone by what follows.

    A complaint stays one, tier and priority only rise, tags and rules add up, clocks keep their earliest receipt, and
    the team is that of the most serious message; of equals the first keeps it, so that cases do not bounce.
    """
    if earlier is None:
        return latest
    lead = latest if _seriousness(latest) > _seriousness(earlier) else earlier
    parts = _highest_parts(earlier.score_parts, latest.score_parts)
    return replace(
        lead,
        definition=_complaint_first(earlier, latest, lead).definition,
        label=max(earlier, latest, key=_label_rank).label,
        tier=max(earlier.tier, latest.tier),
        priority=max(earlier.priority, latest.priority, key=lambda each: each.rank),
        tags=tuple(sorted({*earlier.tags, *latest.tags})),
        reach=max(earlier.reach, latest.reach, key=_reach),
        score=total(parts),
        score_parts=parts,
        rules=tuple(dict.fromkeys((*earlier.rules, *latest.rules))),
        needs_person=earlier.needs_person or latest.needs_person,
        wants_ticket=earlier.wants_ticket or latest.wants_ticket,
        dues=earliest_dues(earlier.dues, latest.dues),
        policy_version=latest.policy_version,
    )


def combine_all(decisions: Iterable[Decision]) -> Decision | None:
    """The case from the decisions on all its messages, oldest first; None where there are none.

    After a person relabelled one message, the case is worked out anew so: the only way it stops being a complaint.
    """
    return reduce(combine, decisions, None)


def is_more_serious(one: Decision, other: Decision) -> bool:
    return _seriousness(one) > _seriousness(other)


def _seriousness(decision: Decision) -> _Rank:
    _, by_messages = with_warning(decision.score_parts, 0)  # what warns of a case gives it no other team
    return (decision.tier, decision.is_complaint, decision.priority.rank, by_messages)


def _label_rank(decision: Decision) -> tuple[int, int]:
    """The case carries the label that asks for most, whatever the order its messages were read in."""
    rank = _LABELS.index(decision.label)
    return (rank, 0) if decision.label in ("unsure", "complaint") else (decision.is_complaint, rank)


def _complaint_first(earlier: Decision, latest: Decision, lead: Decision) -> Decision:
    """Whose definition the case carries: the complaint's, and of two the first."""
    if earlier.is_complaint:
        return earlier
    return latest if latest.is_complaint else lead


def _reach(reach: Reach) -> float:
    return -1.0 if reach.score is None else reach.score


def _highest_parts(one: tuple[ScorePart, ...], other: tuple[ScorePart, ...]) -> tuple[ScorePart, ...]:
    points: dict[str, float] = {}
    for part in (*one, *other):
        points[part.name] = max(part.points, points.get(part.name, part.points))
    return tuple(ScorePart(name, value) for name, value in points.items())
