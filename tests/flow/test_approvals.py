"""Replies that wait, on both databases: handed in once, decided once, and gone with the words of their case."""

import threading
from datetime import timedelta

import pytest

from flow.approvals import approved, change_training, conflict_of, hand_in, send_back, withdraw
from flow.teamwork import By
from models import EventKind
from models.retention import REDACTED
from store.approvals import ApprovalState, Asked
from store.callouts import Call
from store.drafts import Draft, DraftKind
from store.outbox import Effect
from store.store import Store
from tests.inbox.factory import DEMO, NOW, add

LATER = NOW + timedelta(hours=1)
LENA = By("Lena", LATER, "f" * 32)


@pytest.fixture
def people(store: Store) -> dict[str, int]:
    with store.writing() as transaction:
        return {name: transaction.accounts.add(name, "agent", now=NOW) for name in ("Priti", "Keiko", "Lena")}


@pytest.fixture
def case_id(store: Store) -> int:
    return add(store, *DEMO[0], now=NOW)


def asked_by(store: Store, case_id: int, people: dict[str, int], name: str = "Priti", key: str = "a" * 32) -> Asked:
    with store.reading() as transaction:
        mention_id = transaction.mentions.of_case(case_id)[0].mention.id
        version = transaction.cases.get(case_id).version
    return Asked(
        form_key=key,
        case_id=case_id,
        mention_id=mention_id,
        author_id=people[name],
        author=name,
        text=f"We are sorry. {name}",
        is_private=False,
        saved_reply=None,
        checks={"apology": "said"},
        override_reason="",
        reasons=[("training", "its author is in training")],
        question="Is it right?",
        case_version=version,
    )


def ask(store: Store, asked: Asked) -> int:
    with store.writing() as transaction:
        number = hand_in(transaction, asked, now=NOW)
    assert number is not None
    return number


def get(store: Store, number: int):
    with store.reading() as transaction:
        return transaction.approvals.get(number)


def send(transaction, asked: Asked) -> int:
    number = transaction.outbox.add(
        Effect.SEND_REPLY,
        sink="local",
        key=f"reply:{asked.form_key}",
        case_id=asked.case_id,
        mention_id=asked.mention_id,
        payload={"text": asked.text, "is_private": asked.is_private, "person": asked.author},
        now=LATER,
    )
    assert number is not None
    return number


def test_a_reply_is_handed_in_once_and_all_of_it_is_kept(store: Store, case_id, people):
    asked = asked_by(store, case_id, people)
    number = ask(store, asked)
    with store.writing() as transaction:
        assert hand_in(transaction, asked, now=LATER) is None
        kinds = [event.kind for event in transaction.events.of_case(case_id)]
    assert kinds.count(EventKind.APPROVAL_ASKED) == 1
    kept = get(store, number)
    assert kept.asked == asked
    assert (kept.asked_at, kept.state) == (NOW, ApprovalState.WAITING)


def test_it_takes_the_place_of_its_own_draft_and_of_no_other(store: Store, case_id, people):
    asked = asked_by(store, case_id, people)
    own = Draft(DraftKind.REPLY, asked.mention_id, "We are", False, asked.form_key, 3, NOW)
    note = Draft(DraftKind.NOTE, "", "remember", True, "b" * 32, 1, NOW)
    with store.writing() as transaction:
        for user_id, draft in ((people["Priti"], own), (people["Priti"], note), (people["Keiko"], own)):
            transaction.drafts.keep(user_id, case_id, draft)
    ask(store, asked)
    with store.reading() as transaction:
        assert [one.kind for one in transaction.drafts.of(people["Priti"], case_id)] == [DraftKind.NOTE]
        assert [one.kind for one in transaction.drafts.of(people["Keiko"], case_id)] == [DraftKind.REPLY]


def test_sent_back_its_words_return_to_the_draft_and_never_over_a_newer_one(store: Store, case_id, people):
    asked = asked_by(store, case_id, people)
    first = get(store, ask(store, asked))
    with store.writing() as transaction:
        assert send_back(transaction, first, "Say when.", LENA)
        [draft] = transaction.drafts.of(people["Priti"], case_id)
        assert (draft.text, draft.mention_id) == (asked.text, asked.mention_id)
        assert draft.form_key != asked.form_key
        [call] = transaction.callouts.of(people["Priti"], limit=5)
        assert (call.kind, call.by) == (Call.SENT_BACK, "Lena")
    second = get(store, ask(store, asked_by(store, case_id, people, key="c" * 32)))
    newer = Draft(DraftKind.REPLY, asked.mention_id, "Something else", False, "d" * 32, 1, LATER)
    with store.writing() as transaction:
        transaction.drafts.keep(people["Priti"], case_id, newer)
        assert withdraw(transaction, second, By("Priti", LATER, "e" * 32))
        assert [one.text for one in transaction.drafts.of(people["Priti"], case_id)] == ["Something else"]


def test_of_two_people_who_decide_at_once_one_does(store: Store, case_id, people):
    waiting = get(store, ask(store, asked_by(store, case_id, people)))
    done: list[bool] = []
    start = threading.Barrier(2)

    def decide(person: str) -> None:
        start.wait()
        with store.writing() as transaction:
            done.append(send_back(transaction, waiting, "No.", By(person, LATER, person.ljust(32, "x"))))

    threads = [threading.Thread(target=decide, args=(person,)) for person in ("Lena", "Keiko")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    with store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(case_id)]
    assert kinds.count(EventKind.APPROVAL_SENT_BACK) == 1


def test_a_conflict_names_what_waits_and_what_was_sent_since(store: Store, case_id, people):
    first = get(store, ask(store, asked_by(store, case_id, people)))
    second = get(store, ask(store, asked_by(store, case_id, people, "Keiko", "b" * 32)))
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        conflict = conflict_of(transaction, case, first)
        assert conflict.sent is None
        assert [one.id for one in conflict.waiting] == [second.id]
        outbox_id = send(transaction, first.asked)
        assert approved(transaction, first, "We are sorry.", outbox_id, LENA)
        left = conflict_of(transaction, case, second)
        assert left.sent is not None
        assert (left.sent.outbox_id, left.sent.by) == (outbox_id, "Priti")
        assert left.waiting == ()
    assert [one.id for one in (get(store, first.id),) if one.is_edited] == [first.id]


def test_a_message_that_waits_keeps_its_words_and_a_decided_one_goes_with_its_case(store: Store, case_id, people):
    waiting = get(store, ask(store, asked_by(store, case_id, people)))
    with store.writing() as transaction:
        assert transaction.redaction.is_waiting(case_id)
        transaction.redaction.sent(case_id)
    assert get(store, waiting.id).asked.text == waiting.asked.text
    with store.writing() as transaction:
        send_back(transaction, waiting, "Joss is angry", LENA)
        assert not transaction.redaction.is_waiting(case_id)
        transaction.redaction.sent(case_id)
    gone = get(store, waiting.id)
    assert (gone.asked.text, gone.words, gone.asked.question) == (REDACTED, REDACTED, "")
    assert gone.sent_text is None


def test_who_is_in_training_changes_with_one_event_each(store: Store, people):
    for act in (True, True, False):
        with store.writing() as transaction:
            by = By("Lena", LATER, ("a" if act else "b") * 32)
            change_training(transaction, people["Priti"], "Priti", by, is_trainee=act)
            assert transaction.approvals.is_trainee(people["Priti"]) is act
            recorded = [
                transaction.events.is_recorded(f"training_changed:{people['Priti']}:{key * 32}") for key in "ab"
            ]
            assert recorded == [True, not act]
