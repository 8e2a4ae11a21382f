"""A reply waits until somebody else than its author has read it: handed in, approved, sent back or taken back.

Each act is one transaction of the caller's, with its event. Waiting moves no clock: nothing here touches one.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flow import promises
from flow.collision import Earlier, answers, earlier_answer
from flow.teamwork import By, record
from models import EventKind
from store.approvals import Approval, Approvals, ApprovalState, Asked
from store.callouts import Call
from store.cases import StoredCase
from store.drafts import Draft, DraftKind
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class Conflict:
    """What an approver has to know before this reply goes out beside another one."""

    sent: Earlier | None
    """A reply that is there already."""
    waiting: tuple[Approval, ...]
    """Others that wait for the same case."""


def reply_key(form_key: str) -> str:
    """Of the outbox row: the same whether the reply went out at once or was approved."""
    return f"reply:{form_key}"


def hand_in(transaction: Transaction, asked: Asked, *, now: datetime, call: Collection[int] = ()) -> int | None:
    """Its number, or None where this very form was handed in, or sent, already. Its draft has become the reply.

    `call`: people who have the authority that its author has not.
    """
    if transaction.events.is_recorded(f"{EventKind.REPLY_QUEUED.value}:{asked.form_key}"):
        return None
    number = transaction.approvals.add(asked, now=now)
    if number is None:
        return None
    facts = {
        "rules": [code for code, _ in asked.reasons],
        "is_private": asked.is_private,
        "characters": len(asked.text),
    }
    _record(transaction, EventKind.APPROVAL_ASKED, asked.form_key, asked, facts, By(asked.author, now, asked.form_key))
    key = f"{EventKind.APPROVAL_ASKED.value}:{asked.form_key}"
    transaction.callouts.add(key, call, asked.case_id, Call.TO_APPROVE, by=asked.author, now=now)
    transaction.drafts.drop(asked.author_id, asked.case_id, DraftKind.REPLY, asked.mention_id)
    return number


def conflict_of(transaction: Transaction, case: StoredCase, approval: Approval) -> Conflict:
    """Locks the case. A reply to another message of the case counts, too, where it was written after this one."""
    asked = approval.asked
    key = reply_key(asked.form_key)
    earlier = earlier_answer(
        transaction, case, mention_id=asked.mention_id, key=key, person=asked.author, is_private=asked.is_private
    )
    since = [
        row
        for row in transaction.outbox.of_case(case.id)
        if row.key != key and row.created_at >= approval.asked_at and answers(row)
    ]
    if since and (earlier is None or since[-1].id > earlier.outbox_id):
        by = str(since[-1].payload.get("person") or "automation")
        earlier = Earlier(since[-1].id, by, by != asked.author, bool(since[-1].payload.get("is_private")))
    return Conflict(earlier, tuple(others_waiting(transaction.approvals, case.id, approval)))


def others_waiting(approvals: Approvals, case_id: int, approval: Approval) -> list[Approval]:
    found = approvals.of_case(case_id, ApprovalState.WAITING)
    same = approvals.of_mentions([approval.asked.mention_id], ApprovalState.WAITING)
    known = {each.id: each for each in (*found, *same) if each.id != approval.id}
    return list(known.values())


def approved(transaction: Transaction, approval: Approval, text: str, outbox_id: int, by: By) -> bool:
    """Both texts are kept. False where somebody decided meanwhile; the caller then undoes what it queued."""
    is_ours = transaction.approvals.settle(
        approval.id,
        ApprovalState.APPROVED,
        by=by.person,
        key=by.form_key,
        now=by.at,
        sent_text=text,
        outbox_id=outbox_id,
    )
    if is_ours:
        promises.reply_goes(transaction, approval.asked.form_key, outbox_id, approval.asked.author, now=by.at)
        facts = {"to": approval.asked.author, "edited": text != approval.asked.text}
        _record(transaction, EventKind.APPROVED, str(approval.id), approval.asked, facts, by)
    return is_ours


def send_back(transaction: Transaction, approval: Approval, words: str, by: By) -> bool:
    """Its author is called, and finds the words of the reply in their draft. False where it does not wait any more."""
    is_ours = transaction.approvals.settle(
        approval.id, ApprovalState.SENT_BACK, by=by.person, key=by.form_key, now=by.at, words=words
    )
    if is_ours:
        asked, key = approval.asked, f"approval_sent_back:{approval.id}"
        facts: dict[str, object] = {"to": asked.author}
        _record(transaction, EventKind.APPROVAL_SENT_BACK, str(approval.id), asked, facts, by)
        transaction.callouts.add(key, [asked.author_id], asked.case_id, Call.SENT_BACK, by=by.person, now=by.at)
        _give_back(transaction, approval, now=by.at)
    return is_ours


def withdraw(transaction: Transaction, approval: Approval, by: By) -> bool:
    """By its author. False where it does not wait any more."""
    is_ours = transaction.approvals.settle(
        approval.id, ApprovalState.WITHDRAWN, by=by.person, key=by.form_key, now=by.at
    )
    if is_ours:
        _record(transaction, EventKind.APPROVAL_WITHDRAWN, str(approval.id), approval.asked, {}, by)
        _give_back(transaction, approval, now=by.at)
    return is_ours


def change_training(transaction: Transaction, user_id: int, name: str, by: By, *, is_trainee: bool) -> None:
    approvals = transaction.approvals
    if is_trainee:
        has_changed = approvals.mark_trainee(user_id, by=by.person, now=by.at)
    else:
        has_changed = approvals.unmark_trainee(user_id)
    if has_changed:
        facts = {"to": name, "kind": "in_training" if is_trainee else "no_longer_in_training"}
        key = f"{EventKind.TRAINING_CHANGED.value}:{user_id}:{by.form_key}"
        record(transaction, EventKind.TRAINING_CHANGED, key, by, facts)


def _give_back(transaction: Transaction, approval: Approval, *, now: datetime) -> None:
    """The words return to their author's draft, unless they have begun another answer to the same message."""
    asked = approval.asked
    promises.reply_stays(transaction, asked.form_key)
    [item] = transaction.mentions.get([asked.mention_id])
    here = asked.case_id if item.case_id is None else item.case_id  # cases may have been merged since it was read
    begun: Sequence[Draft] = transaction.drafts.of(asked.author_id, here)
    if any(one.kind is DraftKind.REPLY and one.mention_id == asked.mention_id for one in begun):
        return
    draft = Draft(DraftKind.REPLY, asked.mention_id, asked.text, asked.is_private, secrets.token_hex(16), 0, now)
    transaction.drafts.keep(asked.author_id, here, draft)


def _record(
    transaction: Transaction,
    kind: EventKind,
    key: str,
    asked: Asked,
    facts: Mapping[str, object],
    by: By,
) -> None:
    record(transaction, kind, f"{kind.value}:{key}", by, facts, case_id=asked.case_id, mention_id=asked.mention_id)
