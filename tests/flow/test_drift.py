"""The drift alarm on both databases: looked at by the clock, said once per change."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from flow import drift
from ingest.normalise import words_digest
from measure.drift import Level, worst
from models import Label, Verdict
from store.mentions import NewMention
from store.store import Store
from tests.flow.bench import NOW, Bench, mention
from tests.triage.build import verdict as make_verdict

VERSION = "firm-1"
DAYS = 7
EACH = 600


def judge(store: Store, count: int, *, complaints: float, unsure: float = 0.1, at: datetime, seed: int) -> None:
    """Verdicts of the live version, as if given at that time."""
    chance = random.Random(seed)
    new = [mention("hello", id=f"{seed}-{number}", author=None) for number in range(count)]
    with store.writing() as transaction:
        transaction.mentions.add([NewMention(one, one.id, words_digest(one.text)) for one in new], lane="judge", now=at)
        transaction.verdicts.add({one.id: _verdict(chance, complaints, unsure) for one in new}, now=at)


def _verdict(chance: random.Random, complaints: float, unsure: float) -> Verdict:
    score = chance.betavariate(8, 1) if chance.random() < complaints else chance.betavariate(1, 8)
    decision = "unsure" if chance.random() < unsure else Label.OTHER.value
    return make_verdict(complaint_score=score, decision=decision, classifier=VERSION)


def look(store: Store, now: datetime) -> int:
    return drift.look(store, VERSION, days=DAYS, now=now)


def events(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return list(connection.scalars(text("SELECT key FROM events WHERE kind = 'classifier_drifted' ORDER BY id")))


def level(store: Store) -> str:
    with store.reading() as transaction:
        found = transaction.drift.last_look(VERSION)
    return found.level if found is not None else "never looked"


def test_before_twice_the_days_have_passed_there_is_nothing_to_compare(store: Store) -> None:
    assert look(store, NOW) == 0
    judge(store, EACH, complaints=0.1, at=NOW, seed=1)
    judge(store, EACH, complaints=0.9, at=NOW + timedelta(days=8), seed=2)
    later = NOW + timedelta(days=13)
    assert look(store, later) == 0
    assert level(store) == Level.UNKNOWN
    with store.reading() as transaction:
        assert drift.known_from(transaction, VERSION, days=DAYS) == NOW + timedelta(days=14)
        assert drift.known_from(transaction, "another", days=DAYS) is None


def test_an_alarm_is_said_once_and_its_end_once(store: Store) -> None:
    judge(store, EACH, complaints=0.1, at=NOW, seed=1)
    judge(store, EACH, complaints=0.6, at=NOW + timedelta(days=20), seed=2)
    now = NOW + timedelta(days=21)
    assert [look(store, now + timedelta(hours=hour)) for hour in (0, 1, 2)] == [1, 0, 0]
    assert level(store) == Level.ALARM
    judge(store, EACH, complaints=0.1, at=NOW + timedelta(days=40), seed=3)
    now = NOW + timedelta(days=41)
    assert [look(store, now + timedelta(hours=hour)) for hour in (0, 1)] == [1, 0]
    assert level(store) == Level.STEADY
    assert len(events(store)) == 2


def test_it_is_looked_at_once_an_hour_at_most(store: Store) -> None:
    judge(store, EACH, complaints=0.1, at=NOW, seed=1)
    now = NOW + timedelta(days=21)
    look(store, now)
    judge(store, EACH, complaints=0.6, at=NOW + timedelta(days=20), seed=2)
    assert look(store, now + timedelta(minutes=59)) == 0
    assert look(store, now + timedelta(minutes=60)) == 1


def test_each_language_and_channel_is_compared_and_others_do_not_count(store: Store) -> None:
    judge(store, EACH, complaints=0.1, unsure=0.05, at=NOW, seed=1)
    judge(store, EACH, complaints=0.1, unsure=0.4, at=NOW + timedelta(days=20), seed=2)
    judge(store, EACH, complaints=0.9, at=NOW + timedelta(days=10), seed=3)
    with store.reading() as transaction:
        groups = drift.compared(transaction, VERSION, days=DAYS, now=NOW + timedelta(days=21))
    assert [one.name for one in groups] == ["all on all", "en on x"]
    assert worst(groups) is Level.ALARM
    assert {one.unsure_now.total for one in groups} == {EACH}
    assert all("left to people" in one.why[-1] and "was" in one.why[-1] for one in groups)


@pytest.mark.parametrize("score", [0.0, 0.019, 0.5, 0.999, 1.0])
def test_every_score_is_counted_in_its_step(store: Store, score: float) -> None:
    one = mention("hello", id="1")
    with store.writing() as transaction:
        transaction.mentions.add([NewMention(one, one.id, words_digest(one.text))], lane="judge", now=NOW)
        transaction.verdicts.add({one.id: make_verdict(complaint_score=score, classifier=VERSION)}, now=NOW)
        [found] = transaction.drift.scores(VERSION, since=NOW, until=NOW + timedelta(seconds=1))
        assert transaction.drift.scores(VERSION, since=NOW - timedelta(days=1), until=NOW) == []
    assert found.steps.index(1) == min(int(score * 50), 49)


def test_the_clock_looks_at_the_live_version(store: Store) -> None:
    bench = Bench(store)
    bench.flow.tick()
    with store.reading() as transaction:
        look_at = transaction.drift.last_look(bench.flow.versions.live_version(transaction.classifiers.standing()))
    assert look_at is not None and look_at.looked_at == bench.time
