"""What the clock looks at beside the clocks of cases: those put off, a week's sample, deletions that still wait."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flow import review, systemic_look
from flow.platform_deletion import is_any_to_settle, redact_deleted
from flow.snoozing import wake_due
from policy.retention import Retention
from store.store import Store

PUSHES_KNOWN = timedelta(days=30)
"""So long a delivery that comes again is known; platforms give up after days."""


def look_around(store: Store, zone: ZoneInfo, retention: Retention, *, now: datetime) -> int:
    """Gives how many things were drawn, said or taken out; each looks first whether there is anything to do."""
    return (
        wake_due(store, now=now)
        + review.draw(store, zone=zone, now=now)
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
