"""What waits for approval, and what was put off, when cases are merged, split and put back."""

from datetime import timedelta

import pytest

from flow.approvals import conflict_of, hand_in, send_back, withdraw
from flow.snoozing import put_off
from flow.teamwork import By
from models import CaseState, EventKind
from models.retention import REDACTED
from store.approvals import Approval, Asked
from store.drafts import DraftKind
from store.store import Store
from tests.flow.bench import Bench
from tests.flow.test_merging import case, id_of, kinds, merge, say, split, unmerge

DAY = timedelta(days=1)


@pytest.fixture
def two(store: Store) -> Bench:
    """One person, a public post in case 1 and a private message in case 2; no complaint."""
    bench = Bench(store)
    say(bench, "1", "where is the branch?", conversation="1")
    say(bench, "2", "hello, are you there?", conversation="2", private=True)
    with store.writing() as transaction:
        for name in ("agnes", "Priti"):
            transaction.accounts.add(name, "agent", now=bench.time)
    return bench


def ask(bench: Bench, native: str, case_id: int, *, key: str = "a", version: int = 1) -> int:
    with bench.store.writing() as transaction:
        author = transaction.accounts.by_name("Priti")
        assert author is not None
        asked = Asked(
            form_key=key * 32,
            case_id=case_id,
            mention_id=id_of(native),
            author_id=author.id,
            author=author.name,
            text="We are here.",
            is_private=False,
            saved_reply=None,
            checks={},
            override_reason="",
            reasons=[("training", "its author is in training")],
            question="",
            case_version=version,
        )
        number = hand_in(transaction, asked, now=bench.time)
    assert number is not None
    return number


def approval(bench: Bench, number: int) -> Approval:
    with bench.store.reading() as transaction:
        found = transaction.approvals.get(number)
    assert found is not None
    return found


def by(bench: Bench, person: str, key: str = "d") -> By:
    return By(person, bench.time, key * 32)


def snooze(bench: Bench, case_id: int) -> None:
    with bench.store.writing() as transaction:
        found = transaction.cases.get(case_id)
        assert found is not None
        by = By("agnes", bench.time, f"snooze-{case_id}")
        put_off(transaction, found, bench.time + DAY, "", by, version=found.version)


def put_off_now(bench: Bench) -> set[int]:
    with bench.store.reading() as transaction:
        return set(transaction.snoozes.of_cases([1, 2, 3]))


# replies that wait


def test_a_reply_that_waits_goes_with_its_message_and_comes_back_with_it(two: Bench) -> None:
    number = ask(two, "2", 2)
    merge(two, 1, 2)
    assert approval(two, number).asked.case_id == 1
    unmerge(two, 2)
    assert approval(two, number).asked.case_id == 2
    say(two, "3", "it is urgent", conversation="2", private=True)
    new = split(two, 2, "2")
    assert approval(two, number).asked.case_id == new


def test_a_reply_that_went_to_another_case_was_written_for_none_of_its_versions(two: Bench) -> None:
    stayed = ask(two, "1", 1, key="b", version=7)
    went = [ask(two, "2", 2, key=f"{version:x}", version=version) for version in range(1, 11)]
    merge(two, 1, 2)
    assert case(two, 1).version in range(1, 11)
    assert case(two, 1).version not in [approval(two, number).asked.case_version for number in went]
    assert approval(two, stayed).asked.case_version == 7


def test_two_replies_that_wait_in_merged_cases_know_of_each_other(two: Bench) -> None:
    first, second = ask(two, "1", 1), ask(two, "2", 2, key="b")
    merge(two, 1, 2)
    with two.store.writing() as transaction:
        conflict = conflict_of(transaction, case(two, 1), approval(two, first))
    assert [one.id for one in conflict.waiting] == [second]


def test_a_case_keeps_its_words_while_a_reply_waits_that_was_merged_into_it_and_redacts_it_after(two: Bench) -> None:
    number = ask(two, "2", 2)
    merge(two, 1, 2)
    with two.store.writing() as transaction:
        assert transaction.redaction.is_waiting(1)
        assert not transaction.redaction.is_waiting(2)
        assert send_back(transaction, approval(two, number), "Say when.", by(two, "agnes"))
        transaction.redaction.sent(1)
    gone = approval(two, number)
    assert (gone.asked.text, gone.words) == (REDACTED, REDACTED)


@pytest.mark.parametrize("act", ["send_back", "withdraw"])
def test_its_words_return_to_the_draft_of_the_case_where_its_message_is_now(two: Bench, act: str) -> None:
    seen = approval(two, ask(two, "2", 2))
    merge(two, 1, 2)
    with two.store.writing() as transaction:
        if act == "send_back":
            assert send_back(transaction, seen, "Say when.", by(two, "agnes"))
        else:
            assert withdraw(transaction, seen, by(two, "Priti"))
        [draft] = transaction.drafts.of(seen.asked.author_id, 1)
        assert (draft.kind, draft.mention_id, draft.text) == (DraftKind.REPLY, id_of("2"), "We are here.")
        assert transaction.drafts.of(seen.asked.author_id, 2) == []


# cases that were put off


def test_an_open_case_that_is_merged_into_one_that_was_put_off_brings_it_back(two: Bench) -> None:
    snooze(two, 1)
    merge(two, 1, 2)
    assert put_off_now(two) == set()
    assert EventKind.WOKEN in kinds(two, 1)
    assert case(two, 1).state is CaseState.OPEN


@pytest.mark.parametrize("is_closed", [True, False])
def test_it_stays_put_off_where_the_other_one_was_put_off_too_or_closed(two: Bench, *, is_closed: bool) -> None:
    snooze(two, 1)
    if is_closed:
        with two.store.writing() as transaction:
            transaction.cases.set_state(2, CaseState.CLOSED, now=two.time)
    else:
        snooze(two, 2)
    merge(two, 1, 2)
    assert put_off_now(two) == {1}


def test_it_comes_back_where_the_other_one_was_put_off_and_is_more_serious(store: Store) -> None:
    bench = Bench(store)
    say(bench, "1", "you idiots", conversation="1")
    say(bench, "2", "thank you", conversation="2", private=True)
    assert case(bench, 2).decision.tier > case(bench, 1).decision.tier
    for case_id in (1, 2):
        snooze(bench, case_id)
    merge(bench, 1, 2)
    assert put_off_now(bench) == set()
    assert EventKind.WOKEN in kinds(bench, 1)
