"""The place of a complaint in the queue follows its clocks: up when one is due soon, down when it is met."""

from datetime import timedelta

import pytest

from flow.targets import told_elsewhere
from flow.teamwork import By
from store.store import Store
from store.targets import StoredTarget
from tests.flow.bench import NOW, Bench, message
from tests.flow.test_complaints import C1, acting
from tests.flow.test_merging import case, say
from triage.score import DUE_SOON, total

HOURS = 48


@pytest.fixture
def bench(store: Store) -> Bench:
    """A complaint that came at `NOW`, to be acknowledged within 24 hours."""
    bench = Bench(store)
    say(bench, "1", "you charged twice, give me a refund", conversation="1")
    return bench


def points(bench: Bench, number: int = 1) -> float:
    decision = case(bench, number).decision
    assert decision.score == total(decision.score_parts)
    with bench.store.reading() as transaction:
        [row] = [
            each for each in transaction.cases.queue("every", person="", now=NOW, limit=50) if each.case.id == number
        ]
    assert row.case.decision == decision
    return next(part.points for part in decision.score_parts if part.name == DUE_SOON)


def look(bench: Bench, after: timedelta) -> None:
    bench.time = NOW + after
    bench.flow.tick()


def most(bench: Bench) -> float:
    return bench.flow.policy.house.weights.due_soon


def test_it_moves_up_when_its_clock_is_due_soon_and_when_it_ran_out_and_no_open_form_is_stale(bench: Bench) -> None:
    at_first, version = points(bench), case(bench, 1).version
    due_at = case(bench, 1).next_due_at
    assert due_at is not None
    soon = due_at - NOW - timedelta(hours=3)
    look(bench, soon)
    assert points(bench) == pytest.approx(most(bench) * (1 - 3 / HOURS), abs=0.001)
    assert points(bench) > at_first
    look(bench, soon + timedelta(hours=4))
    assert points(bench) == most(bench)
    assert case(bench, 1).version == version


def test_it_moves_down_when_the_clock_is_met_and_the_next_is_far(bench: Bench) -> None:
    due_at = case(bench, 1).next_due_at
    assert due_at is not None
    look(bench, due_at - NOW - timedelta(hours=1))
    assert points(bench) > 4
    with acting(bench) as (acts, who):
        acts.acknowledge(C1, **who, channel="phone", text="we have it")
    assert points(bench) == 0.0


def test_a_later_message_and_a_corrected_label_leave_it_where_the_clocks_put_it(bench: Bench) -> None:
    with acting(bench) as (acts, who):
        acts.acknowledge(C1, **who, channel="phone", text="we have it")
    say(bench, "2", "any news?", conversation="1")
    assert points(bench) == 0.0
    bench.relabel("2", "enquiry")
    bench.drain()
    assert points(bench) == 0.0


def test_a_message_that_was_said_earlier_moves_it_up_with_its_clocks(bench: Bench) -> None:
    was, due_at = points(bench), case(bench, 1).next_due_at
    said_at = (NOW - timedelta(hours=10)).isoformat()
    bench.read(message("you charged twice, a refund please", id="0", conversation_id="1", created_at=said_at))
    bench.drain()
    now_due = case(bench, 1).next_due_at
    assert now_due is not None and due_at is not None and now_due < due_at
    assert points(bench) == pytest.approx(most(bench) * (1 - (now_due - bench.time) / timedelta(hours=HOURS)), abs=0.01)
    assert points(bench) > was


def test_a_case_without_clocks_is_left_alone(bench: Bench) -> None:
    say(bench, "9", "where is the branch?", conversation="9")
    before = case(bench, 2)
    look(bench, timedelta(days=40))
    assert case(bench, 2).decision == before.decision


def first_answer(bench: Bench, number: int) -> StoredTarget:
    with bench.store.reading() as transaction:
        return next(each for each in transaction.targets.of([number]) if each.key == "first_answer")


def test_a_case_that_the_house_is_late_with_moves_up_until_it_is_answered(bench: Bench) -> None:
    say(bench, "9", "how do i log in?", conversation="9")
    assert points(bench, 2) == 0.0
    target = first_answer(bench, 2)
    look(bench, target.warn_at - NOW)
    assert points(bench, 2) == pytest.approx(most(bench) / 2)
    version = case(bench, 2).version
    look(bench, target.due_at - NOW + timedelta(minutes=1))
    assert points(bench, 2) == most(bench)
    assert case(bench, 2).version == version, "no form that somebody has open is out of date by it"
    say(bench, "10", "hello? how do i log in?", conversation="9")
    assert points(bench, 2) == most(bench), "a further message answers nobody"
    bench.flow.deliver(bench.answer(1, to="9", case_id=2))
    assert first_answer(bench, 2).met_at is not None
    assert points(bench, 2) < most(bench)


def test_a_complaint_whose_clock_is_far_stands_higher_while_the_house_owes_it_an_update(bench: Bench) -> None:
    with acting(bench) as (acts, who):
        acts.acknowledge(C1, **who, channel="phone", text="we have it")
    assert points(bench) == 0.0
    with bench.store.reading() as transaction:
        [update] = [each for each in transaction.targets.of([1]) if each.key == "update"]
    look(bench, update.due_at - NOW + timedelta(minutes=1))
    assert points(bench) == most(bench)
    with bench.store.writing() as transaction:
        told_elsewhere(transaction, 1, "called her", By("Agnes", bench.time, "1" * 32))
    assert points(bench) == 0.0
