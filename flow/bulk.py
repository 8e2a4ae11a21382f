"""One act on many cases: what may be wished, what is refused and why, and taking it back.

It never touches the complaint register: a live complaint is neither closed nor labelled from here, and no label makes a
case one. `flow.bulk_run` carries it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flow.by_hand import MOST_TAGS, tags_in
from flow.named import RefusedError
from flow.snoozing import check_time
from models import CaseState, Label, Priority
from register.transitions import LIVE
from store.bulk import Run, Standing
from store.store import Transaction

MOST_CASES = 10_000
LONGEST_NOTE_CHARACTERS = 2_000
UNDO = timedelta(hours=24)


class Act(StrEnum):
    ASSIGN = "assign"
    DONE = "done"
    LABEL = "label"
    SNOOZE = "snooze"
    PRIORITY = "priority"
    TAG = "tag"
    NOTE = "note"


OF_COMPLAINTS_TOO = frozenset({Act.ASSIGN, Act.PRIORITY, Act.TAG, Act.NOTE})
"""What moves no clock of the law."""
LABELS = tuple(label for label in Label if label is not Label.COMPLAINT)
"""A complaint is registered one by one, by somebody who read it."""


class Why(StrEnum):
    """Why a case stays as it is."""

    COMPLAINT = "complaint"
    CLOCK = "clock"
    """A complaint is put off one by one, by somebody who sees its clocks."""
    DONE = "done"
    CHANGED = "changed"
    SAME = "same"
    NOT_JUDGED = "not_judged"
    OWNER_LEFT = "owner_left"
    STOPPED = "stopped"
    MERGED = "merged"
    PROMISED = "promised"
    """Something is promised to the customer and still open: somebody says what becomes of it."""
    TAGS = "tags"
    """It has as many as a case may have."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants done with many cases."""

    act: Act
    target: str | None
    """The new owner, label, priority, one more tag, the words of a note, or the instant until which they are put off;
    None for nobody, and for done."""
    case_ids: Sequence[int]
    seen_at: datetime
    """When the person saw the list: what changed after that is left alone."""


def check(transaction: Transaction, wish: Wish) -> None:
    """Raises: RefusedError in words."""
    if not wish.case_ids:
        raise RefusedError("no case was chosen: tick some, or take all that match")
    if wish.act is Act.LABEL and wish.target not in set(LABELS):
        raise RefusedError(f"many cases at once are labelled {', '.join(LABELS)}; a complaint is labelled on its case")
    if wish.act is Act.SNOOZE:
        check_time(until_of(wish.target), now=wish.seen_at)
    if wish.act is Act.PRIORITY and wish.target not in set(Priority):
        raise RefusedError(f"{(wish.target or '')[:20]!r} is no priority: choose one of {', '.join(Priority)}")
    if wish.act is Act.TAG and len(tags_in(wish.target or "", ())) != 1:
        raise RefusedError("it does not say which tag: give one")
    if wish.act is Act.NOTE and not 0 < len((wish.target or "").strip()) <= LONGEST_NOTE_CHARACTERS:
        raise RefusedError(f"a note for many cases has 1 to {LONGEST_NOTE_CHARACTERS:,} characters: write one")
    if wish.act is Act.ASSIGN and wish.target is not None and not is_here(transaction, wish.target):
        raise RefusedError(f"{wish.target[:60]} is nobody who works here")


def refusals(wish: Wish, standings: Mapping[int, Standing]) -> dict[int, Why]:
    """Case → why it would stay, as far as that is known before."""
    found: dict[int, Why] = {}
    for case_id, standing in standings.items():
        why = Why.CHANGED if standing.updated_at > wish.seen_at else refusal(wish.act, wish.target, standing)
        if why is not None:
            found[case_id] = why
    return found


def promised(transaction: Transaction, wish: Wish) -> dict[int, Why]:
    """Those that are not closed in one go, for something is promised in them."""
    ids = transaction.promises.with_open(wish.case_ids) if wish.act is Act.DONE else set()
    return dict.fromkeys(sorted(ids), Why.PROMISED)


def refusal(act: Act, target: str | None, standing: Standing) -> Why | None:
    """The order counts: that a case is a complaint is said first."""
    if standing.state is CaseState.MERGED:
        return Why.MERGED
    if act is Act.SNOOZE:
        if is_live_complaint(standing):
            return Why.CLOCK
        return Why.DONE if standing.state is CaseState.CLOSED else None
    if act not in OF_COMPLAINTS_TOO and is_live_complaint(standing):
        return Why.COMPLAINT
    if act in (Act.PRIORITY, Act.TAG) and standing.state is CaseState.CLOSED:
        return Why.DONE
    if act is Act.TAG and target not in standing.tags and len(standing.tags) >= MOST_TAGS:
        return Why.TAGS
    is_same = {
        Act.ASSIGN: standing.owner == target,
        Act.DONE: standing.state is CaseState.CLOSED,
        Act.LABEL: standing.label == target,
        Act.PRIORITY: standing.priority == target,
        Act.TAG: target in standing.tags,
        Act.NOTE: False,
    }
    return Why.SAME if is_same[act] else None


def until_of(target: str | None) -> datetime:
    """Raises: RefusedError."""
    try:
        return datetime.fromisoformat(target or "")
    except ValueError:
        raise RefusedError("it does not say until when the cases are put off: choose one of the times") from None


def is_live_complaint(standing: Standing) -> bool:
    return standing.complaint in LIVE if standing.complaint is not None else standing.is_complaint


def start(
    transaction: Transaction, wish: Wish, *, form_key: str, person: str, chosen: str, now: datetime
) -> tuple[int, bool]:
    """The run's id, and whether it is new. Raises: RefusedError."""
    check(transaction, wish)
    standings = transaction.bulk.standings(wish.case_ids)
    refused = promised(transaction, wish) | refusals(wish, standings)
    return transaction.bulk.start(
        form_key=form_key,
        person=person,
        act=wish.act.value,
        target=wish.target,
        chosen=chosen,
        versions={case_id: standings[case_id].version for case_id in wish.case_ids if case_id in standings},
        refused={case_id: why.value for case_id, why in refused.items()},
        now=now,
    )


def ask_undo(transaction: Transaction, run: Run, person: str, *, may_undo_others: bool, now: datetime) -> bool:
    """False where it was asked for already. Raises: RefusedError."""
    if run.person != person and not may_undo_others:
        raise RefusedError(f"this was done by {run.person}: only they, a lead or an administrator may undo it")
    if run.act == Act.NOTE:
        raise RefusedError("a note stays in the log of its case: write another that says what is so")
    if now > run.asked_at + UNDO:
        raise RefusedError("more than 24 hours have passed: change the cases themselves")
    return transaction.bulk.ask_undo(run.id, person, now=now)


def is_here(transaction: Transaction, name: str) -> bool:
    user = transaction.accounts.by_name(name)
    return user is not None and user.disabled_at is None
