"""A message is hidden on its platform or reported, its author muted; each with a reason, in the log, and reversible.

None of it touches the complaint register. Hiding what is a complaint looks like silencing a complainant, so that only a
few may, and they say why.
"""

from dataclasses import dataclass

from flow.named import LONGEST_REASON_CHARACTERS, RefusedError
from flow.teamwork import By, record
from models import EventKind, MentionState
from models.complaint import Status
from store.cases import StoredCase
from store.complaints import StoredComplaint
from store.mentions import StoredMention
from store.moderation import Mark, Reason
from store.outbox import Effect, OutboxState
from store.store import Transaction
from triage.muting import RULE

GROUNDS = {
    "abuse": "abuse or hate",
    "spam": "spam or a scam",
    "threat": "a threat",
    "private_data": "shows somebody's private data",
    "impersonation": "pretends to be somebody else",
    "other": "something else",
}
MAY_HIDE_COMPLAINTS = frozenset({"lead", "compliance", "admin"})


@dataclass(frozen=True, slots=True)
class Said:
    """What the person gave as a reason."""

    ground: str
    words: str


def read_reason(ground: str, words: str) -> Said:
    """Raises: RefusedError."""
    words = words.replace("\r\n", "\n").strip()
    if ground not in GROUNDS:
        raise RefusedError("choose a reason from the list")
    if ground == "other" and not words:
        raise RefusedError("“something else” needs words: say what it is")
    if len(words) > LONGEST_REASON_CHARACTERS:
        raise RefusedError(f"the words have at most {LONGEST_REASON_CHARACTERS:,} characters")
    return Said(ground, words)


def report(transaction: Transaction, item: StoredMention, said: Said, by: By) -> None:
    """No platform lets a program report: a person does it there, and this keeps that they did."""
    if transaction.moderation.mark(item.mention.id, Mark.REPORTED, _reason(said, by)):
        _record(transaction, EventKind.REPORTED, item, by, said)


def withdraw_report(transaction: Transaction, item: StoredMention, by: By) -> None:
    if transaction.moderation.unmark(item.mention.id, Mark.REPORTED):
        _record(transaction, EventKind.REPORT_WITHDRAWN, item, by)


def mute(transaction: Transaction, item: StoredMention, said: Said, by: By) -> None:
    """Raises: RefusedError where nobody knows who wrote it."""
    if item.author_key is None:
        raise RefusedError("the platform does not say who wrote this: there is nobody to mute")
    if transaction.moderation.mute(item.author_key, _reason(said, by)):
        _record(transaction, EventKind.MUTED, item, by, said)


def unmute(transaction: Transaction, item: StoredMention, by: By) -> list[str]:
    """Gives the messages that the mute had folded away: they are to be triaged again."""
    if item.author_key is None or not transaction.moderation.unmute(item.author_key):
        return []
    _record(transaction, EventKind.UNMUTED, item, by)
    folded = transaction.moderation.decided_by_rule(item.author_key, RULE)
    transaction.mentions.send_back(folded, to=MentionState.CLASSIFIED)
    return folded


# on the platform


def is_complaint(complaint: StoredComplaint | None, case: StoredCase, item: StoredMention) -> bool:
    """Whether this message, or the conversation it is part of, is a complaint that was not ruled out.

    `complaint`: that of the case, in the register.
    """
    if complaint is not None:
        return complaint.status is not Status.RULED_OUT
    return case.decision.is_complaint or (item.decision is not None and item.decision.is_complaint)


def hide(
    transaction: Transaction,
    case: StoredCase,
    item: StoredMention,
    said: Said,
    by: By,
    *,
    role: str,
    is_override: bool = False,
) -> int | None:
    """Gives the delivery that does it; None where it is hidden, or being hidden, already. Whether the platform can is
    asked before, of `Channel.capabilities`.

    Raises: RefusedError for a complaint without an override by somebody who may.
    """
    silences = is_complaint(transaction.complaints.of_case(case.id), case, item)
    if silences and (role not in MAY_HIDE_COMPLAINTS or not is_override or not said.words):
        raise RefusedError(
            "this is a complaint, and hiding it looks like silencing who complains: answer it, or have a lead or "
            "compliance hide it, who say in words why"
        )
    if not transaction.moderation.mark(item.mention.id, Mark.HIDDEN, _reason(said, by)):
        return None
    _record(transaction, EventKind.HIDE_ASKED, item, by, said, {"complaint": True} if silences else {})
    return _deliver(transaction, Effect.HIDE, case, item, by)


def show(transaction: Transaction, case: StoredCase, item: StoredMention, by: By) -> int | None:
    """Undoes `hide`. None where it is not hidden."""
    if not transaction.moderation.unmark(item.mention.id, Mark.HIDDEN):
        return None
    _record(transaction, EventKind.SHOW_ASKED, item, by)
    return _deliver(transaction, Effect.SHOW, case, item, by)


def _deliver(transaction: Transaction, effect: Effect, case: StoredCase, item: StoredMention, by: By) -> int | None:
    """What was asked before and is not under way is not done any more: the last word counts."""
    for row in transaction.outbox.of_message(item.mention.id):
        if row.state is not OutboxState.SENT:
            transaction.outbox.give_up(row.id, attempts=row.attempts, now=by.at)
    return transaction.outbox.add(
        effect,
        sink=item.mention.channel,
        key=f"{effect.value}:{item.mention.id}:{by.form_key}",
        case_id=case.id,
        mention_id=item.mention.id,
        payload={"person": by.person},
        now=by.at,
    )


def _reason(said: Said, by: By) -> Reason:
    return Reason(said.ground, said.words, by.person, by.at)


def _record(
    transaction: Transaction,
    kind: EventKind,
    item: StoredMention,
    by: By,
    said: Said | None = None,
    more: dict[str, object] | None = None,
) -> None:
    facts: dict[str, object] = {"ground": said.ground, "words": said.words or None} if said else {}
    key = f"{kind.value}:{item.mention.id}:{by.form_key}"
    told = facts | (more or {})
    record(transaction, kind, key, by, told, case_id=item.case_id, mention_id=item.mention.id)
