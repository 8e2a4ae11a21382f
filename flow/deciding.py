"""What all messages of a case together make of it: after a correction, a merge or a split."""

from datetime import datetime

from flow.complaint_clocks import dues_of
from flow.complaint_writing import decided
from flow.early_warning import warned
from flow.vips import valued
from models import Decision
from policy.loading import Policy
from register.life import fold
from store.cases import StoredCase
from store.store import Transaction
from triage.by_hand import with_by_hand
from triage.combine import combine_all
from triage.score import with_clocks_of, with_lateness_of


def decide_anew(transaction: Transaction, policy: Policy, case: StoredCase, *, now: datetime) -> Decision:
    """The case is what all its messages together now make it; one without any stays as it was."""
    standing = decision_of_all(transaction, policy, case)
    transaction.cases.decide(case.id, standing, now=now)
    return standing


def decision_of_all(transaction: Transaction, policy: Policy, case: StoredCase) -> Decision:
    """The same, without writing it."""
    decisions = [item.decision for item in transaction.mentions.of_case(case.id)]
    together = combine_all(decision for decision in decisions if decision is not None)
    return as_lived(transaction, policy, case, together or case.decision)


def as_lived(transaction: Transaction, policy: Policy, case: StoredCase, standing: Decision) -> Decision:
    """What people made of the complaint since, no message undoes: its type, its clocks, the safe-contact path.

    What warned early of the case, and what its author is worth to the firm, stay in its score, and what a person set
    of it stays set. So does the place that the clocks of a complaint gave it: they are looked at in `flow.clockwork`.
    """
    if case.mention_count:
        standing = warned(transaction, policy, case.id, standing)
    standing = valued(transaction, policy, case.author_key, standing)
    standing = with_by_hand(standing, case.by_hand, policy.house)
    if case.complaint_id is None or not standing.is_complaint:
        return with_lateness_of(standing, case.decision)
    standing = with_clocks_of(standing, case.decision)
    life = fold(transaction.register.of_complaint(case.complaint_id))
    return decided(standing, life, dues_of(life, policy))
