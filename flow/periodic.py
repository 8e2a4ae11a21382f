"""What the clock looks at beside the clocks of cases: those put off, a week's sample, deletions that still wait."""

from datetime import datetime, timedelta

from flow import dry_runs, early_warning, escalation_steps, follow_up, promises, review, systemic_look, weekly_report
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
    """Gives how many things were drawn, said or taken out; each looks first whether there is anything to do.

    What people wait for comes first: what reads the words of weeks, once a day, may take minutes.
    """
    zone = policy.zone
    return (
        wake_due(store, now=now)
        + promises.look(store, working_time_of(policy), now=now)
        + early_warning.look_at_waiting(store, policy, now=now, notify=sorted(settings.notify))
        + escalation_steps.look(store, policy, now=now, notify=sorted(settings.notify))
        + follow_up.ask_due(store, policy, settings, now=now)
        + look_for_spikes(store, load_crisis_rules(), zone=zone, calendar=calendar_of(policy), now=now)
        + review.draw(store, zone=zone, now=now)
        + weekly_report.send_due(store, policy, settings, now=now)
        + dry_runs.carry_out_waiting(store, policy, now=now)
        + systemic_look.look(store, zone=zone, now=now)
        + _redact(store, retention, now=now)
        + _forget_pushes(store, now=now)
    )


def _forget_pushes(store: Store, *, now: datetime) -> int:
    before = now - PUSHES_KNOWN
    with store.reading() as transaction:
        if not transaction.pushes.has_old(before=before):
            return 0
    with store.writing() as transaction:
        return transaction.pushes.forget_old(before=before)


def _redact(store: Store, retention: Retention, *, now: datetime) -> int:
    with store.reading() as transaction:
        if not is_any_to_settle(transaction):
            return 0
    with store.writing() as transaction:
        return redact_deleted(transaction, retention, now=now)
