"""A desk that is away for days: nothing waits for a person who would have to notice, and nothing is made twice."""

from collections import Counter
from datetime import timedelta

import pytest

from flow.delivery import PATIENCE
from models.errors import AccessError, RetryableError
from store.outbox import OutboxState
from store.store import Store
from tests.flow.bench import Bench, message
from tests.simulation.desk import DeskWithOutages


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store, DeskWithOutages())


def live_for(bench: Bench, time: timedelta) -> None:
    ends = bench.time + time
    while bench.time < ends:
        bench.time += timedelta(minutes=16)
        bench.flow.sweep()
        bench.drain()


def complain(bench: Bench) -> None:
    bench.read(message("I was charged twice", id="1"), message("I was charged twice, refund", id="2"))
    bench.drain()


@pytest.mark.parametrize("fault", [RetryableError("the desk does not answer"), AccessError("the token has expired")])
def test_a_desk_that_was_away_for_two_days_gets_its_tickets_by_itself(bench: Bench, fault: Exception) -> None:
    bench.desk.outage = fault
    complain(bench)
    live_for(bench, timedelta(days=2))
    assert (bench.counts()["complaints"], bench.desk.tickets) == (2, []), "the register does not wait for the desk"
    bench.desk.outage = None
    live_for(bench, timedelta(hours=1))
    assert Counter(held.ticket.external_id for held in bench.desk.tickets).most_common(1)[0][1] == 1
    assert bench.counts()["tickets"]["sent"] == len(bench.desk.tickets) == 2


def test_after_a_week_a_person_is_asked(bench: Bench) -> None:
    bench.desk.outage = RetryableError("the desk does not answer")
    complain(bench)
    live_for(bench, PATIENCE + timedelta(hours=1))
    with bench.store.reading() as transaction:
        assert len(transaction.outbox.in_state(OutboxState.FAILED, limit=10)) == 2
