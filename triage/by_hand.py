"""What a person set of a case, in place of what the rules worked out of its messages."""

from dataclasses import replace

from models.case import Decision, Priority, Set, SetByHand, Tier
from policy.house import HousePack
from triage.assess import is_ticketed
from triage.score import level_parts, total


def with_by_hand(decision: Decision, wanted: SetByHand | None, house: HousePack) -> Decision:
    """The decision with the person's word in it. A complaint's tier is never lowered, and what turned out worse
    than what stood when the person spoke counts: nothing serious is hidden by a word that was said before it.
    """
    if wanted is None:
        return decision
    tier, rank = _level(int(decision.tier), wanted.tier), _level(decision.priority.rank, wanted.priority)
    if decision.is_complaint:
        tier = max(tier, int(decision.tier))
    priority = next(each for each in Priority if each.rank == rank)
    levels = {part.name: part for part in level_parts(house.weights, Tier(tier), priority)}
    parts = tuple(levels.get(part.name, part) for part in decision.score_parts)
    return replace(
        decision,
        tier=Tier(tier),
        priority=priority,
        tags=tuple(sorted({*decision.tags, *wanted.add_tags} - {*wanted.drop_tags})),
        score_parts=parts,
        score=total(parts),
        wants_ticket=decision.wants_ticket
        or is_ticketed(house.ticket, Tier(tier), priority, is_complaint=decision.is_complaint),
    )


def _level(worked_out: int, wanted: Set | None) -> int:
    if wanted is None:
        return worked_out
    return max(worked_out, wanted.level) if worked_out > wanted.before else wanted.level
