"""Once a week: was the share of escalated cases out of the ordinary? Then who leads is called, to a case of that week.

What is watched is what the page of the figures draws, and nothing more: each further chart brings false alarms of its
own. After downtime the newest week alone is judged; the chart shows the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flow.figures import Choice, bounds, drawn, escalation_chart, name_of
from flow.late import PROGRAM, leads_of
from measure.control_chart import ALARMS, Charted, Signal
from measure.handling_facts import ESCALATED_WITHIN
from measure.periods import week_of
from models import ActorKind, Event, EventKind
from store.callouts import Call
from store.encoding import decode, encode
from store.handling import Begun
from store.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class RateAlarm:
    """One chart, in the newest week that is settled."""

    group: str
    name: str
    signal: Signal
    escalated: int
    cases: int
    low: float
    high: float


def settled_week(zone: ZoneInfo, *, now: datetime) -> date:
    """Monday of the newest week whose cases count as escalated or not for good."""
    week = week_of(now.astimezone(zone).date())
    while bounds(week, zone)[1] + ESCALATED_WITHIN > now:
        week = week.before()
    return week.start


def look(store: Store, *, zone: ZoneInfo, now: datetime) -> int:
    """Judge that week, where nobody did; gives the number of alarms. Reading takes seconds, so it is done before."""
    monday = settled_week(zone, now=now)
    week = week_of(monday)
    with store.reading() as transaction:
        if transaction.events.of_key(_key(monday)) is not None:
            return 0
        charts = drawn(escalation_chart(transaction, Choice(week), zone, now=now))
        found = [_alarm(place, weeks[-1]) for place, weeks in charts if weeks and weeks[-1].signal in ALARMS]
        since, until = bounds(week, zone)
        begun = transaction.handling.begun(since) if found else []
    of_week = [one for one in begun if since <= one.first_at < until]
    with store.writing() as transaction:
        if transaction.events.of_key(_key(monday)) is not None:
            return 0
        _note(transaction, monday, len(charts), found, now=now)
        called = [user.id for user in leads_of(transaction.accounts.all())]
        for case_id in dict.fromkeys(_example(alarm, of_week) for alarm in found):
            key = f"{_key(monday)}:{case_id}"
            transaction.callouts.add(key, called, case_id, Call.RATE_OFF, by=PROGRAM, now=now)
    return len(found)


def alarms_now(transaction: Transaction, *, zone: ZoneInfo, now: datetime) -> tuple[date, list[RateAlarm]]:
    """The week that was judged last, and its alarms; none too where nobody looked yet."""
    monday = settled_week(zone, now=now)
    event = transaction.events.of_key(_key(monday))
    return monday, decode(list[RateAlarm], event.facts["alarms"]) if event is not None else []


def _key(monday: date) -> str:
    return f"{EventKind.RATE_JUDGED.value}:{monday.isoformat()}"


def _alarm(place: tuple[str, str], charted: Charted) -> RateAlarm:
    week = charted.week
    low, high = charted.low or 0.0, charted.high or 0.0
    return RateAlarm(*place, charted.signal, week.hits, week.total, round(low, 4), round(high, 4))


def _note(transaction: Transaction, monday: date, charts: int, found: Sequence[RateAlarm], *, now: datetime) -> None:
    facts = {"week": monday.isoformat(), "charts": charts, "alarms": [encode(one) for one in found]}
    event = Event(_key(monday), EventKind.RATE_JUDGED, now, ActorKind.RULE, "earshot", facts=facts)
    transaction.events.record([event], now=now)


def _example(alarm: RateAlarm, begun: Sequence[Begun]) -> int:
    """The newest case that is like what the alarm is about: escalated where too many were, left alone otherwise."""
    of_chart = [one for one in begun if not alarm.group or name_of(one, alarm.group) == alarm.name]
    wanted = [one for one in of_chart if (one.flagged_at is not None) == (alarm.signal is Signal.HIGH)] or of_chart
    return max(wanted, key=lambda one: (one.first_at, one.id)).id
