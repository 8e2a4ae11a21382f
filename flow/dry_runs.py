"""Edited rules tried against history: asked for by a person, carried out by a job of its own, kept for some days.

Nothing that is tried is switched on: rules come into force with their file and a new start, as ever.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flow.dry_rules import RuleQuestion, look_at_rules, present_rules
from flow.named import RefusedError
from flow.past import Judge
from flow.replay import Question, look_at
from flow.teamwork import By, record
from measure.replayed import Tally, case_change, firing_change
from models import EventKind
from models.errors import RecordError, SetupError
from policy.edited import FileKind, Rules, read_edited, with_sector
from policy.loading import Policy
from store.dry_runs import DryRun
from store.encoding import decode, encode
from store.store import Store, Transaction

FILE = "edited.toml"
CLASSIFIER = "classifier"
Find = Callable[[str], tuple[str, Judge]]
"""A version of the classifier by the name of its folder: what its verdicts call it, and it. Raises: SetupError."""
KEPT = timedelta(days=7)
LONGEST_SECONDS = 300.0
"""In one go: what else is slow waits meanwhile."""
LONGEST_TIME = timedelta(days=400)
MOST_WAITING = 5
BATCH = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be tried, and over which days."""

    since: datetime
    until: datetime
    rules: str = ""
    """An edited file; empty: none."""
    sector: str | None = None
    """Another sector's pack, by its name."""
    classifier: str | None = None
    """Another version, by the name of its folder."""


@dataclass(frozen=True, slots=True)
class Tried:
    kind: str
    """A `FileKind`; of a run without a file SECTOR or CLASSIFIER."""
    title: str
    policy: Policy
    rules: Rules | None


def ask(transaction: Transaction, policy: Policy, wish: Wish, *, by: By) -> tuple[int, bool]:
    """Its number, and whether it is new.

    Raises: RefusedError for what cannot be tried; SetupError naming the file and the key, or the sector.
    """
    since, until = wish.since, wish.until
    if until <= since or until - since > LONGEST_TIME:
        raise RefusedError(f"the last day comes before the first, or more than {LONGEST_TIME.days} days are asked for")
    if len(transaction.dry_runs.waiting()) >= MOST_WAITING:
        raise RefusedError(f"{MOST_WAITING} dry runs wait already: wait until one is finished")
    tried = _read(policy, wish.rules, wish.sector, wish.classifier)
    asked: dict[str, Any] = {
        "person": by.person,
        "kind": tried.kind,
        "title": tried.title,
        "rules": wish.rules,
        "sector": wish.sector,
        "classifier": wish.classifier,
        "since": since,
        "until": until,
        "asked_at": by.at,
        "total": transaction.past.count_between(since, until),
        "tally": encode(Tally()),
    }
    number, is_new = transaction.dry_runs.add(by.form_key, asked)
    if is_new:
        facts: dict[str, object] = {"kind": tried.kind, "version": tried.title, "from": str(since.date())}
        record(transaction, EventKind.RULES_TRIED, f"{EventKind.RULES_TRIED.value}:{number}", by, facts)
    return number, is_new


def _read(policy: Policy, rules: str, sector: str | None, classifier: str | None) -> Tried:
    """Raises: RefusedError, SetupError."""
    other = with_sector(policy, sector) if sector is not None else policy
    titles = [f"classifier {classifier}"] if classifier is not None else []
    if not rules.strip():
        if other.sector is None or sector is None:
            if classifier is None:
                raise RefusedError("there is nothing to try: choose a file, a sector or a version of the classifier")
            return Tried(CLASSIFIER, titles[0], policy, None)
        return Tried(FileKind.SECTOR, ", ".join([other.sector.title, *titles]), other, None)
    edited = read_edited(other, rules, file=FILE)
    if edited.rules is not None and (sector is not None or classifier is not None):
        raise RefusedError("approvals, paths and targets decide nothing about a case: try such a file alone")
    if edited.kind is FileKind.SECTOR and sector is not None:
        raise RefusedError("the file is a sector's pack, and a sector is chosen too: leave one of them")
    named = [other.sector.title] if sector is not None and other.sector is not None else []
    return Tried(edited.kind, ", ".join([edited.title, *named, *titles]), edited.policy, edited.rules)


def carry_out_waiting(
    store: Store, policy: Policy, find: Find, *, now: datetime, seconds: float = LONGEST_SECONDS
) -> int:
    """As much as fits into `seconds`; gives how many runs were finished or forgotten."""
    with store.reading() as transaction:
        waiting, has_old = transaction.dry_runs.waiting(), transaction.dry_runs.has_old(before=now - KEPT)
    done, began = 0, time.monotonic()
    for number in waiting:
        done += _Work(store, policy, find, now).carry_out(number, lambda: time.monotonic() - began > seconds)
    if has_old:
        with store.writing() as transaction:
            done += transaction.dry_runs.forget_old(before=now - KEPT)
    return done


class _Work:
    def __init__(self, store: Store, policy: Policy, find: Find, now: datetime) -> None:
        self._store = store
        self._policy = policy
        self._find = find
        self._now = now

    def carry_out(self, number: int, is_over: Callable[[], bool]) -> bool:
        """Whether it is finished. Where another process goes on with it, that one does."""
        version: tuple[str, Judge] | None = None
        while not is_over():
            with self._store.reading() as transaction:
                run = transaction.dry_runs.get(number)
            if run is None or run.finished_at is not None:
                return False
            try:
                if run.classifier is not None and version is None:
                    version = self._find(run.classifier)
                changes, tally, up_to, is_last = self._look_at(run, version)
            except (RecordError, SetupError) as error:
                with self._store.writing() as transaction:
                    transaction.dry_runs.fail(number, str(error), now=self._now)
                return True
            finished_at = self._now if is_last else None
            with self._store.writing() as transaction:
                kept = transaction.dry_runs.go_on(run, changes, up_to=up_to, tally=tally, finished_at=finished_at)
            if is_last or not kept:
                return kept
        return False

    def _look_at(self, run: DryRun, version: tuple[str, Judge] | None) -> tuple[list[tuple[int, Any]], Any, int, bool]:
        """(Changes by case, tally, number of the last case, whether it is the last batch)."""
        tried = _read(self._policy, run.rules, run.sector, run.classifier)
        tally, changes, up_to = decode(Tally, run.tally), list[tuple[int, Any]](), run.looked_up_to
        if tried.rules is None:
            name, judge = version or (None, None)
            question = Question(run.since, run.until, self._policy, tried.policy, name)
            found = look_at(self._store, question, judge=judge, after=run.looked_up_to, limit=BATCH)
            for one in found:
                up_to = one.case_id
                if one.outcome is None:
                    tally.leave_out(one.left_out or "unknown")
                    continue
                tally.add(one.outcome)
                if one.outcome.changed:
                    changes.append((one.case_id, encode(case_change(one.outcome))))
            return changes, encode(tally), up_to, len(found) < BATCH
        present = present_rules(self._policy, tried.rules)
        asked = RuleQuestion(run.since, run.until, self._policy, present, tried.rules)
        firings = look_at_rules(self._store, asked, after=run.looked_up_to, limit=BATCH)
        for firing in firings:
            up_to = firing.case_id
            tally.add_firing(firing)
            if firing.before != firing.after:
                changes.append((firing.case_id, encode(firing_change(firing))))
        return changes, encode(tally), up_to, len(firings) < BATCH
