"""What became of messages after they came: edits, deletions, reposts, authors that leave. One place for all channels.

Any order of late and doubled news leads to the same rows: the newest wording counts, not the last to arrive; a deletion
may come before its message; a later word about an account wins over an earlier one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flow.platform_deletion import honour_deletion
from ingest.normalise import normalise, words_digest
from ingest.thread import conversation_key
from models import (
    AccountState,
    ActorKind,
    Deletion,
    Departure,
    Edit,
    Event,
    EventKind,
    Mention,
    Page,
)
from models.identity import author_key, mention_id
from models.retention import DELETED, REDACTED
from policy.retention import Retention
from store.changes import FIRST, Wording
from store.mentions import StoredMention
from store.store import Transaction


def keep_changes(
    transaction: Transaction, page: Page, retention: Retention, *, keep_early: bool, now: datetime
) -> list[str]:
    """Bystanders, edits, deletions, reposts and departures of a page; gives the ids that are to be judged again.

    `keep_early`: remember deletions and departures of messages and authors we do not hold, since a push may overtake
    the message it speaks of.
    """
    around = [replace(one, mention=normalise(one.mention)) for one in page.bystanders]
    transaction.changes.keep_bystanders([(one, conversation_key(one.mention)) for one in around])
    transaction.changes.keep_reposts(page.reposts)
    again = [id for edit in page.edits if (id := _edit(transaction, edit, now=now)) is not None]
    _delete_each(transaction, retention, page.deletions, keep_early=keep_early, now=now)
    known = transaction.changes.known_authors(author_key(one.channel, one.author_id) for one in page.departures)
    for departure in page.departures:
        if keep_early or author_key(departure.channel, departure.author_id) in known:
            _depart(transaction, retention, departure, now=now)
    return again


def settle_arrived(
    transaction: Transaction, retention: Retention, mentions: Sequence[Mention], fresh: set[str], *, now: datetime
) -> None:
    """What had come before these messages did: their deletion, their author's leave, a later wording."""
    early = transaction.changes.take_early_deletions(fresh)
    keys = {mention.id: author_key(mention.channel, mention.author.id) for mention in mentions if mention.author}
    states = transaction.changes.account_states({keys[id] for id in fresh if id in keys})
    gone = {key: at for key, (state, at) in states.items() if state is AccountState.DELETED}
    wordings = transaction.changes.wordings([mention.id for mention in mentions if mention.id not in fresh])
    for mention in mentions:
        at = early.get(mention.id) or (gone.get(keys.get(mention.id, "")) if mention.id in fresh else None)
        if at is not None:
            honour_deletion(transaction, retention, mention.id, at=min(at, now), now=now)
        known = wordings.get(mention.id)
        if known and mention.text not in {wording.text for wording in known} | {REDACTED, DELETED}:
            first = Wording(FIRST, mention.text, mention.created_at)
            transaction.changes.keep_wording(mention.id, first, now=now)


def _edit(transaction: Transaction, edit: Edit, *, now: datetime) -> str | None:
    """The message's id where its words are other ones now."""
    mention = normalise(edit.mention)
    item = next(iter(transaction.mentions.get([mention.id])), None)
    if item is None or item.mention.text in (REDACTED, DELETED) or transaction.retention.deletions([mention.id]):
        return None
    known = transaction.changes.wordings([mention.id]).get(mention.id, [])
    if edit.version in {wording.version for wording in known}:
        return None
    new = Wording(edit.version, mention.text, edit.edited_at)
    transaction.changes.keep_wording(mention.id, new, now=now)
    if not known:
        known = [Wording(FIRST, item.mention.text, item.mention.created_at)]
        transaction.changes.keep_wording(mention.id, known[0], now=now)
    if any(wording.version == FIRST and wording.text == new.text for wording in known):
        transaction.changes.forget_wording(mention.id, FIRST)  # it has a name now
    if (new.edited_at, new.version) < (known[-1].edited_at, known[-1].version) or new.text == item.mention.text:
        return None
    transaction.changes.reword(mention.id, new.text, words_digest(new.text), replaced=known[-1].version)
    facts = {"version": edit.version, "characters": len(new.text)}
    _log(transaction, EventKind.EDITED_ON_PLATFORM, item, f"{mention.id}:{edit.version}", facts, edit.edited_at, now)
    return mention.id


def keep_first_wording(transaction: Transaction, edit: Edit, *, now: datetime) -> None:
    """Of a message that was taken in from an edit: its words have a name already."""
    text = normalise(edit.mention).text
    transaction.changes.keep_wording(edit.mention.id, Wording(edit.version, text, edit.edited_at), now=now)


def _delete_each(
    transaction: Transaction, retention: Retention, deletions: Sequence[Deletion], *, keep_early: bool, now: datetime
) -> None:
    """A feed may tell of the deletions of a whole network: those of strangers are passed over in one question."""
    found = {mention_id(one.channel, one.account, one.native_id): min(one.at, now) for one in deletions}
    known = transaction.mentions.known(found)
    for name, at in found.items():
        if name in known:
            honour_deletion(transaction, retention, name, at=at, now=now)
        elif keep_early:
            transaction.changes.keep_early_deletion(name, at, now=now)


def _depart(transaction: Transaction, retention: Retention, departure: Departure, *, now: datetime) -> None:
    """An account that is gone takes its messages with it; one that is only shut may come back."""
    key = author_key(departure.channel, departure.author_id)
    if not transaction.changes.set_account_state(key, departure.state, at=departure.at):
        return
    theirs = transaction.changes.mentions_by(key)
    if departure.state is AccountState.DELETED:
        for name, _ in theirs:
            honour_deletion(transaction, retention, name, at=min(departure.at, now), now=now)
    cases = {case: name for name, case in theirs if case is not None}
    for item in transaction.mentions.get(list(cases.values())):
        facts = {"state": departure.state.value}
        mark = f"{item.case_id}:{departure.at.isoformat()}"
        _log(transaction, EventKind.ACCOUNT_CHANGED, item, mark, facts, min(departure.at, now), now)


def _log(
    transaction: Transaction,
    kind: EventKind,
    item: StoredMention,
    mark: str,
    facts: Mapping[str, object],
    at: datetime,
    now: datetime,
) -> None:
    who = item.author_key or "unknown"
    event = Event(
        f"{kind.value}:{mark}", kind, min(at, now), ActorKind.AUTHOR, who, item.case_id, item.mention.id, facts
    )
    transaction.events.record([event], now=now)
