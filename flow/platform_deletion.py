"""An author deleted a message on the platform: the screen follows at once, and two duties are weighed.

The platform's terms want our copies gone; the law wants the record of a complaint. The register keeps the words of a
complaint, for some roles only; every other copy goes, unless a legal hold keeps it. Both duties are logged.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flow.chain import append
from flow.holds import Held, held
from flow.named import RefusedError
from models import ActorKind, Entry, EntryKind, Event, EventKind, MentionState
from models.retention import DELETED, REDACTED, PlatformDeletion
from policy.retention import Retention
from register.facts import personal_facts
from store.mentions import StoredMention
from store.store import Transaction

NOT_ASKED = "the retention pack does not honour deletions on this channel; copies go when their period ends"
NOT_JUDGED = "the message is not judged yet; its copies go once it is"
BEING_SENT = "a ticket or note that repeats it is still to be delivered; its copies go after that"
EARSHOT = "earshot"
DELETED_THERE = "its author deleted this message on the platform; its words are kept here"


@dataclass(frozen=True, slots=True)
class KeptWords:
    """What the register keeps of a message that is gone everywhere else."""

    text: str
    complaint_id: str
    entry: int
    basis: str


def honour_deletion(
    transaction: Transaction, retention: Retention, mention_id: str, *, at: datetime, now: datetime
) -> PlatformDeletion:
    """Mark the message deleted and take our copies out, or say what they wait for. Safe to repeat.

    Raises: RefusedError where no message has this id, or `at` has no zone or lies in the future.
    """
    if at.utcoffset() is None or at > now:
        raise RefusedError(f"a deletion at {at.isoformat()} has no time zone, or lies in the future; say when it was")
    transaction.register.lock()
    item = _message(transaction, mention_id)
    known = transaction.retention.deletions([mention_id]).get(mention_id)
    if known is not None:
        return known
    platform = retention.platform(item.mention.channel)
    redact_by = at + timedelta(hours=platform.within_hours) if platform.honour else None
    waits_for = None if platform.honour else NOT_ASKED
    deletion = PlatformDeletion(mention_id, at, now, redact_by, None, waits_for, None)
    transaction.retention.note_deletion(deletion)
    who = item.author_key or "unknown"
    facts = {"channel": platform.channel, "duty": platform.terms, "redact_by": redact_by and redact_by.isoformat()}
    _log(transaction, EventKind.DELETED_ON_PLATFORM, item, facts, at=at, now=now, author=who)
    return _settle(transaction, retention, deletion, item, held(transaction), now=now) if platform.honour else deletion


def redact_deleted(transaction: Transaction, retention: Retention, *, now: datetime) -> int:
    """Try again what still waits, e.g. after a hold was lifted; gives how many messages' copies are gone now.

    To be run by the clock: it locks and writes nothing where what is waited for is what it was.
    """
    if not is_any_to_settle(transaction):
        return 0
    transaction.register.lock()
    holds, settled = held(transaction), 0
    for deletion in transaction.retention.waiting_deletions():
        item = _message(transaction, deletion.mention_id)
        settled += _settle(transaction, retention, deletion, item, holds, now=now).redacted_at is not None
    return settled


def is_any_to_settle(transaction: Transaction) -> bool:
    """One that waits is free now, or waits for something else than was noted. Reads only."""
    waiting = transaction.retention.waiting_deletions()
    holds = held(transaction) if waiting else None
    return holds is not None and any(
        _obstacle(transaction, _message(transaction, deletion.mention_id), holds) != deletion.waits_for
        for deletion in waiting
    )


def as_shown(transaction: Transaction, items: Sequence[StoredMention]) -> list[StoredMention]:
    """The same messages as a screen may show them: one that was deleted shows no words, whatever copies are left."""
    deleted = transaction.retention.deletions([item.mention.id for item in items])
    return [_hidden(item) if item.mention.id in deleted else item for item in items]


def kept_words(transaction: Transaction, retention: Retention, mention_id: str, *, role: str) -> KeptWords | None:
    """The words of a deleted message of a complaint, for the roles that may read them; None where none are kept.

    Raises: RefusedError for another role.
    """
    if role not in retention.may_read_kept:
        readers = ", ".join(sorted(retention.may_read_kept))
        raise RefusedError(f"the words of deleted messages are kept for {readers}, not for {role}")
    item = _message(transaction, mention_id)
    case = transaction.cases.get(item.case_id) if item.case_id is not None else None
    if case is None or case.complaint_id is None:
        return None
    entry = _keeping_entry(transaction.register.of_complaint(case.complaint_id), mention_id)
    if entry is None:
        return None
    text = str(json.loads(entry.personal or "{}").get("text" if entry.kind == EntryKind.OPENED else "kept_text"))
    return KeptWords(text, case.complaint_id, entry.seq, retention.keep_basis)


def _settle(
    transaction: Transaction,
    retention: Retention,
    deletion: PlatformDeletion,
    item: StoredMention,
    holds: Held,
    *,
    now: datetime,
) -> PlatformDeletion:
    """Take the copies out, or note why not yet."""
    waits_for = _obstacle(transaction, item, holds)
    if waits_for is not None:
        if waits_for == deletion.waits_for:
            return deletion
        _log(transaction, EventKind.DELETION_WAITS, item, {"why": waits_for}, at=now, now=now)
        return _noted(transaction, replace(deletion, waits_for=waits_for))
    kept_in = keep_words(transaction, retention, item, why=DELETED_THERE, now=now)
    transaction.redaction.quotes(item.mention.id)
    if item.mention.text != REDACTED:
        transaction.redaction.message(item.mention.id, DELETED)
    if item.case_id is not None:
        transaction.redaction.sent(item.case_id, mention_id=item.mention.id)
        transaction.redaction.decision_of_case(item.case_id)
    _log(transaction, EventKind.DELETION_HONOURED, item, {"kept_in_register": kept_in is not None}, at=now, now=now)
    return _noted(transaction, replace(deletion, redacted_at=now, waits_for=None, kept_in=kept_in))


def _obstacle(transaction: Transaction, item: StoredMention, holds: Held) -> str | None:
    hold = holds.of(case_id=item.case_id, author_key=item.author_key)
    if hold is not None:
        return f"legal hold {hold.number} by {hold.placed_by}"
    if item.state in (MentionState.RECEIVED, MentionState.CLASSIFIED):
        return NOT_JUDGED
    if item.case_id is not None and transaction.redaction.is_waiting(item.case_id, item.mention.id):
        return BEING_SENT
    return None


def keep_words(
    transaction: Transaction, retention: Retention, item: StoredMention, *, why: str, now: datetime
) -> int | None:
    """The duty to keep: the register's entry that holds the words of a complainant, written now where none does.

    `why`: every other copy goes, as the entry says.
    """
    case = transaction.cases.get(item.case_id) if item.case_id is not None else None
    if case is None or case.complaint_id is None or item.mention.text == REDACTED:
        return None
    entries = transaction.register.of_complaint(case.complaint_id)
    entry = _keeping_entry(entries, item.mention.id)
    if entry is None and item.author_key not in _complainants(transaction, entries, case.author_key):
        return None
    basis = f"{why}: {retention.keep_basis}"
    seq = entry.seq if entry is not None else _snapshot(transaction, case.complaint_id, item, basis, now=now)
    facts = {"complaint_id": case.complaint_id, "entry": seq, "basis": retention.keep_basis}
    _log(transaction, EventKind.KEPT_BY_DUTY, item, facts, at=now, now=now)
    return seq


def _snapshot(transaction: Transaction, complaint_id: str, item: StoredMention, reason: str, *, now: datetime) -> int:
    """A message of the complainant that the opening entry does not hold is written into the register before it goes."""
    facts = {
        "at": now.isoformat(),
        "by": EARSHOT,
        "reason": reason,
        "snapshot_of": item.mention.id,
    }
    personal = {f"kept_{name}": value for name, value in personal_facts(item.mention).items()}
    return append(transaction, EntryKind.CORRECTED, complaint_id, facts, personal, now=now).last_seq


def _keeping_entry(entries: Sequence[Entry], mention_id: str) -> Entry | None:
    for entry in entries:
        facts = json.loads(entry.facts)
        opened = entry.kind == EntryKind.OPENED and facts.get("message_id") == mention_id
        if entry.personal is not None and (opened or facts.get("snapshot_of") == mention_id):
            return entry
    return None


def _complainants(transaction: Transaction, entries: Sequence[Entry], case_author: str | None) -> set[str | None]:
    opening = str(json.loads(entries[0].facts).get("message_id"))
    return {case_author, *(item.author_key for item in transaction.mentions.get([opening]))}


def _hidden(item: StoredMention) -> StoredMention:
    mention = replace(item.mention, text=DELETED, url=None, raw={})
    return replace(item, mention=mention)


def _message(transaction: Transaction, mention_id: str) -> StoredMention:
    found = transaction.mentions.get([mention_id])
    if not found:
        raise RefusedError(f"no message has the id {mention_id!r}; ids look like m_ and 24 hex digits")
    return found[0]


def _noted(transaction: Transaction, deletion: PlatformDeletion) -> PlatformDeletion:
    transaction.retention.change_deletion(
        deletion.mention_id,
        redacted_at=deletion.redacted_at,
        waits_for=deletion.waits_for,
        kept_in=deletion.kept_in,
    )
    return deletion


def _log(
    transaction: Transaction,
    kind: EventKind,
    item: StoredMention,
    facts: Mapping[str, object],
    *,
    at: datetime,
    now: datetime,
    author: str = "",
) -> None:
    key = f"{kind.value}:{item.mention.id}"
    if kind is EventKind.DELETION_WAITS:
        key += f":{now.isoformat()}"
    who = (ActorKind.AUTHOR, author) if author else (ActorKind.RULE, EARSHOT)
    event = Event(key, kind, at, *who, item.case_id, item.mention.id, facts)
    transaction.events.record([event], now=now)
