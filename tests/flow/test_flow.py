"""From a message to a case, a register entry and a ticket: what is promised, on both databases."""

import inspect
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import workers
from connectors.desk_in_memory import DeskFault
from connectors.local.channel import LocalChannel
from flow.bulk import Act, Wish, start
from learning.deciding import put_into_shadow
from models import CaseState, EventKind, MentionState, Page
from models.errors import AccessError, RetryableError
from models.identity import author_key, mention_id
from register.rows import rows
from register.verify import verify
from store.outbox import OutboxState
from store.store import Store
from tests.flow.bench import NOW, Bench, mention, message
from tests.learning.versions import make_version


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def test_a_complaint_becomes_a_case_a_register_entry_and_one_ticket(bench: Bench) -> None:
    bench.read(message("I was charged twice, give me a refund", id="1"))
    bench.drain()
    counts = bench.counts()
    assert counts["messages"]["triaged"] == 1
    assert counts["cases"]["tier_3"] == 1
    assert counts["register"] == {"opened": 1}
    assert counts["tickets"]["sent"] == 1
    assert len(bench.desk.tickets) == 1
    with bench.store.reading() as transaction:
        events = {event.kind for event in transaction.events.of_case(1)}
    assert {
        EventKind.RECEIVED,
        EventKind.JUDGED,
        EventKind.TRIAGED,
        EventKind.REGISTERED,
        EventKind.TICKET_PUSHED,
    } <= events


def test_noise_is_kept_as_a_case_of_tier_0_and_is_not_registered(bench: Bench) -> None:
    bench.read(message("free crypto for all", id="1"), message("nice weather", id="2"))
    bench.drain()
    counts = bench.counts()
    assert counts["messages"]["triaged"] == 2
    assert counts["cases"]["tier_0"] == 2
    assert counts["register_entries"] == 0
    assert not bench.desk.tickets


def test_reading_the_same_file_again_changes_nothing(bench: Bench) -> None:
    messages = [message("refund now, third time I ask", id="1"), message("how do i log in?", id="2")]
    assert bench.read(*messages) == 2
    bench.drain()
    before = bench.counts()
    assert bench.read(*messages) == 0
    assert bench.drain() == 0
    assert bench.counts() == before


def test_every_job_run_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    make_version(tmp_path, "firm-1")
    bench = Bench(store, home=tmp_path)
    put_into_shadow(store, bench.flow.versions, "firm-1", person="agnes", now=bench.time)
    bench.source.mentions = [
        mention("I was charged twice", id="1", conversation_id="t"),
        mention("thank you", id="2"),
        mention("still no refund", id="3", conversation_id="t", in_reply_to="1"),
    ]
    done: list[tuple[str, tuple[Any, ...]]] = []

    def twice(name: str, *arguments: Any) -> None:
        done.append((name, arguments))
        for _ in range(2):
            getattr(bench.flow, name)(*arguments)

    twice("pull", "x")
    while (job := bench.queues.take()) is not None:
        twice(job[0], *job[1])
    with bench.store.reading() as transaction:
        [row, *_] = transaction.outbox.in_state(OutboxState.SENT)
    twice("deliver", row.id)
    bench.receiver.push(Page([mention("nice weather", id="9")], ""))
    twice("receive", "x")
    twice("recheck_messages")
    twice("ask_the_desk")
    twice("probe_credentials")
    bench.drain()
    twice("bulk", mark_done(bench, [1, 2]))
    bench.time += timedelta(days=31)
    twice("tick")
    twice("look_back")
    twice("sweep")
    bench.recover()
    once, happened = bench.counts(), everything_that_happened(bench)
    for name, arguments in done:
        getattr(bench.flow, name)(*arguments)
    bench.drain()
    jobs = {name for name, call in vars(workers).items() if inspect.isfunction(call) and call.__module__ == "workers"}
    assert {name for name, _ in done} == {name for name in jobs if not name.startswith("_")} - {"engine"}
    assert bench.counts() == once
    assert everything_that_happened(bench) == happened
    assert (len(bench.desk.tickets), len(bench.desk.comments)) == (1, 1)


def mark_done(bench: Bench, case_ids: list[int]) -> int:
    wish = Wish(Act.DONE, None, case_ids, seen_at=bench.time)
    with bench.store.writing() as transaction:
        return start(transaction, wish, form_key="f" * 32, person="agnes", chosen="two", now=bench.time)[0]


