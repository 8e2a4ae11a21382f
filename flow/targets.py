"""The firm's own targets are kept up to date: at the end of every transaction that moved a case, as a part of it.

They stand beside the clocks of the regulator. Nothing here writes to those, or to the register.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from flow.places import lateness, place
from flow.teamwork import By, record
from models import CaseState, EventKind, Tier
from policy.loading import Policy
from policy.targets import TargetKey, Where
from store.store import Store, Transaction
from store.targets import CaseNow, Noted, StoredTarget
from triage.targets import Facts, Moment, Target, Targeting, What, facts_of, targeting_of, work_out

LIVE = (CaseState.OPEN, CaseState.ANSWERED, CaseState.CLOSED)
CHUNK = 500
BEAT = timedelta(seconds=1)
"""A target is missed after its instant, not at it."""
_TOLD = {EventKind.ACKNOWLEDGED, EventKind.CUSTOMER_TOLD}


def follow(store: Store, policy: Callable[[], Policy]) -> None:
    """From now on this store keeps targets up to date. `policy` is asked for when it is needed first."""
    targeting = cache(lambda: targeting_of(policy()))

    def keep_moved(transaction: Transaction, moved: Mapping[int, datetime]) -> None:
        keep(transaction, targeting(), moved, now=max(moved.values()))

    store.follow(keep_moved)


def keep(transaction: Transaction, targeting: Targeting, case_ids: Collection[int], *, now: datetime) -> int:
    """Work the targets of these cases out; gives how many changed."""
    ids, changed = sorted(case_ids), 0
    for start in range(0, len(ids), CHUNK):
        changed += _keep(transaction, targeting, ids[start : start + CHUNK], now=now)
    return changed


def _keep(transaction: Transaction, targeting: Targeting, ids: Sequence[int], *, now: datetime) -> int:
    cases = transaction.targets.cases(ids, is_locked=True)
    known: defaultdict[int, list[StoredTarget]] = defaultdict(list)
    for stored in transaction.targets.of(ids):
        known[stored.case_id].append(stored)
    facts = facts_of_cases(transaction, cases)
    changed: list[StoredTarget] = []
    gone: list[tuple[int, str]] = []
    moved: set[int] = set()
    for case in cases:
        wanted = _wanted(case, facts.get(case.id), known[case.id], targeting, now=now)
        if lateness(known[case.id]) != lateness(wanted):
            moved.add(case.id)
        before = {stored.key: stored for stored in known[case.id]}
        changed += [target for target in wanted if before.get(target.key) != target]
        gone += [(case.id, key) for key in sorted(set(before) - {target.key for target in wanted})]
    transaction.targets.keep(changed)
    transaction.targets.drop(gone)
    place(transaction, targeting.weights, moved, now=now)
    return len(changed) + len(gone)


def now_of(transaction: Transaction, targeting: Targeting, case_id: int, *, now: datetime) -> list[StoredTarget]:
    """As they are at this instant, without writing them."""
    cases, known = transaction.targets.cases([case_id]), transaction.targets.of([case_id])
    facts = facts_of_cases(transaction, cases)
    return [target for case in cases for target in _wanted(case, facts.get(case.id), known, targeting, now=now)]


def _wanted(
    case: CaseNow, facts: Facts | None, known: Sequence[StoredTarget], targeting: Targeting, *, now: datetime
) -> list[StoredTarget]:
    if facts is None:
        return []
    found = work_out(facts, targeting, earlier=[_as_target(stored) for stored in known], now=now)
    before = {stored.key: stored for stored in known}
    return [_stored(case.id, target, before.get(target.key)) for target in found]


def facts_of_cases(transaction: Transaction, cases: Sequence[CaseNow]) -> dict[int, Facts]:
    """Noise and cases that were merged away have none."""
    wanted = [case for case in cases if case.tier is not Tier.NOISE and case.state in LIVE]
    ids = [case.id for case in wanted]
    moments: defaultdict[int, list[Moment]] = defaultdict(list)
    for noted in transaction.targets.noted(ids):
        moments[noted.case_id].append(Moment(noted.at, _what(noted)))
    for answer in transaction.targets.answers(ids):
        moments[answer.case_id].append(Moment(answer.at, What.ANSWERED if answer.is_by_person else What.UPDATED))
    return {
        case.id: facts_of(
            moments[case.id],
            priority=case.priority,
            channel=case.channel,
            where=where_of(case),
            received_at=case.received_at,
            state=case.state,
        )
        for case in wanted
    }


def where_of(case: CaseNow) -> Where:
    return Where.PRIVATE if case.is_private else Where.PUBLIC


def _what(noted: Noted) -> What:
    if noted.kind in _TOLD:
        return What.ANSWERED if noted.is_by_person else What.UPDATED
    return What.CLOSED if noted.kind is EventKind.CLOSED else What.OPENED


def _as_target(stored: StoredTarget) -> Target:
    return Target(
        TargetKey(stored.key),
        stored.priority,
        stored.started_at,
        stored.due_at,
        stored.warn_at,
        stored.met_at,
        stored.policy,
        stored.steps,
    )


def _stored(case_id: int, target: Target, before: StoredTarget | None) -> StoredTarget:
    """What was said of it stands as long as its instant does."""
    new = StoredTarget(
        case_id,
        target.key.value,
        target.priority,
        target.started_at,
        target.due_at,
        target.warn_at,
        target.met_at,
        target.policy,
        target.steps,
    )
    if before is not None and (before.started_at, before.due_at) == (new.started_at, new.due_at):
        names = ("warned_at", "acted_at", "missed_at")
        new = replace(new, **{name: getattr(before, name) for name in names})
        if before.look_at is not None and new.met_at is None and new.acted_at is not None:
            return replace(new, look_at=before.look_at)
    return replace(new, look_at=look_next(new))


def look_next(target: StoredTarget) -> datetime | None:
    """When something is to be said of it next."""
    if target.met_at is not None or target.missed_at is not None:
        return None
    return target.due_at + BEAT if target.warned_at is not None else target.warn_at


def told_elsewhere(transaction: Transaction, case_id: int, words: str, by: By) -> None:
    """A person says that the customer was answered or told how things stand by another way."""
    facts = {"words": words} if words else {}
    record(transaction, EventKind.CUSTOMER_TOLD, f"customer_told:{case_id}:{by.form_key}", by, facts, case_id=case_id)
