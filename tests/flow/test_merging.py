"""Cases are merged, split, and put back: every message lies in one living case, and the register stays as it was."""

import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow import moderation
from flow.complaints import Complaints
from flow.holds import held, place_hold
from flow.merging import Merging, RefusedMergeError
from flow.moderation import Said
from flow.teamwork import By
from models import CaseState, EventKind, Tier
from models.complaint import Status
from models.errors import RecordError
from models.identity import mention_id
from models.retention import HoldScope
from store.cases import StaleCaseError, StoredCase
from store.drafts import Draft, DraftKind
from store.mentions import StoredMention
from store.outbox import Effect
from store.selection import Selection
from store.store import Store, Transaction
from tests.flow.bench import Bench, message
from tests.flow.test_complaints import assert_sound, case_of, clocks_of, life_of
from tests.flow.test_hiding import HidingChannel

C1, C2 = "C-0000001", "C-0000002"


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def say(bench: Bench, native: str, text: str, *, conversation: str, private: bool = False, **more: Any) -> None:
    kind = {"kind": "dm"} if private else {}
    bench.time += timedelta(minutes=1)
    said_at = (bench.time - timedelta(seconds=30)).isoformat()
    bench.read(message(text, id=native, conversation_id=conversation, created_at=said_at, **kind, **more))
    bench.drain()


@pytest.fixture
def two(bench: Bench) -> Bench:
    """One person, a public post and a private message; no complaint."""
    say(bench, "1", "where is the branch?", conversation="1")
    say(bench, "2", "hello, are you there?", conversation="2", private=True)
    return bench


@pytest.fixture
def complaint_and_dm(bench: Bench) -> Bench:
    """Case 1 is a complaint, case 2 is none."""
    say(bench, "1", "you charged twice", conversation="1")
    say(bench, "2", "hello, are you there?", conversation="2", private=True)
    return bench


@pytest.fixture
def complaints(bench: Bench) -> Bench:
    say(bench, "1", "you charged twice", conversation="1")
    say(bench, "2", "the app charged twice for one coffee", conversation="2", private=True)
    return bench


def case(bench: Bench, case_id: int) -> StoredCase:
    found = case_of(bench, case_id)
    assert isinstance(found, StoredCase)
    return found


def key_of(bench: Bench) -> str:
    return f"{int(bench.time.timestamp() * 1000):032x}"


def acting(bench: Bench, act: Callable[[Merging], Any], *, person: str = "agnes", key: str = "") -> Any:
    bench.time += timedelta(minutes=1)
    with bench.store.writing() as transaction:
        merging = Merging(transaction, bench.flow.policy, By(person, bench.time, key or key_of(bench)))
        return act(merging)


def merge(bench: Bench, kept: int, away: int, **more: Any) -> None:
    versions = (case(bench, kept).version, case(bench, away).version)
    acting(bench, lambda acts: acts.merge(kept, away, versions=versions, reason="the same person", **more))


def unmerge(bench: Bench, away: int) -> None:
    acting(bench, lambda acts: acts.unmerge(away, version=case(bench, away).version))


def split(bench: Bench, case_id: int, *natives: str) -> int:
    ids, version = [id_of(native) for native in natives], case(bench, case_id).version
    found = acting(
        bench, lambda acts: acts.split(case_id, ids, version=version, reason="another matter", desk="memory")
    )
    return int(found)


def id_of(native: str) -> str:
    return mention_id("x", "acme", native)


def where(bench: Bench) -> dict[str, int]:
    """Native id → case."""
    with bench.store.reading() as transaction:
        items = [item for number in range(1, 60) for item in transaction.mentions.of_case(number)]
    return {item.mention.native_id: item.case_id or 0 for item in items}


def kinds(bench: Bench, case_id: int) -> list[EventKind]:
    with bench.store.reading() as transaction:
        return [event.kind for event in transaction.events.of_case(case_id)]


def private_cases(bench: Bench) -> set[int]:
    """Those that the queue finds where it is filtered by private messages."""
    with bench.store.reading() as transaction:
        wanted = Selection("every", audience="private")
        return set(transaction.cases.ids_of_view(wanted, person="", now=bench.time, limit=100))


