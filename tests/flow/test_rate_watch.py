"""A week whose share of escalated cases is out of the ordinary calls who leads, once."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flow import rate_watch
from measure.control_chart import Signal
from models import EventKind
from store.callouts import Call
from store.store import Store
from store.tables import cases, events, mentions
from tests.flow.figures_bench import rows_of

ZONE = ZoneInfo("Australia/Sydney")
FIRST = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
"""A Monday in Sydney."""
WEEKS, EACH = 12, 40
LAST = date(2026, 5, 18)
SETTLED = datetime(2026, 6, 1, 0, 0, tzinfo=ZONE)
"""The week of the 18th, and the seven days in which its cases may be escalated still."""


def fill(store: Store, hits: dict[int, int], *, usual: int = 4) -> None:
    """Week → how many of its 40 cases were serious; elsewhere `usual`."""
    chance, rows = random.Random(3), dict[str, list[dict[str, Any]]](cases=[], mentions=[], events=[])
    for week in range(WEEKS):
        for place in range(EACH):
            number, at = week * EACH + place + 1, FIRST + timedelta(weeks=week, minutes=place)
            made = rows_of(number, chance)
            decision = {"tier": 3 if place < hits.get(week, usual) else 2, "label": "enquiry"}
            made["cases"][0] |= {"received_at": at, "tier": decision["tier"], "decision": decision, "channel": "x"}
            made["mentions"][0] |= {"created_at": at, "received_at": at, "decision": decision, "channel": "x"}
            happened = [row for row in made["events"] if row["kind"] in ("received", "triaged")]
            for row in happened:
                row |= {"at": at, "recorded_at": at, "facts": decision if row["kind"] == "triaged" else {}}
            rows["cases"] += made["cases"]
            rows["mentions"] += made["mentions"]
            rows["events"] += happened
    with store.engine.execution_options(writes=True).begin() as connection:
        for table in (cases, mentions, events):
            connection.execute(table.insert(), rows[table.name])


def add_people(store: Store) -> None:
    with store.writing() as transaction:
        for name, role in (("Lena", "lead"), ("Ada", "admin"), ("Agnes", "agent")):
            transaction.accounts.add(name, role, now=FIRST)


def calls_of(store: Store, name: str) -> list[tuple[Call, int]]:
    with store.reading() as transaction:
        user = next(user for user in transaction.accounts.all() if user.name == name)
        return [(one.kind, one.case_id) for one in transaction.callouts.of(user.id, limit=9)]


def alarms(store: Store, now: datetime) -> list[tuple[str, Signal, int, int]]:
    with store.reading() as transaction:
        monday, found = rate_watch.alarms_now(transaction, zone=ZONE, now=now)
    assert monday == LAST
    return [(one.group, one.signal, one.escalated, one.cases) for one in found]


def test_a_week_with_far_more_escalated_cases_calls_the_leads_once(store: Store) -> None:
    add_people(store)
    fill(store, {WEEKS - 1: 25})

    assert rate_watch.look(store, zone=ZONE, now=SETTLED) == 3, "all cases, the one channel and the one issue"
    assert rate_watch.look(store, zone=ZONE, now=SETTLED + timedelta(days=1)) == 0

    assert alarms(store, SETTLED) == [(group, Signal.HIGH, 25, 40) for group in ("", "channel", "issue")]
    newest_escalated = (WEEKS - 1) * EACH + 25
    assert calls_of(store, "Lena") == [(Call.RATE_OFF, newest_escalated)]
    assert calls_of(store, "Ada") == calls_of(store, "Agnes") == []


def test_far_fewer_are_an_alarm_as_well(store: Store) -> None:
    """The rule that escalates may have stopped working."""
    add_people(store)
    fill(store, {WEEKS - 1: 0}, usual=20)

    rate_watch.look(store, zone=ZONE, now=SETTLED)

    assert alarms(store, SETTLED) == [(group, Signal.LOW, 0, 40) for group in ("", "channel", "issue")]
    assert calls_of(store, "Lena") == [(Call.RATE_OFF, WEEKS * EACH)]


def test_an_ordinary_week_is_noted_and_calls_nobody(store: Store) -> None:
    add_people(store)
    fill(store, {WEEKS - 1: 6})

    assert rate_watch.look(store, zone=ZONE, now=SETTLED) == 0

    assert alarms(store, SETTLED) == calls_of(store, "Lena") == []
    with store.reading() as transaction:
        event = transaction.events.of_key(f"rate_judged:{LAST.isoformat()}")
    assert event is not None
    assert (event.kind, event.facts) == (EventKind.RATE_JUDGED, {"week": "2026-05-18", "charts": 3, "alarms": []})


def test_a_week_is_judged_when_its_cases_are_settled_and_not_before() -> None:
    """Days begin at midnight in the firm's zone."""
    assert rate_watch.settled_week(ZONE, now=SETTLED) == LAST
    assert rate_watch.settled_week(ZONE, now=SETTLED - timedelta(seconds=1)) == LAST - timedelta(days=7)


def test_after_downtime_the_newest_week_alone_is_judged(store: Store) -> None:
    add_people(store)
    fill(store, {WEEKS - 2: 25})

    assert rate_watch.look(store, zone=ZONE, now=SETTLED) == 0
    assert calls_of(store, "Lena") == []
