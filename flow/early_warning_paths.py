"""A sign of trouble puts a case on a path of escalation, once, with what we offered last attached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flow.escalating import Escalating
from models import ActorKind, Event, EventKind
from policy.loading import Policy
from policy.warning_signs import SignRule
from store.store import Transaction
from triage.paths import facts_of

PROGRAM = "earshot"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A path of escalation that a sign asks for."""

    case_id: int
    rule: SignRule
    at: datetime
    """When the newest words were said that ask for it."""
    shown: Sequence[SignRule]
    """All signs of the case, for the note to who gets it."""
    is_first: bool
    """The case was not to go there before."""


def put_on_path(
    transaction: Transaction, policy: Policy, wanted: Wanted, *, notify: Sequence[str], now: datetime
) -> bool:
    """False where it is on that path, or on one that comes before it: then the note alone is added, once.

    The case is locked.
    """
    case_id, rule = wanted.case_id, wanted.rule
    case = transaction.cases.get(case_id)
    if rule.path is None or case is None:
        return False
    said_at = wanted.at.isoformat()
    number = Escalating(transaction, policy, now=now, notify=notify).by_rule(
        case, facts_of(case.decision, {}), key=f"early_warning:{said_at}", path_key=rule.path, why=rule.reason
    )
    if number is None and not wanted.is_first:
        return False
    key = f"{EventKind.EARLY_WARNING_ESCALATED.value}:{case_id}:{rule.path}:{said_at}"
    note = {"text": hand_over_note(transaction, case_id, wanted.shown)}
    happened = [Event(f"noted:{key}", EventKind.NOTED, now, ActorKind.RULE, PROGRAM, case_id, facts=note)]
    if number is not None:
        facts = {"kind": rule.sign.value, "path": rule.path, "policy": policy.warnings.title}
        kind = EventKind.EARLY_WARNING_ESCALATED
        happened.append(Event(key, kind, now, ActorKind.RULE, PROGRAM, case_id, facts=facts))
    transaction.events.record(happened, now=now)
    return number is not None


def hand_over_note(transaction: Transaction, case_id: int, shown: Sequence[SignRule]) -> str:
    """What whoever gets the case reads first: why it came, and the earlier offer in our own words."""
    why = " ".join(f"{rule.why}." for rule in shown)
    answer = transaction.warnings.last_answer(case_id)
    if answer is None:
        return f"{why} Nobody has answered them yet."
    at, who, text = answer
    return f"{why} Our last answer to them, by {who} on {at:%Y-%m-%d %H:%M} UTC:\n\n{text}"
