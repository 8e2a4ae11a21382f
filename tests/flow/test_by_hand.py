"""What a person sets of a case stays set, whatever comes; ticket and targets follow, the law's clocks do not."""

from dataclasses import replace
from typing import Any

import pytest

from flow.by_hand import Wanted, leave_to_rules, set_by_hand, tags_in
from flow.named import RefusedError
from flow.teamwork import By
from models import CaseState, EventKind, Priority, Tier
from store.outbox import Effect
from store.store import Store
from tests.flow.bench import Bench
from tests.flow.test_complaints import clocks_of
from tests.flow.test_merging import case, key_of, kinds, say


@pytest.fixture
def bench(store: Store) -> Bench:
    bench = Bench(store)
    say(bench, "1", "where is the branch?", conversation="1")
    return bench


def by_hand(bench: Bench, *, case_id: int = 1, reason: str = "they are a nurse on night shift", **changed: Any) -> bool:
    standing = case(bench, case_id).decision
    wanted = replace(Wanted(standing.tier, standing.priority, standing.tags), **changed)
    with bench.store.writing() as transaction:
        by, policy = By("Ann", bench.time, key_of(bench)), bench.flow.policy
        return set_by_hand(transaction, policy, case(bench, case_id), wanted, reason, by, desk=bench.desk.name)


def effects(bench: Bench, kind: Effect) -> list[Any]:
    with bench.store.reading() as transaction:
        return [row.payload for row in transaction.outbox.of_case(1) if row.effect is kind]


def test_a_case_raised_by_hand_gets_its_ticket_and_one_only(bench: Bench) -> None:
    assert effects(bench, Effect.CREATE_TICKET) == []
    assert by_hand(bench, tier=Tier.HIGH_PRIORITY, priority=Priority.URGENT, tags=("press",))
    stands = case(bench, 1).decision
    assert (stands.tier, stands.priority, stands.tags) == (Tier.HIGH_PRIORITY, Priority.URGENT, ("press",))
    bench.recover()
    say(bench, "2", "hello?", conversation="1")
    bench.recover()
    [ticket] = bench.desk.tickets
    assert ticket.ticket.priority is Priority.URGENT
    assert len(effects(bench, Effect.CREATE_TICKET)) == 1


def test_it_stays_set_when_the_author_writes_again_and_when_the_label_is_corrected(bench: Bench) -> None:
    by_hand(bench, priority=Priority.URGENT, tags=("press",))
    say(bench, "2", "thank you", conversation="1")
    bench.relabel("1", "enquiry")
    bench.drain()
    stands = case(bench, 1).decision
    assert (stands.priority, "press" in stands.tags) == (Priority.URGENT, True)


def test_a_lowered_case_comes_up_again_with_a_complaint(bench: Bench) -> None:
    bench.relabel("1", "enquiry")
    bench.drain()
    by_hand(bench, tier=Tier.NOISE, priority=Priority.LOW)
    assert case(bench, 1).decision.tier is Tier.NOISE
    say(bench, "2", "you charged twice", conversation="1")
    stands = case(bench, 1).decision
    assert stands.is_complaint
    assert stands.tier > Tier.NOISE
    assert stands.priority is not Priority.LOW


def test_a_change_of_priority_reaches_the_ticket_and_the_targets_but_no_clock(bench: Bench) -> None:
    say(bench, "3", "you charged twice", conversation="1")
    bench.recover()
    clocks = clocks_of(bench, 1)
    assert clocks
    ruled = case(bench, 1).decision.priority
    raised = Priority.LOW if ruled is Priority.URGENT else Priority.URGENT
    by_hand(bench, priority=raised, tags=(*case(bench, 1).decision.tags, "press"))
    [update] = effects(bench, Effect.UPDATE_TICKET)
    assert (update["priority"], update["add_tags"]) == (raised.value, ["press"])
    assert clocks_of(bench, 1) == clocks
    with bench.store.reading() as transaction:
        assert {target.priority for target in transaction.targets.of([1])} == {raised}


def test_what_was_set_is_left_to_the_rules_again(bench: Bench) -> None:
    ruled = case(bench, 1).decision
    by_hand(bench, priority=Priority.URGENT, tags=("press",))
    say(bench, "2", "hello?", conversation="1")
    with bench.store.writing() as transaction:
        by = By("Ann", bench.time, "back")
        assert leave_to_rules(transaction, bench.flow.policy, case(bench, 1), by, desk=bench.desk.name)
    assert case(bench, 1).by_hand is None
    assert (case(bench, 1).decision.priority, case(bench, 1).decision.tags) == (ruled.priority, ruled.tags)
    assert kinds(bench, 1).count(EventKind.SET_BY_HAND) == 2


def test_setting_it_back_to_what_the_rules_have_leaves_nothing_set(bench: Bench) -> None:
    ruled = case(bench, 1).decision
    by_hand(bench, priority=Priority.URGENT)
    by_hand(bench, priority=ruled.priority)
    assert case(bench, 1).by_hand is None
    assert not by_hand(bench, priority=ruled.priority)


def test_what_is_lowered_needs_a_reason_and_a_complaint_keeps_its_tier(bench: Bench) -> None:
    by_hand(bench, priority=Priority.URGENT, reason="")
    with pytest.raises(RefusedError, match="say why"):
        by_hand(bench, priority=Priority.LOW, reason=" ")
    say(bench, "2", "you charged twice", conversation="1")
    with pytest.raises(RefusedError, match="correct its label"):
        by_hand(bench, tier=Tier.SAVED_REPLY)


def test_a_closed_case_is_opened_first(bench: Bench) -> None:
    with bench.store.writing() as transaction:
        transaction.cases.set_state(1, CaseState.CLOSED, now=bench.time)
    with pytest.raises(RefusedError, match="case 1 is closed"):
        by_hand(bench, priority=Priority.URGENT)
    with bench.store.writing() as transaction, pytest.raises(RefusedError, match="case 1 is closed"):
        by = By("Ann", bench.time, "back")
        leave_to_rules(transaction, bench.flow.policy, case(bench, 1), by, desk=bench.desk.name)


@pytest.mark.parametrize("text", ["two words", "-", "#press", "a" * 31, "=cmd()", ",".join(f"t{n}" for n in range(21))])
def test_what_is_no_tag_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="tag"):
        tags_in(text, ())


def test_tags_are_kept_once_and_those_of_the_house_as_they_are_written() -> None:
    assert tags_in("Press, press ,Two Words,  basın, ", ("Two Words",)) == ("Two Words", "basın", "press")
