"""Messages as a screen may show them: one that its author deleted on the platform shows when that was, and no words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from flow.platform_deletion import as_shown
from models import Decision, Limb, Post, Verdict
from models.identity import mention_id
from models.retention import DELETED, PlatformDeletion
from store.mentions import StoredMention
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class Shown:
    """Messages with what is said about their words, whatever copies are left."""

    mentions: list[StoredMention]
    verdicts: Mapping[str, Verdict]
    deleted: Mapping[str, PlatformDeletion]


def shown(transaction: Transaction, mentions: Sequence[StoredMention], verdicts: Mapping[str, Verdict]) -> Shown:
    deleted = transaction.retention.deletions([item.mention.id for item in mentions])
    if not deleted:
        return Shown(list(mentions), verdicts, {})
    gone = {item.mention.native_id for item in mentions if item.mention.id in deleted}
    items = [_without_parent(item, gone) for item in as_shown(transaction, mentions)]
    return Shown(items, {key: _without_quotes(key, one, deleted) for key, one in verdicts.items()}, deleted)


def decision_shown(decision: Decision, deleted: Collection[str]) -> Decision:
    """Without what its limbs quote, where a message of the case was deleted."""
    if not deleted:
        return decision
    definition = decision.definition
    limbs = tuple(Limb(limb.name, limb.verdict, DELETED, limb.paragraph) for limb in definition.limbs)
    return replace(decision, definition=replace(definition, limbs=limbs))


def posts_shown(transaction: Transaction, posts: Sequence[Post], of: StoredMention) -> list[Post]:
    """An author's other posts, without those that were deleted."""
    ids = {post: mention_id(of.mention.channel, of.mention.account, post.native_id) for post in posts}
    deleted = transaction.retention.deletions(list(ids.values()))
    return [post for post in posts if ids[post] not in deleted]


def _without_parent(item: StoredMention, gone: Collection[str]) -> StoredMention:
    """What an answer repeats of a deleted message goes, too."""
    if item.mention.in_reply_to not in gone:
        return item
    raw = {name: value for name, value in item.mention.raw.items() if name != "parent"}
    return replace(item, mention=replace(item.mention, raw=raw))


def _without_quotes(key: str, verdict: Verdict, deleted: Collection[str]) -> Verdict:
    return replace(verdict, reasons=(), bad_faith_reasons=()) if key in deleted else verdict