def register_of(bench: Bench) -> list[str]:
    with bench.store.reading() as transaction:
        return [entry.digest for entry in transaction.register.entries()]


def test_all_messages_of_a_merged_case_lie_in_the_other_public_and_private(two: Bench) -> None:
    merge(two, 1, 2)
    assert where(two) == {"1": 1, "2": 1}
    assert case(two, 2).state is CaseState.MERGED
    assert (case(two, 1).mention_count, case(two, 2).mention_count) == (2, 0)
    assert EventKind.MERGED in kinds(two, 1)
    assert EventKind.MERGED in kinds(two, 2)
    assert two.counts()["cases_total"] == 1
    assert private_cases(two) == {1}


def test_a_later_message_of_the_merged_conversation_goes_to_the_case_that_stands_for_it(two: Bench) -> None:
    merge(two, 1, 2)
    say(two, "3", "nobody answers", conversation="2", private=True)
    assert where(two)["3"] == 1
    assert case(two, 1).mention_count == 3
    assert case(two, 1).state is CaseState.OPEN
    assert case(two, 2).state is CaseState.MERGED


def test_taking_a_merge_back_restores_the_case_and_gives_it_what_came_since(two: Bench) -> None:
    before = case(two, 2)
    merge(two, 1, 2)
    unmerge(two, 2)
    after = case(two, 2)
    assert where(two) == {"1": 1, "2": 2}
    assert (after.state, after.owner, after.decision) == (before.state, before.owner, before.decision)
    assert (after.received_at, after.last_message_at) == (before.received_at, before.last_message_at)
    assert private_cases(two) == {2}
    merge(two, 1, 2)
    say(two, "3", "nobody answers", conversation="2", private=True)
    say(two, "4", "hello?", conversation="1")
    unmerge(two, 2)
    assert where(two) == {"1": 1, "2": 2, "3": 2, "4": 1}


def test_owner_tier_and_priority_become_the_more_serious_of_both(bench: Bench) -> None:
    say(bench, "1", "where is the branch?", conversation="1")
    say(bench, "2", "you charged twice", conversation="2", private=True)
    with bench.store.writing() as transaction:
        transaction.cases.assign(2, "bela", version=case(bench, 2).version, now=bench.time)
        transaction.cases.assign(1, "agnes", version=case(bench, 1).version, now=bench.time)
    serious = case(bench, 2).decision
    merge(bench, 2, 1)
    assert (case(bench, 2).owner, case(bench, 2).decision.tier) == ("bela", serious.tier)
    assert case(bench, 2).decision.priority is serious.priority
    unmerge(bench, 1)
    assert (case(bench, 1).owner, case(bench, 2).owner) == ("agnes", "bela")


def test_an_owner_that_a_merge_gave_is_taken_back_with_it(two: Bench) -> None:
    with two.store.writing() as transaction:
        transaction.cases.assign(2, "bela", version=case(two, 2).version, now=two.time)
    merge(two, 1, 2)
    assert case(two, 1).owner == "bela"
    assert EventKind.ASSIGNED in kinds(two, 1)
    unmerge(two, 2)
    assert case(two, 1).owner is None


def test_a_case_without_a_complaint_goes_into_the_one_that_has_it_and_no_clock_moves(complaint_and_dm: Bench) -> None:
    bench = complaint_and_dm
    register, clocks, received = register_of(bench), clocks_of(bench), case(bench, 1).complaint_received_at
    with pytest.raises(RefusedMergeError, match="merge case 2 into case 1 instead"):
        merge(bench, 2, 1)
    merge(bench, 1, 2)
    assert case(bench, 1).complaint_id == C1
    assert (register_of(bench), clocks_of(bench), case(bench, 1).complaint_received_at) == (register, clocks, received)
    unmerge(bench, 2)
    assert (register_of(bench), clocks_of(bench)) == (register, clocks)
    assert_sound(bench)


