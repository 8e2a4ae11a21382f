"""Faults that need no second process: a clock that is moved, a network that loses and repeats answers, a
back-fill in front of what is urgent, a lease that is renewed."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import update

from connectors.desk_in_memory import DeskFault, DeskInMemory
from flow import leases
from flow.leases import holding
from models import AuthorHistory, Mention, MentionState, Receipt, StandingPage, TicketStatus, Verdict
from models.errors import LostLeaseError, RetryableError
from models.identity import mention_id
from store.outbox import SETTLES, OutboxRow, OutboxState
from store.queue import HAND_LANES, JUDGE_LANES, Lane
from store.store import Store
from store.tables import mentions
from tests.flow.bench import Bench, message
from tests.flow.keyword_classifier import KeywordClassifier


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def said(number: int, text: str = "I was charged twice", **more: Any) -> dict[str, Any]:
    return message(f"{text} {number}", id=str(number), **({"author": {"id": f"u{number}"}} | more))


def tickets(bench: Bench) -> Counter[str]:
    return Counter(held.ticket.external_id for held in bench.desk.tickets)


# a clock that is moved


@pytest.mark.parametrize("moved", [timedelta(hours=9), timedelta(hours=-9)], ids=["forth", "back"])
def test_work_goes_on_when_the_clock_is_moved(bench: Bench, moved: timedelta) -> None:
    """While messages and an effect are held by workers that died."""
    bench.read(*(said(number) for number in range(4)))
    bench.drain()
    bench.read(*(said(number) for number in range(4, 8)))
    bench.queues.empty()
    ids = [mention_id("x", "acme", str(number)) for number in range(4, 8)]
    row = bench.answer(1, to="0")
    with bench.store.writing() as transaction:
        transaction.mentions.claim(ids, was=MentionState.RECEIVED, worker="dead", now=bench.time, lease_seconds=60)
        assert transaction.outbox.claim(row, worker="dead", now=bench.time, lease_seconds=60) is not None
    bench.time += moved
    for _ in range(4):
        bench.time += timedelta(seconds=20)
        bench.flow.sweep()
        bench.drain()
    assert bench.counts()["messages"]["triaged"] == 8
    assert bench.counts()["outbox"]["sent"] == bench.counts()["tickets"]["sent"] + 1
    assert set(tickets(bench).values()) == {1}


# the network between us and the desk


class UnreliableDesk(DeskInMemory):
    """Answers are lost after the effect, connections before it; changes are told twice, and the newest first."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = random.Random(seed)
        self.is_well = False

    def create_ticket(self, ticket: Any) -> Any:
        self._maybe()
        return super().create_ticket(ticket)

    def add_comment(self, comment: Any) -> Any:
        self._maybe()
        return super().add_comment(comment)

    def find_ticket(self, external_id: str) -> Any:
        if not self.is_well and self.rng.random() < 0.3:
            self.fail_next_lookups(DeskFault.BEFORE)
        return super().find_ticket(external_id)

    def standings(self, cursor: str | None) -> StandingPage:
        page = super().standings(cursor)
        again = [*page.standings, *page.standings]
        return StandingPage(sorted(again, key=lambda each: each.changed_at, reverse=True), page.cursor)

    def _maybe(self) -> None:
        faults = [DeskFault.AFTER_COMMIT, DeskFault.LOST, DeskFault.BEFORE]
        if not self.is_well and self.rng.random() < 0.6:
            self.fail_next_effects(self.rng.choice(faults))


