"""How many people may read it, from 0 to 1. Formula in `docs/policy.md`."""

import math
from collections.abc import Sequence
from datetime import timedelta

from models.author import Author, AuthorHistory, SharedPost
from models.case import Reach
from models.mention import MOST_COUNTED, Mention
from policy.house import ReachRule


def reach_of(author: Author | None, rule: ReachRule, *, shares: int | None = None) -> Reach:
    """Unknown followers give no score, unless something of the author's was shared: unknown is never zero.

    `shares`: see `most_shares`.
    """
    shares = None if shares is None or not rule.virality_bonus else min(max(shares, 0), MOST_COUNTED)
    if author is not None and author.followers is not None:
        score, steps = _by_account(author.followers, author, rule)
    elif shares:
        score, steps = 0.0, ["followers unknown: only what was shared counts, so this is the least that it can be"]
    else:
        return Reach(None, ("followers unknown, so reach is unknown",), shares)
    if shares is not None:
        added = rule.virality_bonus * min(_logarithmic(shares, rule.full_virality_shares), 1.0)
        score += added
        steps.append(
            f"most shared message of {rule.virality_days} days {shares}: + {rule.virality_bonus:g} × "
            f"log10(1 + {shares}) / log10(1 + {rule.full_virality_shares}), "
            f"at most {rule.virality_bonus:g}: + {added:.3f} = {score:.3f}"
        )
    if score > 1:
        score = 1.0
        steps.append("at most 1")
    return Reach(round(score, 4), tuple(steps), shares)


def most_shares(
    mention: Mention, ours: Sequence[SharedPost], history: AuthorHistory | None, rule: ReachRule
) -> int | None:
    """Of what its author said in the `virality_days` up to this message, itself included: how often the one that was
    shared most was. None where nobody told; what its author deleted does not count.

    `ours`: the author's messages that reached us.
    """
    until, since = mention.created_at, mention.created_at - timedelta(days=rule.virality_days)
    gone = {post.native_id for post in ours if post.is_gone}
    posts = [(post.native_id, post.created_at, post.shares) for post in ours]
    posts += [(post.native_id, post.created_at, post.shares) for post in history.posts] if history else []
    posts.append((mention.native_id, mention.created_at, mention.shares))
    return max(
        (
            shares
            for native_id, said_at, shares in posts
            if shares is not None and native_id not in gone and since <= said_at <= until
        ),
        default=None,
    )


def is_influencer(reach: Reach, rule: ReachRule) -> bool:
    return reach.score is not None and reach.score >= rule.influencer_from


def _by_account(followers: int, author: Author, rule: ReachRule) -> tuple[float, list[str]]:
    followers = max(followers, 0)
    score = _logarithmic(followers, rule.full_reach_followers)
    steps = [f"followers {followers}: log10(1 + {followers}) / log10(1 + {rule.full_reach_followers}) = {score:.3f}"]
    if author.verified:
        score += rule.verified_bonus
        steps.append(f"verified account: + {rule.verified_bonus:g} = {score:.3f}")
    return score, steps


def _logarithmic(count: int, full: int) -> float:
    return math.log10(1 + count) / math.log10(1 + full)