def test_two_complaints_are_merged_only_when_that_is_said_and_the_earliest_receipt_counts(complaints: Bench) -> None:
    bench, first = complaints, case(complaints, 1).complaint_received_at
    register = register_of(bench)
    with pytest.raises(RefusedMergeError, match="link the cases instead"):
        merge(bench, 2, 1)
    assert register_of(bench) == register
    assert where(bench) == {"1": 1, "2": 2}
    merge(bench, 2, 1, with_complaints=True)
    assert life_of(bench, C1).status is Status.MERGED_AWAY
    assert life_of(bench, C2).received_at == first
    assert_sound(bench)
    unmerge(bench, 1)
    assert life_of(bench, C1).merged_into is None
    assert case(bench, 1).state is CaseState.OPEN
    assert clocks_of(bench, 1)
    assert_sound(bench)


def test_complaints_of_merged_cases_are_not_split_where_nobody_would_see_the_clocks(complaints: Bench) -> None:
    merge(complaints, 1, 2, with_complaints=True)
    with complaints.store.writing() as transaction:
        acts = Complaints(transaction, complaints.flow.policy, now=complaints.time)
        with pytest.raises(RecordError, match="take that merge back on the page of case 2"):
            acts.split(C1, C2, person="agnes", at=complaints.time, reason="two matters")


def test_a_late_complaint_keeps_the_cases_together(two: Bench) -> None:
    merge(two, 1, 2)
    say(two, "3", "you charged twice", conversation="2", private=True)
    assert case(two, 1).complaint_id == C1
    with pytest.raises(RefusedMergeError, match="stays with case 1"):
        unmerge(two, 2)
    assert where(two) == {"1": 1, "2": 1, "3": 1}


def test_what_cannot_be_merged_is_said_with_the_way_out(two: Bench) -> None:
    say(two, "3", "where do I park?", conversation="3")
    with pytest.raises(RefusedMergeError, match="into itself"):
        merge(two, 1, 1)
    merge(two, 1, 2)
    with pytest.raises(RefusedMergeError, match="take that merge back"):
        merge(two, 3, 2)
    with pytest.raises(RefusedMergeError, match="Merge case 1"):
        merge(two, 2, 3)
    with pytest.raises(RefusedMergeError, match="nothing to take back"):
        unmerge(two, 1)
    with pytest.raises(RecordError, match="reason"):
        acting(two, lambda acts: acts.merge(1, 3, versions=(1, 1), reason=" "))
    with pytest.raises(StaleCaseError):
        acting(two, lambda acts: acts.merge(1, 3, versions=(1, 1), reason="the same person"))


def test_merges_of_merges_are_taken_back_in_any_order(two: Bench) -> None:
    say(two, "3", "where do I park?", conversation="3")
    merge(two, 2, 3)
    merge(two, 1, 2)
    assert where(two) == {"1": 1, "2": 1, "3": 1}
    unmerge(two, 3)
    assert where(two) == {"1": 1, "2": 1, "3": 3}
    unmerge(two, 2)
    assert where(two) == {"1": 1, "2": 2, "3": 3}


def test_the_same_form_sent_twice_merges_once(two: Bench) -> None:
    versions = (case(two, 1).version, case(two, 2).version)
    for _ in range(2):
        acting(two, lambda acts: acts.merge(1, 2, versions=versions, reason="same"), key="a" * 32)
    assert kinds(two, 1).count(EventKind.MERGED) == 1


def test_an_answer_under_way_holds_a_merge_back(two: Bench) -> None:
    two.answer(1, to="2", case_id=2)
    with pytest.raises(RefusedMergeError, match="still being sent"):
        merge(two, 1, 2)
    merge(two, 2, 1)


def test_answers_and_drafts_go_with_their_messages(two: Bench) -> None:
    row = two.answer(1, to="2", case_id=2)
    two.flow.deliver(row)
    with two.store.writing() as transaction:
        user = transaction.accounts.add("agnes", "agent", now=two.time)
        for kind, to in ((DraftKind.REPLY, id_of("2")), (DraftKind.NOTE, "")):
            transaction.drafts.keep(user, 2, Draft(kind, to, "half a sentence", False, "f" * 32, 1, two.time))
    merge(two, 1, 2)
    with two.store.reading() as transaction:
        assert [each.id for each in transaction.outbox.of_case(1) if each.effect is Effect.SEND_REPLY] == [row]
        assert {draft.text for draft in transaction.drafts.of(user, 1)} == {"half a sentence"}
        assert len(transaction.drafts.of(user, 1)) == 2
    unmerge(two, 2)
    with two.store.reading() as transaction:
        assert [each.id for each in transaction.outbox.of_case(2) if each.effect is Effect.SEND_REPLY] == [row]
        assert [draft.kind for draft in transaction.drafts.of(user, 2)] == [DraftKind.REPLY]


