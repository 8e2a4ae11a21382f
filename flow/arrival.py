"""A page of mentions arrives: stored, threaded, repeats found, cursor kept, all or nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flow.batches import lane_of
from flow.changes import keep_changes, keep_first_wording, settle_arrived
from flow.not_again import without_gone
from ingest.dedupe import Candidate, duplicate_of
from ingest.normalise import normalise, words_digest
from ingest.thread import attach, conversation_key
from models import AuthorHistory, Mention, Page, Post
from models.identity import author_key
from policy.retention import Retention
from store.mentions import NewMention, StoredMention
from store.store import Transaction

HISTORY = timedelta(days=7)


def keep_page(
    transaction: Transaction,
    page: Page,
    retention: Retention,
    *,
    source: str,
    keep_cursor_as: str | None,
    lane: str,
    now: datetime,
    keep_early: bool = False,
) -> list[str]:
    """Mentions and their changes, what could not be read, and the cursor; gives the ids to be judged, in order.

    A message that comes as an edit, and that we do not hold, is taken in as it reads now. `keep_early`: see
    `flow.changes.keep_changes`.
    """
    page = without_gone(transaction, page, source=source)
    mentions = [normalise(mention) for mention in (*page.mentions, *(edit.mention for edit in page.edits))]
    attached = attach(mentions, _parents(transaction, mentions))
    new = [
        NewMention(item, conversation_key(item), words_digest(item.text), lane_of(item.created_at, lane, now=now))
        for item in attached
    ]
    ids = transaction.mentions.add(new, lane=lane, now=now)
    for author, posts in page.histories.items():
        transaction.mentions.keep_history(author_key(source, author), posts, captured_at=now)
    _mark_repeats(transaction, new, set(ids))
    again = _keep_changes(transaction, page, retention, attached, set(ids), keep_early=keep_early, now=now)
    transaction.quarantine.park(source, page.rejected, now=now)
    if keep_cursor_as is not None:
        transaction.connections.read_up_to(keep_cursor_as, page.cursor, now=now, had_messages=bool(page.mentions))
    return [*ids, *again]


def _keep_changes(
    transaction: Transaction,
    page: Page,
    retention: Retention,
    mentions: Sequence[Mention],
    fresh: set[str],
    *,
    keep_early: bool,
    now: datetime,
) -> list[str]:
    said = {mention.id for mention in page.mentions}
    for edit in page.edits:
        if edit.mention.id in fresh and edit.mention.id not in said:
            keep_first_wording(transaction, edit, now=now)
    settle_arrived(transaction, retention, mentions, fresh, now=now)
    return keep_changes(transaction, page, retention, keep_early=keep_early, now=now)


def histories_of(transaction: Transaction, items: Sequence[StoredMention]) -> list[AuthorHistory | None]:
    """The seven days before each mention: as the platform showed them, else what reached us. In the same order."""
    keys = {item.author_key for item in items if item.author_key is not None}
    if not keys:
        return [None] * len(items)
    earliest = min(item.mention.created_at for item in items) - HISTORY
    latest = max(item.mention.created_at for item in items)
    told = transaction.mentions.histories(keys)
    ours = transaction.mentions.posts_by(keys, since=earliest, until=latest)
    return [_history_of(item, told, ours) for item in items]


def _history_of(
    item: StoredMention, told: Mapping[str, AuthorHistory], ours: Mapping[str, Sequence[Post]]
) -> AuthorHistory | None:
    if item.author_key is None:
        return None
    until, since = item.mention.created_at, item.mention.created_at - HISTORY
    platform = told.get(item.author_key)
    if platform is not None and platform.captured_at >= since:
        return platform
    posts = tuple(
        post
        for post in ours.get(item.author_key, ())
        if since <= post.created_at <= until and post.native_id != item.mention.native_id
    )
    return AuthorHistory(posts, item.mention.received_at, complete=False)


def _parents(transaction: Transaction, mentions: Sequence[Mention]) -> list[Mention]:
    """What the mentions of this page answer, as far as earlier pages hold it."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mention in mentions:
        if mention.in_reply_to is not None:
            wanted[mention.channel, mention.account].add(mention.in_reply_to)
    found = (transaction.mentions.by_native_ids(*place, sorted(ids)) for place, ids in wanted.items())
    return [mention for group in found for mention in group]


def _mark_repeats(transaction: Transaction, new: Sequence[NewMention], fresh: set[str]) -> None:
    """The same words by the same author within seven days are one message said twice, and counted so."""
    said = [
        (author_key(item.mention.channel, item.mention.author.id), item)
        for item in new
        if item.mention.id in fresh and item.mention.author is not None and item.words_digest
    ]
    if not said:
        return
    instants = [item.mention.created_at for _, item in said]
    stored = transaction.mentions.words_by_authors(
        {key for key, _ in said},
        {item.words_digest for _, item in said},
        since=min(instants) - HISTORY,
        until=max(instants) + HISTORY,
    )
    for key, item in said:
        before = (item.mention.created_at, item.mention.id)
        earlier = [
            Candidate(words.id, words.words_digest, words.created_at)
            for words in stored[key, item.words_digest]
            if (words.created_at, words.id) < before
        ]
        original = duplicate_of(item.mention, earlier) if earlier else None
        if original is not None:
            transaction.mentions.mark_duplicate(item.mention.id, of=original)
