"""When more comes in than can be worked on, noise waits behind what may be urgent, and nothing is lost."""

import pytest

from models import MentionState
from models.identity import mention_id
from store.queue import Lane
from store.store import Store
from tests.flow.bench import Bench, message

PAGES = 12
URGENT = "You charged me twice and I was charged twice again"


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def crowd(bench: Bench) -> None:
    """Pages of noise, and in the last one, beside noise, somebody who was charged twice."""
    for page in range(PAGES):
        talk = [
            message(f"nice weather {page} {place}", id=f"{page}-{place}", conversation_id=f"{page}-{place}")
            for place in range(3)
        ]
        urgent = [message(URGENT, id="urgent", conversation_id="urgent", author={"id": "u9"})] if page == 0 else []
        bench.read(*talk, *urgent)


def states(bench: Bench) -> dict[str, int]:
    return bench.counts()["messages"]


def test_an_urgent_message_is_triaged_before_the_noise_that_came_with_it(bench: Bench) -> None:
    crowd(bench)
    while not states(bench)["triaged"]:
        name, arguments = bench.queues.take()
        getattr(bench.flow, name)(*arguments)
    assert states(bench)["triaged"] == bench.counts()["cases"]["tier_3"] == 1
    bench.drain()
    assert states(bench)["triaged"] == 3 * PAGES + 1


def test_while_little_waits_everything_is_triaged_as_soon_as_it_is_judged(bench: Bench) -> None:
    bench.read(message("nice weather", id="1"), message(URGENT, id="2", author={"id": "u9"}))
    while not states(bench)["triaged"]:
        name, arguments = bench.queues.take()
        getattr(bench.flow, name)(*arguments)
    assert states(bench)["triaged"] == 2


def test_what_waits_is_found_in_its_lane_though_redis_lost_everything(bench: Bench) -> None:
    crowd(bench)
    name, arguments = bench.queues.take()
    getattr(bench.flow, name)(*arguments)
    key = mention_id("x", "acme", "0-0")
    with bench.store.reading() as transaction:
        [noise] = transaction.mentions.get([key])
    assert (noise.state, noise.lane) == (MentionState.CLASSIFIED, Lane.BULK.value)
    bench.queues.empty()
    bench.recover()
    assert states(bench)["triaged"] == 3 * PAGES + 1
    assert len(bench.desk.tickets) == 1


def test_noise_that_finds_its_lane_full_is_left_to_sweep_and_what_is_urgent_is_not(bench: Bench) -> None:
    crowd(bench)
    bench.queues.is_crowded = lambda lane, beyond=0: True
    bench.drain()
    assert bench.counts()["cases"]["tier_3"] == 1
    assert states(bench)["classified"] > 0
    del bench.queues.is_crowded
    bench.recover()
    assert states(bench)["triaged"] == 3 * PAGES + 1
