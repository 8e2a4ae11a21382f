"""Severe failures are told at once: several people who report one within minutes, whatever is usual at this hour."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.crisis import called_by
from flow.late import PROGRAM
from flow.outside import Notice, tell_outside
from models import ActorKind, Event, EventKind
from policy.crisis_rules import CrisisRules
from store.callouts import Call
from store.spikes import Report
from store.store import Store, Transaction

LONGEST_PAST = timedelta(hours=6)
"""After a longer stop than this, what was reported during it is no news."""
HOUR = timedelta(hours=1)
CASES_NAMED = 10


@dataclass(frozen=True, slots=True)
class Failure:
    topic: str
    reports: Sequence[Report]
    people: int


def look(store: Store, rules: CrisisRules, *, looked_at: datetime, notify: Collection[str], now: datetime) -> int:
    """Gives how many failures were told of. `looked_at`: when this was looked at last, with everything counted."""
    severe = rules.severe
    if not severe.is_on:
        return 0
    since = max(looked_at - severe.within - rules.spikes.look_every, now - LONGEST_PAST)
    with store.reading() as transaction:
        found = [one for topic in severe.topics if (one := _failure(transaction, topic, rules, since)) is not None]
        news = [one for one in found if not _is_told(transaction, one.topic, rules, now)]
    for one in news:
        with store.writing() as transaction:
            _tell(transaction, one, rules, notify=notify, now=now)
    return len(news)


def _failure(transaction: Transaction, topic: str, rules: CrisisRules, since: datetime) -> Failure | None:
    """The last minutes in which enough different people reported it; who is not known is somebody else each time."""
    reports, first, found = transaction.spikes.reports(topic, since), 0, None
    for last, report in enumerate(reports):
        while report.said_at - reports[first].said_at > rules.severe.within:
            first += 1
        together = reports[first : last + 1]
        people = len({one.author_id or one.mention_id for one in together})
        if people >= rules.severe.people:
            found = Failure(topic, together, people)
    return found


def _is_told(transaction: Transaction, topic: str, rules: CrisisRules, now: datetime) -> bool:
    """Whether it was told of already, or a crisis runs that was declared because of it."""
    back = range(rules.severe.again_after // HOUR + 1)
    keys = [_key(topic, now - hours * HOUR) for hours in back]
    is_crisis = any(not one.topics or topic in one.topics for one in transaction.crises.running())
    return is_crisis or bool(transaction.events.recorded(keys))


def _key(topic: str, at: datetime) -> str:
    return f"{EventKind.SEVERE_FAILURE.value}:{topic}:{at:%Y-%m-%dT%H}"


def _tell(
    transaction: Transaction, failure: Failure, rules: CrisisRules, *, notify: Collection[str], now: datetime
) -> None:
    cases = list(dict.fromkeys(one.case_id for one in failure.reports))[:CASES_NAMED]
    channels = sorted({one.channel for one in failure.reports})
    key, first = _key(failure.topic, now), failure.reports[0]
    facts = {"topic": failure.topic, "people": failure.people, "since": first.said_at.isoformat(), "cases": cases}
    event = Event(key, EventKind.SEVERE_FAILURE, now, ActorKind.RULE, rules.title, first.case_id, facts=facts)
    transaction.events.record([event], now=now)
    called = [one.id for one in called_by(transaction.accounts.all(), rules)]
    transaction.callouts.add(key, called, first.case_id, Call.SEVERE, by=PROGRAM, now=now)
    minutes, named = rules.severe.within // timedelta(minutes=1), ", ".join(str(number) for number in cases)
    notice = Notice(
        number=f"earshot-{key}",
        subject=f"{failure.people} people report at once: {failure.topic}",
        body=f"Within {minutes} minutes, on {', '.join(channels)}. The first cases: {named}."
        " Open them in the inbox; their words are there. If it is one failure, declare a crisis.",
        team=EventKind.SEVERE_FAILURE.value,
        case_id=first.case_id,
        channel=first.channel,
        tags=(failure.topic,),
    )
    tell_outside(transaction, notice, notify, now=now)
