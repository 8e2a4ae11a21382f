"""A message that kills whoever judges it; workers that are told to stop, one after the other, under load."""

import time
from pathlib import Path

import pytest

from store.store import Store
from tests.faults.crew import Crew, Place, counts, wait_for
from tests.faults.test_under_load import at_rest, by_ticket, lines, take_in, verify_register
from tests.faults.world import Effects

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
def place(tmp_path: Path, database: str, redis) -> Place:
    """Whoever waits for a lease here waits too long."""
    return Place(tmp_path, database, redis.url, lease_seconds=600.0)


def test_a_message_that_kills_its_worker_is_set_aside_alone_until_a_person_decides(crew: Crew, place: Place) -> None:
    poison = lines(40, 1)[0].replace(b"says number", b"kill me, says number")
    take_in(place, [*lines(0, 40), poison, *lines(41, 23)])
    seconds = wait_for(lambda: counts(place)["messages"]["quarantined"] == 1 and at_rest(place, 64), crew)
    print(f"one message of 64 kills its worker: set aside, and all others done, after {seconds:.1f} s")  # noqa: T201
    found = counts(place)
    assert found["messages"] == {"received": 0, "classified": 0, "triaged": 63, "quarantined": 1}
    store = Store(place.database)
    with store.reading() as transaction:
        [(_, channel, fault)] = transaction.mentions.parked()
    store.close()
    assert (channel, fault) == ("x", "its worker died 4 times at received")

    (place.folder / "healed").touch()
    flow = place.flow()
    assert flow.retry() == (1, 0)
    flow.store.close()
    wait_for(lambda: counts(place)["messages"]["triaged"] == 64 and at_rest(place, 64), crew)
    by_ticket(place.folder)


def test_a_rolling_restart_under_load_loses_nothing_and_waits_for_no_lease(crew: Crew, place: Place) -> None:
    total = 0
    for part, by in (("judge1", "judge3"), ("hands1", "hands2"), ("ears1", "ears2"), ("judge2", "judge4")):
        take_in(place, lines(total, 32))
        total += 32
        crew.replace(part, by)
    seconds = wait_for(lambda: at_rest(place, total), crew)
    print(f"four workers replaced while {total} messages came in: at rest {seconds:.1f} s after")  # noqa: T201
    assert crew.releases == 0
    assert counts(place)["messages"]["triaged"] == total
    by_ticket(place.folder)
    verify_register(place)


def test_whoever_is_told_to_stop_finishes_one_effect_and_gives_back_the_others(crew: Crew, place: Place) -> None:
    (place.folder / "slow").write_text("0.5")
    take_in(place, lines(0, 96))
    effects = Effects(place.folder)
    wait_for(lambda: len(effects.all()) > 0, crew)
    began = time.monotonic()
    crew.replace("hands1", "hands2")
    seconds = time.monotonic() - began
    (place.folder / "slow").unlink()
    wait_for(lambda: at_rest(place, 96), crew)
    print(f"hands with sixteen slow effects stopped after {seconds:.1f} s; none waited for its lease")  # noqa: T201
    assert seconds < 60, "it did not stop between two of sixteen effects"
    assert counts(place)["tickets"]["sent"] > 16
    by_ticket(place.folder)
