"""Where a case stands in the queue by time alone: by the next clock of the law, and by what the house is late with."""

from collections.abc import Collection, Iterable
from datetime import datetime

from policy.house import Weights
from store.store import Transaction
from store.targets import StoredTarget
from triage.score import with_clocks

SOON, MISSED = 0.5, 1.0
"""Shares of the points for time: a target that is due soon, and one that was missed and is not met yet."""


def place(transaction: Transaction, weights: Weights, case_ids: Collection[int], *, now: datetime) -> None:
    """The cases are locked before anything that is read of them, as everywhere."""
    if not case_ids:
        return
    cases = transaction.cases.several(case_ids, are_locked=True)
    late = lateness(transaction.targets.of(case_ids))
    found = {}
    for case in cases:
        decision = with_clocks(case.decision, case.next_due_at, weights, lateness=late.get(case.id, 0.0), now=now)
        if decision != case.decision:
            found[case.id] = decision
    transaction.cases.place(found)


def lateness(targets: Iterable[StoredTarget]) -> dict[int, float]:
    """Case → share, of those that the house is late with or soon will be."""
    found: dict[int, float] = {}
    for target in targets:
        if target.met_at is None and (target.warned_at is not None or target.missed_at is not None):
            share = SOON if target.missed_at is None else MISSED
            found[target.case_id] = max(share, found.get(target.case_id, 0.0))
    return found
