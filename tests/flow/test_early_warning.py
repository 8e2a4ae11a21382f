"""Early warnings on both databases: worked out when something happens, told once, sent on once, only adding."""

import threading
from datetime import timedelta

import pytest

from flow import early_warning
from flow.early_warning import look_at_cases, look_at_waiting, put_aside, see
from flow.teamwork import By, record
from models import ActorKind, CaseState, Event, EventKind
from models.retention import REDACTED
from store.escalations import Ended
from store.store import Store
from store.warnings import Warned
from tests.flow.bench import Bench, message
from triage.early_warning import PART

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ASKED = "how do i log in?"
MANAGER = "how do i get this done? i want to speak to a manager"
LAWYER = "how do i log in? my lawyer will ask you"


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def say(bench: Bench, text: str, *, id: str = "1", **more: object) -> None:
    created = bench.time.isoformat()
    bench.read(message(text, id=id, **{"created_at": created, "conversation_id": "c1", **more}))
    bench.drain()


def answer(bench: Bench, number: int = 1, *, to: str = "1") -> None:
    bench.flow.deliver(bench.answer(number, to=to, case_id=1))


def close(bench: Bench) -> None:
    with bench.store.writing() as transaction:
        case = transaction.cases.get(1)
        transaction.cases.set_state(1, CaseState.CLOSED, now=bench.time)
        record(transaction, EventKind.CLOSED, f"closed:1:{case.version}", by("x", bench), {}, case_id=1)


def by(key: str, bench: Bench, person: str = "Keiko") -> By:
    return By(person, bench.time, key)


def warned(bench: Bench, case_id: int = 1) -> Warned:
    with bench.store.reading() as transaction:
        found = transaction.warnings.get(case_id)
    assert found is not None
    return found


def events(bench: Bench, *kinds: EventKind, case_id: int = 1) -> list[Event]:
    with bench.store.reading() as transaction:
        return [one for one in transaction.events.of_case(case_id) if one.kind in kinds]


def points(bench: Bench, case_id: int = 1) -> float:
    with bench.store.reading() as transaction:
        parts = transaction.cases.get(case_id).decision.score_parts
    return sum(part.points for part in parts if part.name == PART)


def test_a_calm_question_leaves_no_trace(bench: Bench) -> None:
    say(bench, ASKED)
    with bench.store.reading() as transaction:
        assert transaction.warnings.get(1) is None
    assert points(bench) == 0
    assert not events(bench, EventKind.EARLY_WARNING)


def test_a_threat_warns_in_the_transaction_that_triages_it_and_raises_its_place_in_the_queue(bench: Bench) -> None:
    say(bench, LAWYER)
    found = warned(bench)
    assert (found.level, found.names, found.policy) == (1, ("threatens_lawyer",), bench.flow.policy.warnings.title)
    [place] = found.signs[0].evidence
    assert LAWYER[place.start : place.end] == "my lawyer"
    assert points(bench) == pytest.approx(4 * 3 / 8)
    [told] = events(bench, EventKind.EARLY_WARNING)
    assert (told.actor_kind, told.facts["kind"], told.facts["rules"]) == (ActorKind.RULE, "watch", ["threatens_lawyer"])
    assert "lawyer will" not in str(told.facts)


def test_each_rise_is_told_once_however_often_it_is_looked_at(bench: Bench) -> None:
    say(bench, LAWYER)
    bench.time += HOUR
    say(bench, "how do i close my account", id="2")
    for _ in range(3):
        with bench.store.writing() as transaction:
            look_at_cases(transaction, bench.flow.policy, [1], now=bench.time)
    assert [one.facts["kind"] for one in events(bench, EventKind.EARLY_WARNING)] == ["watch", "act"]


