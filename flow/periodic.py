"""What the clock looks at beside the clocks of cases: those put off, steps of paths, deletions that still wait.

`look_around` is a part of every `tick`, and costs what is due. `look_back` reads the words and figures of days and
weeks, which may take minutes: it is a job of its own, in a lane of its own.
"""

from datetime import datetime, timedelta

from connectors.crm import crm_of
from flow import (
    crisis,
    dry_runs,
    early_warning,
    erasure,
    escalation_steps,
    follow_up,
    promises,
    rate_watch,
    review,
    routing,
    systemic_look,
    vips,
    weekly_report,
)
from flow.crm import ask_for_values
from flow.platform_deletion import is_any_to_settle, redact_deleted
from flow.snoozing import wake_due
from flow.spikes import look_for_spikes
from policy.crisis_rules import load_crisis_rules
from policy.loading import Policy
from policy.retention import Retention
from settings import Settings
from store.store import Store
from triage.calendar import calendar_of
from triage.working_time import working_time_of

PUSHES_KNOWN = timedelta(days=30)
"""So long a delivery that comes again is known; platforms give up after days."""


def look_around(store: Store, policy: Policy, settings: Settings, retention: Retention, *, now: datetime) -> int:
    """Gives how many things were said, sent or taken out; each looks first whether there is anything to do."""
    zone = policy.zone
    return (
        wake_due(store, now=now)
        + promises.look(store, working_time_of(policy), now=now)
        + early_warning.look_at_waiting(store, policy, now=now, notify=sorted(settings.notify))
        + escalation_steps.look(store, policy, now=now, notify=sorted(settings.notify))
        + follow_up.ask_due(store, policy, settings, now=now)
        + crisis.call_waiting(store, load_crisis_rules(), notify=settings.notify, now=now)
        + look_for_spikes(
            store, load_crisis_rules(), zone=zone, calendar=calendar_of(policy), notify=settings.notify, now=now
        )
        + vips.end_due(store, policy, now=now)
        + routing.give_waiting(store, policy, now=now)
        + _redact(store, retention, now=now)
        + erasure.go_on(store, retention, now=now)
        + _forget_pushes(store, now=now)
        + _forget_tries(store, now=now)
    )


def look_back(store: Store, policy: Policy, settings: Settings, find: dry_runs.Find, *, now: datetime) -> int:
    """Gives how many things were drawn, sent, tried or found; each is done once in its time, and looks first whether
    that was done. What dies on the way has written nothing, and is begun anew by the next who looks.

    Args:
        find: versions of the classifier.
    """
    return (
        dry_runs.carry_out_waiting(store, policy, find, now=now)
        + ask_for_values(store, policy, crm_of(settings), now=now)
        + weekly_report.send_due(store, policy, settings, now=now)
        + review.draw(store, zone=policy.zone, now=now)
        + vips.forget_ended(store, now=now)
        + systemic_look.look(store, zone=policy.zone, now=now)
        + rate_watch.look(store, zone=policy.zone, now=now)
    )


def _forget_pushes(store: Store, *, now: datetime) -> int:
    before = now - PUSHES_KNOWN
    with store.reading() as transaction:
        if not transaction.pushes.has_old(before=before):
            return 0
    with store.writing() as transaction:
        return transaction.pushes.forget_old(before=before)


def _forget_tries(store: Store, *, now: datetime) -> int:
    """By whom a wrong password was tried is known for minutes, also where nobody tries another."""
    with store.reading() as transaction:
        if not transaction.wrong_tries.has_old(now=now):
            return 0
    with store.writing() as transaction:
        return transaction.wrong_tries.forget_old(now=now)


def _redact(store: Store, retention: Retention, *, now: datetime) -> int:
    with store.reading() as transaction:
        if not is_any_to_settle(transaction):
            return 0
    with store.writing() as transaction:
        return redact_deleted(transaction, retention, now=now)
