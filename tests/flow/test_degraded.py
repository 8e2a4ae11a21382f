"""One part is gone: the rest goes on, it is said what waits and since when, and all is caught up once and no more."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from connectors.desk_in_memory import DeskInMemory
from flow.degraded import Part, Trouble, troubles
from models import Receipt, Ticket
from models.errors import RetryableError, SetupError
from register.verify import verify
from store.store import Store
from tests.flow.bench import NOW, Bench, mention
from tests.flow.keyword_classifier import KeywordClassifier
from workers import Flow


class DeskThatIsDown(DeskInMemory):
    is_down = True

    def create_ticket(self, ticket: Ticket) -> Receipt:
        if self.is_down:
            raise RetryableError("the desk does not answer")
        return super().create_ticket(ticket)


def said(bench: Bench) -> list[Trouble]:
    with bench.store.reading() as transaction:
        return troubles(transaction, now=bench.time)


def complain(bench: Bench, *numbers: int) -> None:
    """Each by somebody else, a minute before now."""
    bench.source.mentions += [
        mention(
            f"I was charged twice, please refund number {number}",
            id=str(number),
            author={"id": f"u{number}", "handle": f"h{number}"},
            created_at=(bench.time - timedelta(minutes=1)).isoformat(),
        )
        for number in numbers
    ]
    bench.flow.pull("x")


def registered(bench: Bench) -> int:
    with bench.store.reading() as transaction:
        entries, head = list(transaction.register.entries()), transaction.register.head()
    assert verify(entries, head=head).fault is None
    return sum(entry.kind == "opened" for entry in entries)


def test_a_desk_that_is_down_for_a_day_leaves_no_complaint_unregistered_and_gets_each_ticket_once(store: Store) -> None:
    desk = DeskThatIsDown()
    bench = Bench(store, desk)
    for hour in range(24):
        complain(bench, hour)
        bench.drain()
        bench.time += timedelta(hours=1)
        bench.flow.sweep()
        bench.drain()
        assert registered(bench) == hour + 1
    assert not desk.tickets
    down = said(bench)
    assert [(one.part, one.name, one.waits) for one in down] == [(Part.SINK, desk.name, 24)]
    assert down[0].since == NOW
    desk.is_down = False
    for _ in range(3):
        bench.time += timedelta(hours=1)
        bench.flow.retry()
        bench.drain()
        bench.recover()
    assert len(desk.tickets) == 24
    assert len({one.ticket.external_id for one in desk.tickets}) == 24
    assert said(bench) == []


def test_redis_that_is_gone_and_comes_back_empty_costs_nothing_but_time(store: Store) -> None:
    bench = Bench(store)
    bench.queues.is_down = True
    complain(bench, 1, 2)
    assert bench.counts()["messages"]["received"] == 2
    bench.time += timedelta(minutes=20)
    assert [one.part for one in said(bench)] == [Part.MESSAGES]
    bench.queues.is_down = False
    bench.queues.empty()
    bench.flow.sweep()
    bench.drain()
    assert registered(bench) == 2
    assert len(bench.desk.tickets) == 2
    assert said(bench) == []


class Weights:
    """What loads a classifier, and what may be wrong with it."""

    def __init__(self) -> None:
        self.fault: Exception | None = SetupError("classify/weights/manifest.toml: sha256 of model.bin is another one")

    def load(self, _: object) -> KeywordClassifier:
        if self.fault is not None:
            raise self.fault
        return KeywordClassifier()


def without_classifier(bench: Bench, weights: Weights) -> Flow:
    """As a process that was just started."""
    return Flow(
        bench.settings,
        store=bench.store,
        queues=bench.queues,
        load=weights.load,
        desk=bench.desk,
        channel=lambda _: bench.channel,
        source=lambda _: bench.source,
        now=lambda: bench.time,
    )


@pytest.mark.parametrize("fault", [SetupError("the folder is not there"), OSError("disk"), MemoryError()])
def test_a_classifier_that_does_not_load_keeps_every_message_for_when_it_does(store: Store, fault: Exception) -> None:
    bench, weights = Bench(store), Weights()
    weights.fault = fault
    bench.flow = without_classifier(bench, weights)
    complain(bench, 1, 2)
    began = bench.time
    for _ in range(12):
        bench.drain()
        bench.time += timedelta(minutes=16)
        bench.flow.sweep()
    counts = bench.counts()["messages"]
    assert (counts["received"], counts["quarantined"]) == (2, 0)
    found = said(bench)
    assert [(one.part, one.waits) for one in found] == [(Part.CLASSIFIER, 2)]
    assert found[0].since == began
    weights.fault = None
    bench.flow = without_classifier(bench, weights)
    bench.flow.sweep()
    bench.drain()
    assert registered(bench) == 2
    assert said(bench) == []
    with store.reading() as transaction:
        received = [case.complaint_received_at for number in (1, 2) if (case := transaction.cases.get(number))]
    assert received == [NOW - timedelta(minutes=1)] * 2


def test_without_network_each_channel_that_is_not_heard_is_said_with_since_when(store: Store) -> None:
    bench = Bench(store)
    complain(bench, 1)
    bench.drain()
    heard = bench.time
    bench.time += timedelta(hours=3)
    bench.source.fault = RetryableError("no route to host")
    with_fault: Sequence[Trouble] = ()
    try:
        bench.flow.pull("x")
    except RetryableError:
        pass
    with_fault = said(bench)
    assert [(one.part, one.name, one.since) for one in with_fault] == [(Part.SOURCE, "x", heard)]
    assert registered(bench) == 1
    complain(bench, 2)
    bench.drain()
    assert registered(bench) == 2
    assert said(bench) == []