def test_two_processes_that_look_at_once_tell_and_escalate_once(bench: Bench) -> None:
    say(bench, ASKED)
    with bench.store.writing() as transaction:
        transaction.warnings.look_soon(1, now=bench.time)
        record(transaction, EventKind.PROMISE_BROKEN, "promise_broken:1", by("p", bench), {}, case_id=1)
    both = [threading.Thread(target=look_at_waiting, args=(bench.store, bench.flow.policy), kwargs={"now": bench.time})
            for _ in range(2)]  # fmt: skip
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(events(bench, EventKind.EARLY_WARNING)) == 1
    assert warned(bench).names == ("broken_promise",)


def test_who_asks_for_a_manager_is_escalated_at_once_with_our_last_answer_attached(bench: Bench) -> None:
    say(bench, ASKED)
    answer(bench)
    bench.time += HOUR
    say(bench, MANAGER, id="2")
    say(bench, f"{MANAGER} now", id="3")
    assert len(events(bench, EventKind.EARLY_WARNING_ESCALATED)) == 1
    [escalated] = events(bench, EventKind.ESCALATED)
    assert (escalated.facts["path"], escalated.facts["reason"]) == ("manager", "customer_asks")
    [note] = events(bench, EventKind.NOTED)
    assert "ask for a manager" in str(note.facts["text"])
    with bench.store.reading() as transaction:
        answered = transaction.warnings.last_answer(1)
    assert answered is not None
    assert answered[2] in str(note.facts["text"])


def test_of_several_paths_it_is_sent_on_the_one_that_stands_first_and_changes_hands_once(bench: Bench) -> None:
    say(bench, f"{MANAGER}, and my lawyer will write, and so will the ombudsman")
    [escalated] = events(bench, EventKind.ESCALATED)
    assert escalated.facts["path"] == "legal"
    [note] = events(bench, EventKind.NOTED)
    assert "ask for a manager" in str(note.facts["text"])
    assert "Nobody has answered them yet." in str(note.facts["text"])


def test_after_it_was_closed_only_what_is_said_anew_sends_it_up_again(bench: Bench) -> None:
    say(bench, MANAGER)
    answer(bench)
    close(bench)
    bench.time += HOUR
    say(bench, "how do i log in again?", id="2")
    assert len(events(bench, EventKind.EARLY_WARNING_ESCALATED)) == 1
    with bench.store.writing() as transaction:
        for each in transaction.escalations.of_cases([1]):
            transaction.escalations.end(each.id, Ended.SETTLED, by="x", now=bench.time)
    bench.time += HOUR
    say(bench, f"{MANAGER}, once more", id="3")
    assert len(events(bench, EventKind.EARLY_WARNING_ESCALATED)) == 2


def test_once_it_is_settled_calm_words_do_not_send_it_up_again_and_asking_again_does(bench: Bench) -> None:
    say(bench, f"{MANAGER}, and my lawyer will write")
    for number, (text, times) in enumerate((("how do i log in then", 1), (f"{MANAGER}, still", 2)), 2):
        with bench.store.writing() as transaction:
            for each in transaction.escalations.of_cases([1]):
                transaction.escalations.end(each.id, Ended.SETTLED, by="x", now=bench.time)
        bench.time += HOUR
        say(bench, text, id=str(number))
        assert len(events(bench, EventKind.ESCALATED)) == times, text


def test_noise_is_sent_nowhere(bench: Bench) -> None:
    say(bench, "free crypto, get it from my lawyer or a supervisor to call")
    assert not events(bench, EventKind.EARLY_WARNING, EventKind.EARLY_WARNING_ESCALATED)


def test_an_answer_ends_what_only_waiting_made_of_it(bench: Bench) -> None:
    for number in range(1, 4):
        say(bench, f"how do i log in? {number}", id=str(number))
        bench.time += 20 * HOUR
    assert set(warned(bench).names) >= {"repeated_contact", "unanswered_contacts"}
    answer(bench, to="3")
    assert "unanswered_contacts" not in warned(bench).names


