"""How far what the authors of some messages said has travelled."""

from collections.abc import Sequence
from datetime import timedelta

from models import AuthorHistory
from policy.house import ReachRule
from store.mentions import StoredMention
from store.store import Transaction
from triage.reach import most_shares


def most_shared(
    transaction: Transaction,
    items: Sequence[StoredMention],
    histories: Sequence[AuthorHistory | None],
    rule: ReachRule,
) -> list[int | None]:
    """For each message what `triage.reach.most_shares` gives; in the same order. One look-up for all of them."""
    keys = {item.author_key for item in items if item.author_key is not None}
    instants = [item.mention.created_at for item in items]
    ours = {}
    if keys and rule.virality_bonus:
        since = min(instants) - timedelta(days=rule.virality_days)
        ours = transaction.changes.shared_by(keys, since=since, until=max(instants))
    return [
        most_shares(item.mention, ours.get(item.author_key or "", ()), history, rule)
        for item, history in zip(items, histories, strict=True)
    ]