def test_of_a_message_that_was_merged_meanwhile_the_last_word_counts(two: Bench) -> None:
    two.channel = channel = HidingChannel()
    two.flow = two.new_flow()

    def press(act: Callable[[Transaction, StoredCase, StoredMention, By], Any], key: str) -> None:
        with two.store.writing() as transaction:
            [item] = transaction.mentions.get([id_of("2")])
            stored = transaction.cases.get(item.case_id or 0)
            assert stored is not None
            act(transaction, stored, item, By("agnes", two.time, key))

    press(lambda *acts: moderation.hide(*acts[:3], Said("abuse", ""), acts[3], role="agent"), "k1")
    with two.store.writing() as transaction:
        [waiting] = transaction.outbox.of_message(id_of("2"))
        transaction.outbox.claim(waiting.id, worker="slow", now=two.time, lease_seconds=6000)
    merge(two, 1, 2)
    press(moderation.show, "k2")
    two.recover()
    with two.store.writing() as transaction:
        transaction.outbox.release("slow", now=two.time)
    two.recover()

    assert channel.calls[-1] is False
    assert channel.hidden == set()


def test_the_desk_gets_notes_and_no_second_ticket(complaints: Bench) -> None:
    bench = complaints
    assert len(bench.desk.tickets) == 2
    merge(bench, 1, 2, with_complaints=True)
    bench.recover()
    say(bench, "3", "still waiting for my refund", conversation="2", private=True)
    bench.recover()
    assert len(bench.desk.tickets) == 2
    with bench.store.reading() as transaction:
        rows = transaction.outbox.of_case(1) + transaction.outbox.of_case(2)
    notes = [str(row.payload["body"]) for row in rows if row.effect is Effect.ADD_COMMENT]
    assert any("Case 2 (x) was merged into case 1" in note for note in notes)
    assert any("Go on in the ticket of that case" in note for note in notes)
    assert bench.counts()["outbox"]["failed"] == 0


def test_a_case_takes_over_the_ticket_of_the_one_that_is_merged_into_it(bench: Bench) -> None:
    say(bench, "1", "where is the branch?", conversation="1")
    say(bench, "2", "you charged twice", conversation="2")
    say(bench, "3", "where do I park?", conversation="3")
    assert len(bench.desk.tickets) == 1
    merge(bench, 2, 1)
    merge(bench, 2, 3)
    say(bench, "4", "and my money?", conversation="1")
    bench.recover()
    assert len(bench.desk.tickets) == 1
    assert bench.counts()["outbox"]["failed"] == 0


def test_messages_become_a_case_of_their_own_and_go_back(two: Bench) -> None:
    say(two, "3", "another question, where do I park?", conversation="1")
    new = split(two, 1, "3")
    assert where(two) == {"1": 1, "2": 2, "3": new}
    assert (case(two, new).state, case(two, new).mention_count, case(two, 1).mention_count) == (CaseState.OPEN, 1, 1)
    with two.store.reading() as transaction:
        split_off = transaction.merges.split_of(new)
        assert split_off is not None
        assert split_off.from_id == 1
        assert [each.case_id for each in transaction.merges.split_from([1])] == [new]
    two.relabel("3", "enquiry")
    assert where(two)["3"] == new
    say(two, "4", "thanks", conversation="1")
    assert where(two)["4"] == 1
    acting(two, lambda acts: acts.unsplit(new, version=case(two, new).version))
    assert where(two) == {"1": 1, "2": 2, "3": 1, "4": 1}
    assert case(two, new).state is CaseState.MERGED
    assert EventKind.UNSPLIT in kinds(two, 1)
    unmerge(two, new)
    assert where(two)["3"] == new