@pytest.mark.parametrize("seed", range(4))
def test_answers_that_are_lost_late_or_doubled_double_no_ticket_and_no_note(store: Store, seed: int) -> None:
    desk = UnreliableDesk(seed)
    bench = Bench(store, desk)
    bench.flow.ask_the_desk()
    for number in range(12):
        bench.read(said(number, conversation_id=str(number // 3)))
        bench.drain()
        bench.time += timedelta(minutes=16)
        bench.flow.sweep()
        bench.drain()
    desk.is_well = True
    bench.recover()
    notes = Counter((held.comment.external_id, held.comment.key) for held in desk.comments)
    assert set(tickets(bench).values()) == set(notes.values()) == {1}
    assert len(desk.tickets) + len(desk.comments) == 12
    for held in desk.tickets:
        desk.set_status(held.ticket.external_id, TicketStatus.OPEN)
        desk.set_status(held.ticket.external_id, TicketStatus.SOLVED)
    bench.time += timedelta(minutes=1)
    bench.flow.ask_the_desk()
    assert bench.flow.ask_the_desk() == 0


# lanes


def test_what_is_urgent_overtakes_a_back_fill_of_thousands(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    old = (bench.time - timedelta(days=300)).isoformat()
    back_fill = [said(number, created_at=old) for number in range(2_000)]
    bench.read(*back_fill)  # as the first look at a channel with a long past
    for _ in range(4):
        work_on(bench, JUDGE_LANES)
    assert bench.queues.lengths()["backlog"] > 0
    bench.read(said(9_000, author={"id": "star", "followers": 2_000_000}))
    judged = [work_on(bench, JUDGE_LANES) for _ in range(2)]
    assert judged == ["classify_mentions", "triage_mentions"]
    assert bench.queues.lengths()["bulk"] > 12
    before = len(bench.desk.tickets)
    work_on(bench, HAND_LANES)
    assert [held.ticket.external_id for held in bench.desk.tickets[before:]] == [ticket_of(bench, "9000")]


def test_what_is_urgent_is_found_behind_a_back_fill_when_the_queue_was_lost(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.SWEEP_BATCHES", 2)
    bench = Bench(sqlite_store)
    old = (bench.time - timedelta(days=300)).isoformat()
    bench.read(*(said(number, created_at=old) for number in range(300)))
    bench.read(said(9_000))
    bench.queues.empty()
    bench.flow.sweep()
    assert [work_on(bench, JUDGE_LANES) for _ in range(2)] == ["classify_mentions", "triage_mentions"]
    work_on(bench, HAND_LANES)
    assert list(tickets(bench)) == [ticket_of(bench, "9000")]


def test_a_back_fill_fills_the_queue_only_so_far(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.queue_in_memory.MOST_JOBS", 3)
    bench = Bench(sqlite_store)
    old = (bench.time - timedelta(days=300)).isoformat()
    for start in range(0, 100, 10):
        bench.read(*(said(number, "thank you", created_at=old) for number in range(start, start + 10)))
    assert bench.queues.lengths()["bulk"] == 4
    bench.recover()
    assert bench.counts()["messages"]["triaged"] == 100


def work_on(bench: Bench, lanes: Sequence[Lane]) -> str | None:
    """One job of these lanes, as one worker would take it."""
    job = bench.queues.take(lanes)
    if job is None:
        return None
    getattr(bench.flow, job[0])(*job[1])
    return job[0]


def ticket_of(bench: Bench, native_id: str) -> str:
    with bench.store.reading() as transaction:
        [item] = transaction.mentions.get([mention_id("x", "acme", native_id)])
        [row, *_] = transaction.outbox.of_case(item.case_id or 0)
    return row.key


# leases


def test_a_long_batch_keeps_its_lease_while_its_process_lives(bench: Bench) -> None:
    """The judge takes so long that its lease would end twice; the heart beats meanwhile."""
    bench.settings = bench.settings.model_copy(update={"lease_seconds": 0.3})
    bench.read(said(1))
    bench.queues.empty()
    ids = [mention_id("x", "acme", "1")]
    renewed = Event()

    class SlowClassifier(KeywordClassifier):
        def judge(self, waiting: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
            assert until_renewed(bench, renewed)
            bench.time += timedelta(seconds=0.2)
            assert until_renewed(bench, renewed)
            bench.time += timedelta(seconds=0.2)
            assert other.classify_mentions(ids) == 0, "somebody else could take it"
            return super().judge(waiting, histories)

    bench.classifier = SlowClassifier()
    flow, other = bench.new_flow(), bench.new_flow()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leases.Lease, "renew", noted(leases.Lease.renew, renewed))
        assert flow.classify_mentions(ids) == 1


def noted(renew: Any, renewed: Event) -> Any:
    def noting(lease: leases.Lease) -> None:
        renew(lease)
        renewed.set()

    return noting


def until_renewed(bench: Bench, renewed: Event) -> bool:
    renewed.clear()
    return renewed.wait(30)


def test_a_lease_that_nobody_renews_ends(bench: Bench) -> None:
    bench.read(said(1))
    ids = [mention_id("x", "acme", "1")]
    with bench.store.writing() as transaction:
        transaction.mentions.claim(ids, was=MentionState.RECEIVED, worker="dead:1", now=bench.time, lease_seconds=60)
    assert bench.flow.classify_mentions(ids) == 0
    bench.time += timedelta(seconds=61)
    assert bench.flow.classify_mentions(ids) == 1


def test_a_job_that_fails_gives_back_what_it_held_at_once(bench: Bench) -> None:
    bench.read(said(1))
    ids = [mention_id("x", "acme", "1")]

    def claim_and_fail(error: Exception) -> None:
        with holding(bench.store, seconds=60, now=lambda: bench.time) as lease:
            with bench.store.writing() as transaction:
                assert lease.claim(transaction, ids, MentionState.RECEIVED) == ids
            raise error

    for _ in range(9):  # the database's fault, not the message's
        with pytest.raises(RetryableError):
            claim_and_fail(RetryableError("the disk is full"))
    for _ in range(2):
        with pytest.raises(KeyError):
            claim_and_fail(KeyError("a mistake of ours"))
    with bench.store.reading() as transaction:
        connection = transaction._connection
        [(attempts,)] = connection.execute(mentions.select().with_only_columns(mentions.c.attempts))
    assert attempts == 2
    assert bench.flow.classify_mentions(ids) == 1


@dataclass
class Taken:
    """An effect that one worker holds, and that was then taken from it."""

    row: OutboxRow


@pytest.fixture
def taken(bench: Bench) -> Taken:
    bench.read(said(1))
    bench.drain()
    number = bench.answer(1, to="1")
    with bench.store.writing() as transaction:
        row = transaction.outbox.claim(number, worker="frozen:1", now=bench.time, lease_seconds=60)
    assert row is not None
    bench.time += timedelta(seconds=61)
    assert bench.flow.deliver(number) == "not due", "what was on its way has time to arrive"
    bench.time += SETTLES
    return Taken(row)


def test_a_late_receipt_changes_nothing(bench: Bench, taken: Taken) -> None:
    with pytest.raises(LostLeaseError), bench.store.writing() as transaction:
        transaction.outbox.sent(taken.row, Receipt("late"), now=bench.time)
    assert bench.flow.deliver(taken.row.id) == "sent"
    with bench.store.reading() as transaction:
        found = transaction.outbox.get(taken.row.id)
    assert (found.reference, found.attempts) == ("x-1", 2)


def test_a_late_failure_changes_nothing(bench: Bench, taken: Taken) -> None:
    assert bench.flow.deliver(taken.row.id) == "sent"
    with pytest.raises(LostLeaseError), bench.store.writing() as transaction:
        transaction.outbox.put_back(taken.row, OutboxState.FAILED, error="late", next_at=bench.time, now=bench.time)


def test_a_late_fault_sets_no_message_aside_that_another_has_judged(bench: Bench) -> None:
    bench.read(said(1))
    ids = [mention_id("x", "acme", "1")]
    with bench.store.writing() as transaction:
        transaction.mentions.claim(ids, was=MentionState.RECEIVED, worker="frozen:1", now=bench.time, lease_seconds=60)
    bench.time += timedelta(seconds=61)
    bench.recover()
    with bench.store.writing() as transaction:
        transaction.mentions.park(ids[0], fault="it could not be judged", worker="frozen:1")
    assert bench.counts()["messages"]["triaged"] == 1


def test_leases_of_one_worker_are_released_and_no_others(bench: Bench) -> None:
    bench.read(said(1), said(2), said(3))
    ids = [mention_id("x", "acme", str(number)) for number in (1, 2, 3)]
    with bench.store.writing() as transaction:
        for mention, worker in zip(ids, ("judge1-host-7:a", "judge1-host-77:b", "judge1_host-7:c"), strict=True):
            transaction.mentions.claim(
                [mention], was=MentionState.RECEIVED, worker=worker, now=bench.time, lease_seconds=60
            )
        transaction.mentions.release("judge1-host-7")
        held = update(mentions).where(mentions.c.leased_by.is_not(None)).values(attempts=1).returning(mentions.c.id)
        assert sorted(transaction._connection.scalars(held)) == sorted(ids[1:])
