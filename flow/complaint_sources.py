"""Messages that people point at: whether they belong to the complaint, and whose words they are."""

from dataclasses import replace

from models.complaint import Evidence, Life
from register.transitions import LONGEST_QUOTE_CHARACTERS, RefusedActError
from store.mentions import StoredMention
from store.store import Transaction
from triage.addressed import told_to_us


def check_source(transaction: Transaction, life: Life, message_id: str) -> StoredMention:
    """A message in which the complainant told the firm something of themselves.

    Raises: RefusedActError where it is not of this complaint, not theirs, or was not said to the firm.
    """
    item = _of_complaint(transaction, life, message_id)
    _check_author(transaction, life, item)
    if not told_to_us(item.mention):
        raise RefusedActError(
            f"{life.complaint_id}: message {message_id} was not said to the firm; a support need is recorded only from"
            " what the person told the firm"
        )
    return item


def words_of_evidence(transaction: Transaction, life: Life, evidence: Evidence) -> Evidence:
    """The evidence with what the message it points at says; as it is where it points at none.

    Raises: RefusedActError where the message is not of this complaint, or not of its complainant.
    """
    if not evidence.message_id:
        return evidence
    item = _of_complaint(transaction, life, evidence.message_id)
    _check_author(transaction, life, item)
    mention = item.mention
    author = mention.author
    return replace(
        evidence,
        who=evidence.who or (author.handle or author.name or author.id if author else ""),
        at=mention.created_at,
        channel=mention.channel,
        quote=mention.text[:LONGEST_QUOTE_CHARACTERS],
    )


def _of_complaint(transaction: Transaction, life: Life, message_id: str) -> StoredMention:
    found = transaction.mentions.get([message_id]) if message_id else []
    merged = transaction.complaints.merged_into(life.complaint_id)
    cases = {life.case_id, *(other.case_id for other in merged)} - {None}
    if not found or found[0].case_id not in cases:
        raise RefusedActError(
            f"{life.complaint_id}: message {message_id!r} is not of this complaint; give the id of one that is"
        )
    return found[0]


def _check_author(transaction: Transaction, life: Life, item: StoredMention) -> None:
    """The complainant, or whoever speaks for them."""
    case = transaction.cases.get(item.case_id or 0)
    is_theirs = case is not None and (case.author_key is None or case.author_key == item.author_key)
    if not is_theirs and not life.has_representative:
        raise RefusedActError(
            f"{life.complaint_id}: message {item.mention.id} was written by somebody else than the complainant"
        )