def test_a_complaint_stays_with_its_case_when_messages_are_split_off(complaint_and_dm: Bench) -> None:
    bench, register = complaint_and_dm, register_of(complaint_and_dm)
    say(bench, "3", "where do I park?", conversation="1")
    with pytest.raises(RefusedMergeError, match="stays with C-0000001 in case 1"):
        split(bench, 1, "1")
    with pytest.raises(RefusedMergeError, match="At least one message"):
        split(bench, 1, "1", "3")
    with pytest.raises(RefusedMergeError, match="Choose messages that lie in case 1"):
        split(bench, 1, "2")
    new = split(bench, 1, "3")
    assert (case(bench, 1).complaint_id, case(bench, new).complaint_id) == (C1, None)
    assert not case(bench, new).decision.is_complaint
    assert register_of(bench) == register


def test_nothing_slips_out_of_a_legal_hold(two: Bench) -> None:
    with two.store.writing() as transaction:
        cora = transaction.accounts.add("Cora", "compliance", now=two.time)
        transaction.accounts.set_password(cora, "a hash")
        rules = two.flow.retention
        place_hold(
            transaction, two.flow.policy, rules, HoldScope.CASE, "2", by="Cora", reason="a court asked", now=two.time
        )
    merge(two, 1, 2)
    with two.store.reading() as transaction:
        assert held(transaction).of(case_id=1) is not None
    say(two, "3", "where do I park?", conversation="1")
    with pytest.raises(RefusedMergeError, match="legal hold"):
        split(two, 1, "3")
    unmerge(two, 2)
    with two.store.reading() as transaction:
        assert held(transaction).of(case_id=2) is not None


def test_of_two_people_who_merge_both_ways_at_once_one_wins(two: Bench) -> None:
    versions = {number: case(two, number).version for number in (1, 2)}
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def one(kept: int, away: int) -> None:
        start.wait()
        try:
            with two.store.writing() as transaction:
                acts = Merging(transaction, two.flow.policy, By(f"person {kept}", two.time, f"{kept:032x}"))
                acts.merge(kept, away, versions=(versions[kept], versions[away]), reason="the same person")
            outcomes.append("merged")
        except StaleCaseError:
            outcomes.append("stale")

    threads = [threading.Thread(target=one, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["merged", "stale"]
    assert sorted(case(two, number).state for number in (1, 2)) == [CaseState.MERGED, CaseState.OPEN]


STEPS = st.tuples(
    st.sampled_from(("merge", "unmerge", "split", "unsplit", "say")), st.integers(1, 8), st.integers(1, 8)
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_whatever_is_merged_and_split_each_message_lies_in_one_living_case(
    steps: list[tuple[str, int, int]], sqlite_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("merging") / "earshot.db"
    shutil.copyfile(sqlite_url.removeprefix("sqlite:///"), path)
    bench = Bench(Store(f"sqlite:///{path}"))
    try:
        _play(bench, steps)
    finally:
        bench.store.close()


def _play(bench: Bench, steps: list[tuple[str, int, int]]) -> None:
    for native, text in (("1", "you charged twice"), ("2", "are you there?"), ("3", "where do I park?")):
        say(bench, native, text, conversation=native)
    register, said = register_of(bench), 3
    for act, one, other in steps:
        if act != "say" and (case_of(bench, one) is None or (act == "merge" and case_of(bench, other) is None)):
            continue
        try:
            if act == "merge":
                merge(bench, one, other)
            elif act == "unmerge":
                unmerge(bench, one)
            elif act == "split":
                split(bench, one, str(other))
            elif act == "unsplit":
                version = case(bench, one).version
                acting(bench, lambda acts, one=one, version=version: acts.unsplit(one, version=version))
            else:
                said += 1
                say(bench, str(said), "where is the branch?", conversation=str(one % 3 + 1))
        except RefusedMergeError as error:
            assert str(error).endswith(".")
    _assert_whole(bench, said)
    assert register_of(bench) == register


def _assert_whole(bench: Bench, said: int) -> None:
    found = where(bench)
    assert len(found) == said
    for number in set(found.values()):
        standing = case(bench, number)
        assert standing.state is not CaseState.MERGED
        assert standing.mention_count == sum(1 for each in found.values() if each == number)
        assert standing.decision.tier >= Tier.NOISE
