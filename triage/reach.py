"""How many people may read it, from 0 to 1. Formula in `docs/policy.md`."""

import math

from models.author import Author
from models.case import Reach
from policy.house import ReachRule


def reach_of(author: Author | None, rule: ReachRule) -> Reach:
    """Unknown followers give no score: unknown is never zero."""
    if author is None or author.followers is None:
        return Reach(None, ("followers unknown, so reach is unknown",))
    followers = max(author.followers, 0)
    share = math.log10(1 + followers) / math.log10(1 + rule.full_reach_followers)
    steps = [
        f"followers {followers}: log10(1 + {followers}) / log10(1 + {rule.full_reach_followers}) = {share:.3f}",
    ]
    if author.verified:
        share += rule.verified_bonus
        steps.append(f"verified account: + {rule.verified_bonus:g} = {share:.3f}")
    if share > 1:
        share = 1.0
        steps.append("at most 1")
    return Reach(round(share, 4), tuple(steps))


def is_influencer(reach: Reach, rule: ReachRule) -> bool:
    return reach.score is not None and reach.score >= rule.influencer_from
