"""`earshot spikes …`; how spikes are found is in `tests/flow/test_crisis.py` and `tests/measure/test_spikes.py`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from store.crises_tables import topic_hours
from tests.cli.conftest import Earshot
from tests.flow.bench import Bench


@pytest.fixture
def counted(bench: Bench) -> Bench:
    """Eleven weeks of a quiet topic, with one hour in which fifty people wrote."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(weeks=11)
    rows = [
        {
            "hour": first + timedelta(hours=number),
            "topic": "outage",
            "channel": "x",
            "people": 50 if number == 1_600 else number % 2,
            "weight": 1.0,
        }
        for number in range(11 * 168)
    ]
    with bench.store.engine.begin() as connection:
        connection.execute(topic_hours.insert(), rows)
    with bench.store.writing() as transaction:
        numbers = {"people": 50, "usual": 0.5, "profile": [0.5] * 168}
        spike = {"topic": "outage", "channel": "x", "found_at": datetime.now(UTC), "began_at": datetime.now(UTC)}
        transaction.spikes.open_spike(spike | {"numbers": numbers, "examples": []})
    return bench


def test_spikes_are_listed(earshot: Earshot, counted: Bench) -> None:
    listed = earshot("spikes", "list")
    assert listed.code == 0, listed.err
    assert "outage" in listed.out
    assert "goes on" in listed.out
    [one] = json.loads(earshot("spikes", "list", "--json").out)
    assert (one["topic"], one["numbers"]["people"]) == ("outage", 50)


def test_the_firms_own_past_is_gone_through_again(earshot: Earshot, counted: Bench) -> None:
    told = earshot("spikes", "history")
    assert told.code == 0, told.err
    assert "50 people in 1 h" in told.out
    assert "1 alarms in 21 days" in told.out
    assert "6 false ones a year are allowed" in told.out


def test_without_a_past_it_is_said_that_there_is_none(earshot: Earshot, bench: Bench) -> None:
    assert "Nothing to go through yet" in earshot("spikes", "history").out


def test_the_alarm_is_measured_on_made_up_years(earshot: Earshot) -> None:
    told = json.loads(earshot("spikes", "measure", "--years", "1", "--series", "2", "--json").out)
    assert told["days"] == pytest.approx(365, abs=1)
    assert told["false_alarms"] < 30
