"""Tickets follow their cases, and cases show what the desk did with their tickets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors import registry
from connectors.desk_in_memory import DeskInMemory
from flow.ticket_state import change_state
from models import CaseState, EventKind, Priority, TicketStatus
from models.errors import RetryableError
from settings import Settings
from store.outbox import Effect, OutboxState
from store.store import Store
from tests.flow.bench import Bench, message


@pytest.fixture
def bench(store: Store) -> Bench:
    bench = Bench(store)
    bench.read(message("I was charged twice", id="1", conversation_id="t"))
    bench.drain()
    bench.flow.ask_the_desk()
    return bench


def standing(bench: Bench) -> object:
    with bench.store.reading() as transaction:
        [row] = [row for row in transaction.outbox.of_case(1) if row.effect is Effect.CREATE_TICKET]
        assert row.reference is not None
        found = transaction.standings.of_references([(row.sink, row.reference)])
    return next(iter(found.values()), None)


def changes(bench: Bench) -> list[dict[str, object]]:
    with bench.store.reading() as transaction:
        events = transaction.events.of_case(1)
    return [dict(event.facts) for event in events if event.kind is EventKind.TICKET_CHANGED]


def test_what_the_desk_does_with_a_ticket_shows_on_its_case_once(bench: Bench) -> None:
    bench.desk.set_status(bench.desk.tickets[0].ticket.external_id, TicketStatus.OPEN, assignee="Noor")
    assert bench.flow.ask_the_desk() == 1
    assert bench.flow.ask_the_desk() == 0
    found = standing(bench)
    assert found is not None
    assert (found.status, found.assignee) == (TicketStatus.OPEN, "Noor")  # type: ignore[attr-defined]
    assert [change["status"] for change in changes(bench)] == ["open"]


def test_an_older_word_of_the_desk_undoes_nothing(bench: Bench) -> None:
    external_id = bench.desk.tickets[0].ticket.external_id
    bench.desk.set_status(external_id, TicketStatus.SOLVED)
    bench.flow.ask_the_desk()
    late = replace(bench.desk.changes[-1], status=TicketStatus.OPEN)
    bench.desk.changes.append(replace(late, changed_at=late.changed_at - timedelta(hours=1)))
    assert bench.flow.ask_the_desk() == 0
    assert standing(bench).status is TicketStatus.SOLVED  # type: ignore[attr-defined]


def test_a_ticket_that_is_none_of_ours_is_passed_over(bench: Bench) -> None:
    bench.desk.set_status(bench.desk.tickets[0].ticket.external_id, TicketStatus.OPEN)
    bench.desk.changes.append(replace(bench.desk.changes[-1], reference="999", external_id="somebody else's"))
    assert bench.flow.ask_the_desk() == 1


def test_a_desk_that_does_not_answer_is_asked_again(bench: Bench) -> None:
    def down(cursor: str | None) -> object:
        raise RetryableError("in_memory: no connection", retry_after_seconds=60)

    whole = bench.desk.standings
    bench.desk.standings = down  # type: ignore[method-assign, assignment]
    assert bench.flow.ask_the_desk() == 0
    bench.desk.standings = whole  # type: ignore[method-assign]
    bench.desk.set_status(bench.desk.tickets[0].ticket.external_id, TicketStatus.OPEN)
    assert bench.flow.ask_the_desk() == 0
    bench.time += timedelta(seconds=61)
    assert bench.flow.ask_the_desk() == 1


def test_a_case_that_grows_worse_raises_its_ticket(bench: Bench) -> None:
    before = bench.desk.tickets[0].ticket
    bench.read(
        message(
            "still no refund, I was charged twice, my lawyer and AFCA will hear of it",
            id="2",
            conversation_id="t",
            in_reply_to="1",
        )
    )
    bench.drain()
    after = bench.desk.tickets[0].ticket
    assert (after.priority, after.tags) != (before.priority, before.tags)
    assert len(bench.desk.tickets) == 1


def test_a_case_that_is_closed_solves_its_ticket_and_opening_it_opens_the_ticket(bench: Bench) -> None:
    for state, wanted in ((CaseState.CLOSED, TicketStatus.SOLVED), (CaseState.OPEN, TicketStatus.OPEN)):
        with bench.store.writing() as transaction:
            case = transaction.cases.get(1)
            assert case is not None
            change_state(transaction, case, state, now=bench.time)
        bench.flow.sweep()
        bench.drain()
        assert bench.desk.changes[-1].status is wanted


def test_who_is_told_beside_the_desk_is_told_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    told = DeskInMemory()
    monkeypatch.setattr(registry, "desk_named", lambda name, settings, store: told)
    bench = Bench(store, settings=Settings(notify=frozenset({"slack"})))
    for number in range(2):
        bench.read(message("I was charged twice", id=str(number), conversation_id="t"))
        bench.drain()
    assert len(told.tickets) == 1
    assert told.tickets[0].ticket.priority in set(Priority)
    assert len(bench.desk.tickets) == 1
    with bench.store.reading() as transaction:
        rows = [row for row in transaction.outbox.of_case(1) if row.effect is Effect.NOTIFY]
    assert [(row.sink, row.state) for row in rows] == [("slack", OutboxState.SENT)]
