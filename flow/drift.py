"""Once an hour: has what the live version sees or says moved away from its first days?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from measure.drift import GroupDrift, Level, drift, worst
from models import ActorKind, Event, EventKind
from store.drift import DriftLook
from store.encoding import encode
from store.store import Store, Transaction

LOOK_EVERY = timedelta(hours=1)


def look(store: Store, classifier: str, *, days: int, now: datetime) -> int:
    """Compare, where that was not done lately, and note it; gives the number of events.

    The comparison reads many rows, so it is made before the transaction that writes begins.
    """
    with store.reading() as transaction:
        last = transaction.drift.last_look(classifier)
        if last is not None and now - last.looked_at < LOOK_EVERY:
            return 0
        groups = compared(transaction, classifier, days=days, now=now)
    with store.writing() as transaction:
        return _note(transaction, classifier, groups, now=now)


def known_from(transaction: Transaction, classifier: str, *, days: int) -> datetime | None:
    """When there is something to compare: the first days and as many after them. None before the first verdict."""
    began = transaction.drift.first_judged_at(classifier)
    return began + timedelta(days=2 * days) if began is not None else None


def compared(transaction: Transaction, classifier: str, *, days: int, now: datetime) -> list[GroupDrift]:
    """The last days beside the first ones of this version; nothing while the two would overlap."""
    began = transaction.drift.first_judged_at(classifier)
    span = timedelta(days=days)
    if began is None or now < began + 2 * span:
        return []
    before = transaction.drift.scores(classifier, since=began, until=began + span)
    return drift(before, transaction.drift.scores(classifier, since=now - span, until=now))


def _note(transaction: Transaction, classifier: str, groups: Sequence[GroupDrift], *, now: datetime) -> int:
    """Keep what was found; an event where the alarm goes on, changes or goes off. Gives the number of events."""
    last = transaction.drift.last_look(classifier)
    alarms = [one.name for one in groups if one.level is Level.ALARM]
    before = _alarms(last)
    report = {"alarms": alarms, "groups": [encode(one) for one in groups]}
    transaction.drift.note(classifier, level=worst(groups).value, report=report, now=now)
    if set(alarms) == set(before):
        return 0
    why = [f"{one.name}: {', '.join(one.why)}" for one in groups if one.level is Level.ALARM]
    facts = {"alarm": why or ["none any more"], "before": before or ["none"], "classifier": classifier}
    key = f"drift:{classifier}:{now.isoformat()}"
    transaction.events.record(
        [Event(key, EventKind.CLASSIFIER_DRIFTED, now, ActorKind.RULE, "earshot", facts=facts)], now=now
    )
    return 1


def _alarms(look: DriftLook | None) -> list[str]:
    return [str(name) for name in look.report.get("alarms", [])] if look is not None else []
