"""Several people who report a failure within minutes: who is on the list is called at once, and once."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from flow.crisis import Wanted, declare
from flow.spikes import look_for_spikes
from flow.teamwork import By
from models import EventKind
from models.errors import SetupError
from policy.crisis_rules import FILE, CrisisRules, load_crisis_rules, read_crisis_rules
from policy.table import table_of
from store.callouts import Call
from store.outbox import Effect
from store.store import Store
from store.tables import events, outbox
from tests.inbox.factory import NOW, Said, add

RULES = load_crisis_rules()
SEVERE = EventKind.SEVERE_FAILURE.value


@pytest.fixture
def people(store: Store) -> dict[str, int]:
    with store.writing() as transaction:
        return {
            name: transaction.accounts.add(name, role, now=NOW)
            for name, role in (("Lena", "lead"), ("Ana", "admin"), ("Priti", "agent"))
        }


def report(store: Store, handle: str, at: float, **more: object) -> int:
    """`at`: minutes after NOW."""
    said = Said(f"down, says {handle}", handle=handle, native_id=f"{handle}{at}", minutes_ago=0, tags=("outage",))
    return add(store, replace(said, **more), now=NOW + timedelta(minutes=at))


def look(store: Store, at: float, rules: CrisisRules = RULES) -> int:
    return look_for_spikes(store, rules, zone=ZoneInfo("UTC"), notify=["slack"], now=NOW + timedelta(minutes=at))


def told(store: Store) -> list[dict[str, object]]:
    with store.engine.connect() as connection:
        rows = connection.execute(events.select().where(events.c.kind == SEVERE).order_by(events.c.id))
        return [row.facts for row in rows]


def calls(store: Store, user_id: int) -> list[tuple[Call, int]]:
    with store.reading() as transaction:
        return [(call.kind, call.case_id) for call in transaction.callouts.of(user_id, limit=9)]


def test_three_people_within_minutes_call_who_is_on_the_list_and_tell_those_outside_once(store: Store, people):
    first, second = report(store, "ann", 0), report(store, "bob", 6)
    assert look(store, 7) == 0
    third = report(store, "cem", 13, channel="mastodon")
    assert look(store, 14) == 1
    assert look(store, 20) == 0
    assert [(one["topic"], one["people"], one["cases"]) for one in told(store)] == [
        ("outage", 3, [first, second, third])
    ]
    assert calls(store, people["Lena"]) == calls(store, people["Ana"]) == [(Call.SEVERE, first)]
    assert calls(store, people["Priti"]) == []
    with store.engine.connect() as connection:
        [row] = connection.execute(outbox.select().where(outbox.c.effect == Effect.NOTIFY.value))
    assert row.sink == "slack"
    assert row.payload["subject"] == "3 people report at once: outage"
    assert "mastodon, x" in row.payload["body"]
    assert "down, says" not in str(row.payload)


def test_one_person_three_times_is_one_person(store: Store, people):
    for minute in (0, 1, 2):
        report(store, "ann", minute)
    assert look(store, 5) == 0


def test_three_people_over_an_hour_are_no_failure_at_once(store: Store, people):
    for handle, minute in (("ann", 0), ("bob", 20), ("cem", 40)):
        report(store, handle, minute)
        look(store, minute + 5)
    assert told(store) == []


def test_it_is_told_again_only_hours_later(store: Store, people):
    for hour in (0, 2, 5.5):
        for place, handle in enumerate(("ann", "bob", "cem")):
            report(store, f"{handle}{hour}", 60 * hour + place)
        look(store, 60 * hour + 5)
    assert [one["since"] for one in told(store)] == [(NOW + timedelta(hours=hour)).isoformat() for hour in (0, 5.5)]


def test_what_is_read_later_than_it_was_said_long_ago_calls_nobody(store: Store, people):
    for handle in ("ann", "bob", "cem"):
        report(store, handle, 0, minutes_ago=600)
    assert look(store, 1) == 0


def test_reports_made_while_nothing_looked_are_found_when_it_looks_again(store: Store, people):
    look(store, 0)
    for handle, minute in (("ann", 30), ("bob", 31), ("cem", 32)):
        report(store, handle, minute)
    assert look(store, 150) == 1


def test_while_a_crisis_of_the_topic_runs_nobody_is_called_again(store: Store, people):
    with store.writing() as transaction:
        transaction.accounts.set_password(people["Lena"], "hash")
        wish = Wanted("App down", "many write", ("outage",), (), (), "Lena", {"en": "We know."})
        declare(transaction, wish, RULES, By("Lena", NOW, "0" * 32), notify=())
    for place, handle in enumerate(("ann", "bob", "cem")):
        report(store, handle, place)
    look(store, 5)
    assert told(store) == []


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("people = 3", "people = 1", "severe.people"),
        ("again_after_hours = 4", "again_after_hours = 0", "severe.again_after_hours"),
        ('topics = ["outage"]\npeople', "people", "severe.topics"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_their_key(was: str, becomes: str, said: str):
    text = FILE.read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(SetupError, match=said):
        read_crisis_rules(table_of(text.replace(was, becomes), file="crisis.toml"))