def everything_that_happened(bench: Bench) -> list[str]:
    with bench.store.reading() as transaction:
        return [event.key for case_id in (1, 2) for event in transaction.events.of_case(case_id)]


def test_a_source_is_read_to_its_end_and_its_cursor_kept_with_what_was_read(bench: Bench) -> None:
    bench.source.mentions = [mention(f"refund {number} please", id=str(number)) for number in range(5)]
    assert bench.flow.pull("x") == 5
    assert bench.flow.pull("x") == 0
    with bench.store.reading() as transaction:
        connection = transaction.connections.get("x")
    assert (connection.cursor, connection.last_error) == ("5", None)
    bench.source.mentions.append(mention("refund 6 please", id="6"))
    assert bench.new_flow().pull("x") == 1


def test_a_source_that_fails_is_noted_and_tried_again_and_refused_access_pauses_it(bench: Bench) -> None:
    bench.source.mentions = [mention("refund please", id="1")]
    bench.source.fault = RetryableError("x: 503, asked to wait")
    assert bench.flow.pull("x") == 0
    with bench.store.reading() as transaction:
        assert transaction.connections.get("x").last_error == "x: 503, asked to wait"
    bench.source.fault = AccessError("x: 401; renew the token")
    assert bench.flow.pull("x") == 0
    pulls = bench.source.pulls
    assert bench.flow.pull("x") == 0
    assert bench.source.pulls == pulls
    bench.time += timedelta(minutes=11)
    assert bench.flow.pull("x") == 1
    with bench.store.reading() as transaction:
        connection = transaction.connections.get("x")
    assert (connection.last_error, connection.paused_until) == (None, None)


def test_emptying_the_queues_at_any_moment_loses_nothing(bench: Bench) -> None:
    messages = [message(f"refund {number} please", id=str(number), author={"id": f"u{number}"}) for number in range(5)]
    bench.read(*messages)
    for _ in range(6):
        bench.queues.empty()
        bench.time += timedelta(minutes=16)
        bench.flow.sweep()
        job = bench.queues.take()
        if job is not None:
            getattr(bench.flow, job[0])(*job[1])
    bench.recover()
    counts = bench.counts()
    assert counts["messages"]["triaged"] == 5
    assert counts["register"] == {"opened": 5}
    assert counts["tickets"]["sent"] == len(bench.desk.tickets)


def test_without_redis_messages_are_stored_and_found_later(bench: Bench) -> None:
    bench.queues.is_down = True
    assert bench.read(message("refund please, charged twice", id="1")) == 1
    assert bench.counts()["messages"]["received"] == 1
    bench.queues.is_down = False
    bench.recover()
    assert bench.counts()["tickets"]["sent"] == 1


def test_replies_join_the_case_of_their_conversation_and_are_noted_on_its_ticket(bench: Bench) -> None:
    bench.read(message("charged twice", id="1", conversation_id="t"))
    bench.drain()
    bench.time += timedelta(hours=1)
    bench.read(message("anybody there? third time", id="2", in_reply_to="1"))
    bench.drain()
    assert bench.counts()["cases_total"] == 1
    assert bench.counts()["register"] == {"opened": 1}
    assert [held.comment.key for held in bench.desk.comments] == [f"note-{mention_id('x', 'acme', '2')}"]


def test_the_same_words_by_the_same_author_are_one_complaint(bench: Bench) -> None:
    words = "I was charged twice and nobody answers"
    bench.read(message(words, id="1"), message(words + "!!", id="2"), message(words, id="3", author={"id": "other"}))
    bench.drain()
    counts = bench.counts()
    assert counts["duplicates"] == 1
    assert counts["cases_total"] == 2
    assert counts["register"] == {"opened": 2}


def test_a_message_that_spoils_its_batch_is_set_aside_alone(bench: Bench) -> None:
    bench.read(message("charged twice", id="1"), message("poison", id="2"), message("thank you", id="3"))
    bench.drain()
    counts = bench.counts()
    assert counts["messages"] == {"received": 0, "classified": 0, "triaged": 2, "quarantined": 1}
    assert counts["quarantine"] == 1


