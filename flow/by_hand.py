"""A person sets tier, priority and tags of a case in place of what the rules worked out; its ticket follows."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from flow.deciding import decide_anew, decision_of_all
from flow.merged_tickets import MergedTickets
from flow.named import RefusedError, given_reason
from flow.teamwork import By, record
from models import CaseState, Decision, EventKind, Priority, Tier
from models.case import Set, SetByHand
from policy.loading import Policy
from store.cases import StoredCase
from store.store import Transaction

TAG = re.compile(r"[^\W_][\w-]{0,29}")
"""As the house policy writes its own."""
MOST_TAGS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the case is to stand."""

    tier: Tier
    priority: Priority
    tags: tuple[str, ...]


def key_of(case_id: int, form_key: str) -> str:
    return f"set_by_hand:{case_id}:{form_key}"


def tags_in(text: str, has: Collection[str]) -> tuple[str, ...]:
    """Typed with commas between them; those that the case `has` are good as they are. Raises: RefusedError naming the
    first that is none.
    """
    typed = {word.strip() for word in text.split(",")} - {""}
    tags = tuple(sorted({word if word in has else word.casefold() for word in typed}))
    wrong = next((tag for tag in tags if tag not in has and not TAG.fullmatch(tag)), None)
    if wrong is not None:
        raise RefusedError(
            f"{wrong[:40]!r} is no tag: a tag has 1 to 30 letters, digits, - and _, and begins with a letter"
        )
    if len(tags) > MOST_TAGS:
        raise RefusedError(f"{len(tags)} tags are too many: a case has at most {MOST_TAGS}")
    return tags


def set_by_hand(
    transaction: Transaction, policy: Policy, case: StoredCase, wanted: Wanted, reason: str, by: By, *, desk: str
) -> bool:
    """False where the case stands so already. What is as the rules have it is left to them. `desk`: where a ticket goes
    that the case needs now. Raises: RefusedError in words.
    """
    _check_open(case)
    was, worked_out = case.decision, worked_out_of(transaction, policy, case)
    if _stands(was) == wanted:
        return False
    is_lower = wanted.tier < was.tier or wanted.priority.rank < was.priority.rank
    if was.is_complaint and wanted.tier < worked_out.tier:
        raise RefusedError(
            f"a complaint keeps at least tier {int(worked_out.tier)}: where it is none, correct its label"
        )
    words = given_reason(reason, "lower a case" if is_lower else "set this") if is_lower or reason.strip() else ""
    tags = set(wanted.tags)
    chosen = SetByHand(
        _set(int(wanted.tier), int(worked_out.tier)),
        _set(wanted.priority.rank, worked_out.priority.rank),
        tuple(sorted(tags.difference(worked_out.tags))),
        tuple(sorted(set(worked_out.tags) - tags)),
        by.person,
        by.at,
    )
    is_any = chosen.tier or chosen.priority or chosen.add_tags or chosen.drop_tags
    _put(transaction, policy, case, chosen if is_any else None, words, by, desk)
    return True


def put_back(
    transaction: Transaction, policy: Policy, case: StoredCase, earlier: SetByHand | None, by: By, *, desk: str
) -> None:
    """What a person had set before stands again. Raises: RefusedError in words."""
    _check_open(case)
    _put(transaction, policy, case, earlier, "", by, desk)


def leave_to_rules(transaction: Transaction, policy: Policy, case: StoredCase, by: By, *, desk: str) -> bool:
    """What was set is taken back. False where nothing was. Raises: RefusedError in words."""
    _check_open(case)
    if case.by_hand is None:
        return False
    _put(transaction, policy, case, None, "", by, desk)
    return True


def _check_open(case: StoredCase) -> None:
    if case.state in (CaseState.MERGED, CaseState.CLOSED):
        raise RefusedError(f"case {case.id} is {case.state.value}: only what is open or answered is set by hand")


def worked_out_of(transaction: Transaction, policy: Policy, case: StoredCase) -> Decision:
    """The case as it would stand had nobody set anything."""
    if case.by_hand is None:
        return case.decision
    return decision_of_all(transaction, policy, replace(case, by_hand=None))


def _stands(decision: Decision) -> Wanted:
    return Wanted(decision.tier, decision.priority, decision.tags)


def _set(level: int, worked_out: int) -> Set | None:
    return Set(level, worked_out) if level != worked_out else None


def _put(
    transaction: Transaction,
    policy: Policy,
    case: StoredCase,
    chosen: SetByHand | None,
    words: str,
    by: By,
    desk: str,
) -> None:
    transaction.cases.set_by_hand(case.id, chosen, now=by.at)
    now = decide_anew(transaction, policy, replace(case, by_hand=chosen), now=by.at)
    facts = _facts(case.decision, now, words)
    record(transaction, EventKind.SET_BY_HAND, key_of(case.id, by.form_key), by, facts, case_id=case.id)
    _follow_at_desk(transaction, case, now, desk, by)


def _facts(was: Decision, now: Decision, words: str) -> dict[str, object]:
    """What changed, as it is now and as it was."""
    facts: dict[str, object] = {}
    if now.tier is not was.tier:
        facts |= {"tier": int(now.tier), "tier_before": int(was.tier)}
    if now.priority is not was.priority:
        facts |= {"priority": now.priority.value, "priority_before": was.priority.value}
    if now.tags != was.tags:
        facts |= {"tags": list(now.tags), "tags_before": list(was.tags)}
    return facts | ({"reason": words} if words else {})


def _follow_at_desk(transaction: Transaction, before: StoredCase, now: Decision, desk: str, by: By) -> None:
    tickets = MergedTickets(transaction, mark=f"by-hand-{before.version}", now=by.at)
    if tickets.of(transaction.merges.ticket_case(before.id)) is not None:
        tickets.change(before.id, before)
        return
    said = [item.mention.id for item in transaction.mentions.of_case(before.id)]
    if said:
        tickets.open(replace(before, decision=now), said[-1], desk)
