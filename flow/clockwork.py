"""The clocks are looked at: what is due soon and what was missed is said once, and moves up in the queue."""

from datetime import datetime

from flow.late import CallsOfTheLate, Late
from flow.places import place
from models import ActorKind, Event, EventKind
from models.clock import DUE_SOON
from policy.loading import Policy
from store.callouts import Call
from store.cases import StoredClock
from store.store import Store, Transaction

MOST_AT_ONCE = 1000
CALLS = {EventKind.CLOCK_MISSED: Call.CLOCK_MISSED, EventKind.CLOCK_DUE_SOON: Call.CLOCK_DUE_SOON}


def tell_of_all_clocks(store: Store, policy: Policy, *, now: datetime) -> int:
    """Gives how many were said; as many at once as one transaction may hold."""
    total = 0
    while True:
        with store.writing() as transaction:
            said = tell_of_clocks(transaction, policy, now=now)
        total += said
        if not said:
            return total


def tell_of_clocks(transaction: Transaction, policy: Policy, *, now: datetime) -> int:
    """Gives how many were said: as many as `MOST_AT_ONCE` of a kind means that there may be more."""
    missed = transaction.cases.overdue(now=now, limit=MOST_AT_ONCE)
    soon = transaction.cases.due_soon(now=now, until=now + DUE_SOON, limit=MOST_AT_ONCE)
    place(transaction, policy.house.weights, {clock.case_id for clock in (*missed, *soon)}, now=now)
    transaction.cases.mark_missed(missed, now=now)
    transaction.cases.mark_warned(soon, now=now)
    events = [_event(EventKind.CLOCK_MISSED, clock, clock.due_at) for clock in missed]
    events += [_event(EventKind.CLOCK_DUE_SOON, clock, now) for clock in soon]
    transaction.events.record(events, now=now)
    cases = {case.id: case for case in transaction.targets.cases({event.case_id for event in events if event.case_id})}
    late = [Late(event.key, cases[event.case_id], CALLS[event.kind]) for event in events if event.case_id in cases]
    CallsOfTheLate(transaction, now=now).add(late)
    return len(events)


def _event(kind: EventKind, clock: StoredClock, at: datetime) -> Event:
    """A clock was missed when it ran out, however late that is noticed."""
    facts = {"clock": clock.key, "due_at": clock.due_at.isoformat(), "force": clock.force}
    key = f"{kind.value}:{clock.case_id}:{clock.key}:{clock.due_at.isoformat()}"
    return Event(key, kind, at, ActorKind.RULE, "earshot", clock.case_id, facts=facts)