def test_a_message_whose_workers_always_die_is_set_aside_in_the_end(bench: Bench) -> None:
    bench.read(message("charged twice", id="1"))
    ids = [mention_id("x", "acme", "1")]
    for _ in range(5):
        with bench.store.writing() as transaction:
            transaction.mentions.claim(ids, was=MentionState.RECEIVED, worker="dead", now=bench.time, lease_seconds=60)
        bench.time += timedelta(minutes=2)
    bench.recover()
    assert bench.counts()["messages"]["quarantined"] == 1


def test_two_workers_never_hold_the_same_message(bench: Bench) -> None:
    bench.read(message("charged twice", id="1"))
    ids = [mention_id("x", "acme", "1")]
    with bench.store.writing() as transaction:
        held = transaction.mentions.claim(ids, was=MentionState.RECEIVED, worker="a", now=NOW, lease_seconds=60)
        again = transaction.mentions.claim(ids, was=MentionState.RECEIVED, worker="b", now=NOW, lease_seconds=60)
    assert (held, again) == ([(ids[0], 1)], [])
    assert bench.flow.classify_mentions(ids) == 0
    bench.flow.release("a")
    assert bench.flow.classify_mentions(ids) == 1


def test_a_ticket_whose_answer_was_lost_is_found_and_not_made_twice(bench: Bench) -> None:
    bench.desk.fail_next_effects(DeskFault.AFTER_COMMIT)
    bench.read(message("charged twice", id="1"))
    bench.drain()
    assert bench.counts()["tickets"]["unknown"] == 1
    bench.recover()
    assert bench.counts()["tickets"]["sent"] == 1
    assert len(bench.desk.tickets) == 1


def test_a_desk_that_is_down_for_a_day_leaves_no_complaint_unregistered(bench: Bench) -> None:
    bench.desk.fail_next_effects(*[DeskFault.BEFORE] * 3)
    bench.read(message("charged twice", id="1"))
    bench.drain()
    assert bench.counts()["register"] == {"opened": 1}
    assert bench.counts()["tickets"]["pending"] == 1
    bench.recover()
    assert bench.counts()["tickets"]["sent"] == 1


def test_a_correction_by_a_person_registers_rules_out_and_reopens(bench: Bench) -> None:
    bench.read(message("nice weather you have there", id="1"))
    bench.drain()
    bench.relabel("1", "complaint")
    assert bench.counts()["register"] == {"opened": 1}
    bench.relabel("1", "other")
    assert bench.counts()["register"] == {"opened": 1, "ruled_out": 1}
    with bench.store.reading() as transaction:
        case = transaction.cases.get(1)
        assert case is not None
        assert case.decision.definition.decided_by == "person:agnes"
        assert case.mention_count == 1
        assert transaction.cases.clocks_of(1) == []
    bench.relabel("1", "complaint")
    assert bench.counts()["register"] == {"opened": 1, "reopened": 1, "ruled_out": 1}
    with bench.store.reading() as transaction:
        [row] = rows(transaction.register.entries(by_complaint=True))
        assert row["status"] == "reopened"
        assert {clock.key for clock in transaction.cases.clocks_of(1)} >= {"respond"}


def clocks_met(bench: Bench) -> dict[str, datetime | None]:
    with bench.store.reading() as transaction:
        return {clock.key: clock.met_at for clock in transaction.cases.clocks_of(1)}


def test_the_first_answer_acknowledges_the_complaint_once(bench: Bench) -> None:
    bench.read(message("charged twice", id="1"))
    bench.drain()
    for number in (1, 2):
        row = bench.answer(number, to="1")
        assert bench.flow.deliver(row) == "sent"
        assert bench.flow.deliver(row) == "not due"
    assert bench.counts()["register"] == {"acknowledged": 1, "opened": 1}
    with bench.store.reading() as transaction:
        case = transaction.cases.get(1)
    assert case is not None and case.state is CaseState.ANSWERED
    assert clocks_met(bench) == {"acknowledge_24h": bench.time, "acknowledge_1bd": bench.time, "respond": None}


def test_an_answer_that_was_only_recorded_acknowledges_nothing(bench: Bench) -> None:
    bench.channel = LocalChannel(bench.store)
    bench.read(message("charged twice", id="1"))
    bench.drain()
    assert bench.flow.deliver(bench.answer(1, to="1")) == "sent"
    assert bench.counts()["register"] == {"opened": 1}
    assert set(clocks_met(bench).values()) == {None}


