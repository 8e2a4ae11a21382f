"""Edited rules tried against history: asked for by a person, carried out by a job of its own, kept for some days.

Nothing that is tried is switched on: rules come into force with their file and a new start, as ever.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flow.dry_rules import RuleQuestion, look_at_rules, present_rules
from flow.named import RefusedError
from flow.replay import Question, look_at
from flow.teamwork import By, record
from measure.replayed import Tally, case_change, firing_change
from models import EventKind
from models.errors import EarshotError, SetupError
from policy.edited import Edited, read_edited
from policy.loading import Policy
from store.dry_runs import DryRun
from store.encoding import decode, encode
from store.store import Store, Transaction

FILE = "edited.toml"
KEPT = timedelta(days=7)
LONGEST_SECONDS = 300.0
"""In one go: what else is slow waits meanwhile."""
LONGEST_TIME = timedelta(days=400)
MOST_WAITING = 5
BATCH = 100


def ask(
    transaction: Transaction, policy: Policy, rules: str, *, since: datetime, until: datetime, by: By
) -> tuple[int, bool]:
    """Its number, and whether it is new.

    Raises: RefusedError for a time that cannot be tried; SetupError naming the file and the key.
    """
    if until <= since or until - since > LONGEST_TIME:
        raise RefusedError(f"the last day comes before the first, or more than {LONGEST_TIME.days} days are asked for")
    if len(transaction.dry_runs.waiting()) >= MOST_WAITING:
        raise RefusedError(f"{MOST_WAITING} dry runs wait already: wait until one is finished")
    edited = read_edited(policy, rules, file=FILE)
    asked: dict[str, Any] = {
        "person": by.person,
        "kind": edited.kind.value,
        "title": edited.title,
        "rules": rules,
        "since": since,
        "until": until,
        "asked_at": by.at,
        "total": transaction.past.count_between(since, until),
        "tally": encode(Tally()),
    }
    number, is_new = transaction.dry_runs.add(by.form_key, asked)
    if is_new:
        facts: dict[str, object] = {"kind": edited.kind.value, "version": edited.title, "from": str(since.date())}
        record(transaction, EventKind.RULES_TRIED, f"{EventKind.RULES_TRIED.value}:{number}", by, facts)
    return number, is_new


def carry_out_waiting(store: Store, policy: Policy, *, now: datetime, seconds: float = LONGEST_SECONDS) -> int:
    """As much as fits into `seconds`; gives how many runs were finished or forgotten."""
    with store.reading() as transaction:
        waiting, has_old = transaction.dry_runs.waiting(), transaction.dry_runs.has_old(before=now - KEPT)
    done, began = 0, time.monotonic()
    for number in waiting:
        done += _carry_out(store, policy, number, now, lambda: time.monotonic() - began > seconds)
    if has_old:
        with store.writing() as transaction:
            done += transaction.dry_runs.forget_old(before=now - KEPT)
    return done


def _carry_out(store: Store, policy: Policy, number: int, now: datetime, is_over: Callable[[], bool]) -> bool:
    """Whether it is finished. Where another process goes on with it, that one does."""
    while not is_over():
        with store.reading() as transaction:
            run = transaction.dry_runs.get(number)
        if run is None or run.finished_at is not None:
            return False
        try:
            edited = read_edited(policy, run.rules, file=FILE)
            outcome = _look_at(store, run, edited)
        except EarshotError as error:
            if not isinstance(error, SetupError):
                raise
            with store.writing() as transaction:
                transaction.dry_runs.fail(number, str(error), now=now)
            return True
        changes, tally, up_to, is_last = outcome
        with store.writing() as transaction:
            finished_at = now if is_last else None
            kept = transaction.dry_runs.go_on(run, changes, up_to=up_to, tally=tally, finished_at=finished_at)
        if is_last or not kept:
            return kept
    return False


def _look_at(store: Store, run: DryRun, edited: Edited) -> tuple[list[tuple[int, Any]], Any, int, bool]:
    """(Changes by case, tally, number of the last case, whether it is the last batch)."""
    tally, changes, up_to = decode(Tally, run.tally), list[tuple[int, Any]](), run.looked_up_to
    if edited.rules is None:
        question = Question(run.since, run.until, edited.present, edited.policy)
        found = look_at(store, question, after=run.looked_up_to, limit=BATCH)
        for one in found:
            up_to = one.case_id
            if one.outcome is None:
                tally.leave_out(one.left_out or "unknown")
                continue
            tally.add(one.outcome)
            if one.outcome.changed:
                changes.append((one.case_id, encode(case_change(one.outcome))))
        return changes, encode(tally), up_to, len(found) < BATCH
    present = present_rules(edited.present, edited.rules)
    asked = RuleQuestion(run.since, run.until, edited.present, present, edited.rules)
    firings = look_at_rules(store, asked, after=run.looked_up_to, limit=BATCH)
    for firing in firings:
        up_to = firing.case_id
        tally.add_firing(firing)
        if firing.before != firing.after:
            changes.append((firing.case_id, encode(firing_change(firing))))
    return changes, encode(tally), up_to, len(firings) < BATCH