def test_time_alone_makes_a_warning_worse_when_its_time_comes_and_not_before(bench: Bench) -> None:
    say(bench, LAWYER)
    due = warned(bench).look_again_at
    assert due is not None
    assert look_at_waiting(bench.store, bench.flow.policy, now=due - timedelta(seconds=1)) == 0
    assert look_at_waiting(bench.store, bench.flow.policy, now=due) == 1
    assert warned(bench).level == 2
    assert look_at_waiting(bench.store, bench.flow.policy, now=due + DAY) == 0


def test_put_aside_it_comes_back_only_for_another_sign(bench: Bench) -> None:
    say(bench, LAWYER)
    with bench.store.writing() as transaction:
        case = transaction.cases.get(1)
        assert put_aside(transaction, bench.flow.policy, case, "their cousin is one", by("a", bench))
        assert not put_aside(transaction, bench.flow.policy, case, "twice", by("b", bench))
    assert points(bench) == 0
    bench.time += HOUR
    say(bench, f"{LAWYER} again", id="2")
    assert warned(bench).is_aside
    assert points(bench) == 0
    bench.time += HOUR
    say(bench, "how do i reach the ombudsman", id="3")
    assert warned(bench).is_shown
    assert points(bench) > 0
    assert [one.facts["kind"] for one in events(bench, EventKind.EARLY_WARNING)] == ["watch", "act"]
    [aside] = events(bench, EventKind.EARLY_WARNING_PUT_ASIDE)
    assert (aside.actor, aside.facts["because"]) == ("Keiko", "their cousin is one")


def test_who_is_on_it_is_said_once(bench: Bench) -> None:
    say(bench, LAWYER)
    with bench.store.writing() as transaction:
        case = transaction.cases.get(1)
        assert see(transaction, case, by("a", bench))
        assert not see(transaction, case, by("b", bench, "Priti"))
    assert warned(bench).seen_by == "Keiko"


def test_a_warning_changes_neither_the_complaint_nor_a_clock_nor_anything_else_that_was_decided(store: Store) -> None:
    with_words, without = Bench(store), "I was charged twice, give me a refund"
    say(with_words, without)
    with store.reading() as transaction:
        before, clocks = transaction.cases.get(1), transaction.cases.clocks_of(1)
    with store.writing() as transaction:
        record(transaction, EventKind.PROMISE_BROKEN, "promise_broken:1", by("p", with_words), {}, case_id=1)
        look_at_cases(transaction, with_words.flow.policy, [1], now=with_words.time)
    with store.reading() as transaction:
        after = transaction.cases.get(1)
        assert transaction.cases.clocks_of(1) == clocks
    assert after.decision.score > before.decision.score
    assert after.version == before.version, "nobody's open form grows stale by it"
    for name in ("definition", "label", "tier", "priority", "team", "tags", "dues", "needs_person", "wants_ticket"):
        assert getattr(after.decision, name) == getattr(before.decision, name)
    assert [part for part in after.decision.score_parts if part.name != PART] == list(before.decision.score_parts)


def test_its_points_outlast_whatever_decides_the_case_anew(bench: Bench) -> None:
    say(bench, LAWYER)
    had = points(bench)
    bench.time += HOUR
    say(bench, "how do i log in please", id="2")
    with bench.store.writing() as transaction:
        case = transaction.cases.get(1)
        decision = early_warning.warned(transaction, bench.flow.policy, 1, case.decision)
    assert had > 0
    assert decision == case.decision
    assert points(bench) == had


def test_the_words_of_who_put_it_aside_go_with_the_case_and_it_holds_no_others(bench: Bench) -> None:
    say(bench, LAWYER)
    with bench.store.writing() as transaction:
        put_aside(transaction, bench.flow.policy, transaction.cases.get(1), "knows Mira", by("a", bench))
        transaction.redaction.sent(1)
    found = warned(bench)
    assert found.aside_reason == REDACTED
    assert "lawyer will" not in str(found)