def test_an_answer_before_it_was_known_to_be_a_complaint_acknowledges_it(bench: Bench) -> None:
    bench.read(message("nice weather you have there", id="1"))
    bench.drain()
    answered_at = bench.time
    bench.flow.deliver(bench.answer(1, to="1"))
    bench.relabel("1", "complaint")
    assert bench.counts()["register"] == {"acknowledged": 1, "opened": 1}
    assert clocks_met(bench)["acknowledge_24h"] == answered_at


def test_an_answer_the_channel_refuses_is_parked_for_a_person(bench: Bench) -> None:
    bench.read(message("charged twice and no answer", id="1"))
    bench.drain()
    row = bench.answer(1, to="1")
    assert bench.flow.deliver(row) == "failed"
    with bench.store.reading() as transaction:
        failed = transaction.outbox.get(row)
        events = [event.kind for event in transaction.events.of_case(1)]
    assert failed.error is not None and "the author blocked us" in failed.error
    assert EventKind.DELIVERY_FAILED in events


def test_tick_tells_of_a_missed_clock_once(bench: Bench) -> None:
    bench.read(message("charged twice", id="1"))
    bench.drain()
    bench.time += timedelta(days=31)
    assert bench.flow.tick() > 0
    assert bench.flow.tick() == 0
    with bench.store.reading() as transaction:
        missed = [event for event in transaction.events.of_case(1) if event.kind is EventKind.CLOCK_MISSED]
    assert {event.facts["clock"] for event in missed} == {"acknowledge_24h", "acknowledge_1bd", "respond"}


def test_an_earlier_message_found_later_moves_the_receipt_by_a_correction(bench: Bench) -> None:
    bench.read(message("third time I ask", id="2", conversation_id="t"))
    bench.drain()
    earlier = (NOW - timedelta(days=2)).isoformat()
    bench.read(message("charged twice", id="1", conversation_id="t", created_at=earlier))
    bench.drain()
    assert bench.counts()["register"] == {"corrected": 1, "opened": 1}
    with bench.store.reading() as transaction:
        case = transaction.cases.get(1)
    assert case is not None and case.complaint_received_at == NOW - timedelta(days=2)


def test_the_register_verifies_after_all_that(bench: Bench) -> None:
    bench.read(*(message(f"refund {number} now", id=str(number), author={"id": f"u{number}"}) for number in range(20)))
    bench.drain()
    with bench.store.reading() as transaction:
        result = verify(transaction.register.entries(), head=transaction.register.head())
    assert (result.entries, result.fault) == (20, None)


def test_author_facts_are_kept_as_they_were_when_the_message_came(bench: Bench) -> None:
    bench.read(message("charged twice", id="1"))
    bench.read(message("and again, third time", id="2", author={"id": "u1", "followers": 9000}))
    with bench.store.reading() as transaction:
        first, second = transaction.mentions.get([mention_id("x", "acme", "1"), mention_id("x", "acme", "2")])
        assert first.author_key == second.author_key == author_key("x", "u1")
    assert first.mention.author is not None and first.mention.author.followers == 120
    assert second.mention.author is not None and second.mention.author.followers == 9000


def test_what_was_set_aside_is_tried_again_at_a_persons_word(bench: Bench) -> None:
    bench.read(message("poison", id="1"), message("charged twice", id="2"))
    bench.desk.fail_next_effects(DeskFault.REFUSED)
    bench.drain()
    assert (bench.counts()["messages"]["quarantined"], bench.counts()["tickets"]["failed"]) == (1, 1)
    bench.classifier.is_healed = True
    assert bench.flow.retry() == (1, 1)
    bench.recover()
    counts = bench.counts()
    assert (counts["messages"]["quarantined"], counts["messages"]["triaged"]) == (0, 2)
    assert counts["tickets"]["sent"] == len(bench.desk.tickets) == 1
    assert bench.flow.retry() == (0, 0)


def test_a_message_that_spoils_triage_is_set_aside_alone(bench: Bench) -> None:
    bench.read(
        *(message(f"refund {number} please", id=str(number), author={"id": f"u{number}"}) for number in range(5))
    )
    job = bench.queues.take()
    assert job is not None
    bench.flow.classify_mentions(*job[1])
    with bench.store.writing() as transaction:
        transaction.mentions.relabel(mention_id("x", "acme", "3"), "no such label", person="agnes", now=bench.time)
    bench.drain()
    counts = bench.counts()
    assert counts["messages"] == {"received": 0, "classified": 0, "triaged": 4, "quarantined": 1}
    assert counts["register"] == {"opened": 4}
