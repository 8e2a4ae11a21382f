"""The firm's own targets in the flow: kept with every act, said once, and never in the way of a person."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from flow.complaints import Complaints
from flow.merging import Merging
from flow.target_watch import OLDER_AT_ONCE, look_at_targets, work_off_older
from flow.targets import follow, told_elsewhere
from flow.teamwork import By, take_over
from flow.ticket_state import change_state
from models import ActorKind, CaseState, Event, EventKind
from policy.loading import Policy
from policy.service_hours import Counted, Span
from policy.targets import TargetKey, WhenDue, Where
from store.callouts import Call
from store.drafts import Draft, DraftKind
from store.outbox import OutboxState
from store.store import Store
from store.target_tables import targets as targets_table
from store.target_tables import targets_to_come
from store.targets import StoredTarget
from tests.flow.bench import NOW, Bench, message
from triage.targets import targeting_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHARGED = "I was charged twice, give me a refund"
ASKED = "how do i log in?"


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def say(bench: Bench, text: str, *, id: str = "1", **more: object) -> None:
    bench.read(message(text, id=id, **more))
    bench.drain()


def answer(bench: Bench, number: int = 1, *, to: str = "1", case_id: int = 1) -> None:
    """A person writes and sends a reply, as in the inbox."""
    row = bench.answer(number, to=to, case_id=case_id)
    queued = Event(f"reply_queued:{number}", EventKind.REPLY_QUEUED, bench.time, ActorKind.PERSON, "agnes", case_id)
    with bench.store.writing() as transaction:
        transaction.events.record([queued], now=bench.time)
    bench.flow.deliver(row)


def targets(bench: Bench, case_id: int = 1) -> dict[str, StoredTarget]:
    with bench.store.reading() as transaction:
        return {target.key: target for target in transaction.targets.of([case_id])}


def told(bench: Bench, *kinds: EventKind, case_id: int = 1) -> list[tuple[str, str]]:
    wanted = kinds or (EventKind.TARGET_DUE_SOON, EventKind.TARGET_MISSED)
    with bench.store.reading() as transaction:
        found = transaction.events.of_case(case_id)
    return [(each.kind.value, str(each.facts["target"])) for each in found if each.kind in wanted]


def close(bench: Bench, case_id: int = 1) -> None:
    with bench.store.writing() as transaction:
        case = transaction.cases.get(case_id)
        assert case is not None
        change_state(transaction, case, CaseState.CLOSED, now=bench.time)
        closed = Event(
            f"closed:{case_id}:{case.version}", EventKind.CLOSED, bench.time, ActorKind.PERSON, "agnes", case_id
        )
        transaction.events.record([closed], now=bench.time)


def own(bench: Bench, case_id: int = 1) -> int:
    """Agnes works here and has the case; gives her id."""
    with bench.store.writing() as transaction:
        user = transaction.accounts.by_name("agnes")
        user_id = user.id if user else transaction.accounts.add("agnes", "agent", now=bench.time)
        case = transaction.cases.get(case_id)
        assert case is not None
        transaction.cases.assign(case_id, "agnes", version=case.version, now=bench.time)
    return int(user_id)


def with_rule(bench: Bench, when: WhenDue) -> Policy:
    """A policy where an update that is due is met so, for every priority, and an answer does not end a case."""
    policy = bench.flow.policy
    rows = tuple(
        replace(row, when_update_due=when, over_when=policy.targets.rows[0].over_when) for row in policy.targets.rows
    )
    changed = replace(policy, targets=replace(policy.targets, rows=rows))
    bench.flow.__dict__["policy"] = changed
    follow(bench.store, lambda: changed)
    return changed


def test_a_case_has_its_targets_as_soon_as_it_is_triaged(bench: Bench) -> None:
    say(bench, ASKED)
    assert set(targets(bench)) == {"first_answer", "resolution"}
    with bench.store.reading() as transaction:
        assert targets(bench)["first_answer"].started_at == transaction.cases.get(1).received_at


def test_noise_has_none(bench: Bench) -> None:
    say(bench, "follow me for free crypto")
    bench.relabel("1", "spam")
    assert targets(bench) == {}


def test_the_clocks_of_the_regulator_are_as_they_would_be_without_targets(bench: Bench) -> None:
    say(bench, CHARGED)
    with bench.store.reading() as transaction:
        before = transaction.cases.clocks_of(1)
        due = transaction.cases.get(1).next_due_at
    with bench.store.writing() as transaction:
        transaction.targets.drop([(1, key) for key in targets(bench)])
    assert (before, due) == (before, due)
    with bench.store.reading() as transaction:
        assert transaction.cases.clocks_of(1) == before
        assert transaction.cases.get(1).next_due_at == due


def test_a_reply_that_was_sent_meets_the_first_answer_and_sets_the_next_update(bench: Bench) -> None:
    say(bench, CHARGED)
    bench.time += HOUR
    answer(bench)
    found = targets(bench)
    assert found["first_answer"].met_at == bench.time
    assert found["update"].started_at == bench.time


def test_what_a_person_did_by_phone_counts_as_an_answer(bench: Bench) -> None:
    say(bench, CHARGED)
    with bench.store.writing() as transaction:
        told_elsewhere(transaction, 1, "spoke to her on the phone", By("agnes", bench.time, "k1"))
    found = targets(bench)
    assert found["first_answer"].met_at == found["update"].started_at == bench.time


def test_putting_a_case_off_moves_no_target(bench: Bench) -> None:
    say(bench, ASKED)
    before = targets(bench)
    with bench.store.writing() as transaction:
        case = transaction.cases.get(1)
        transaction.snoozes.put_off(1, bench.time + 10 * DAY, version=case.version, by="agnes", now=bench.time)
    bench.time += 10 * DAY
    bench.flow.tick()
    after = targets(bench)
    assert {key: (each.started_at, each.due_at) for key, each in after.items()} == {
        key: (each.started_at, each.due_at) for key, each in before.items()
    }


def test_due_soon_and_missed_are_each_said_once_however_often_the_clock_looks(bench: Bench) -> None:
    say(bench, ASKED)
    due = targets(bench)["first_answer"]
    bench.time = due.warn_at
    for _ in range(3):
        bench.flow.tick()
    assert told(bench) == [("target_due_soon", "first_answer")]
    bench.time = due.due_at
    bench.flow.tick()
    assert told(bench) == [("target_due_soon", "first_answer")], "the instant itself is still in time"
    bench.time += timedelta(seconds=1)
    for _ in range(3):
        bench.flow.tick()
    assert told(bench)[1:] == [("target_missed", "first_answer")]
    assert targets(bench)["first_answer"].missed_at == due.due_at


def test_after_a_standstill_what_was_missed_is_said_once_and_not_first_that_it_is_due_soon(bench: Bench) -> None:
    say(bench, ASKED)
    bench.time += 60 * DAY
    bench.flow.tick()
    bench.flow.tick()
    assert told(bench) == [("target_missed", "first_answer"), ("target_missed", "resolution")]


def test_nothing_is_said_of_a_case_that_was_answered_just_before(bench: Bench) -> None:
    say(bench, ASKED)
    bench.time = targets(bench)["first_answer"].due_at
    answer(bench)
    bench.time += HOUR
    bench.flow.tick()
    assert told(bench) == []


def test_an_answer_that_nobody_kept_the_targets_for_is_seen_before_anything_is_said(store: Store) -> None:
    bench = Bench(store)
    say(bench, ASKED)
    due = targets(bench)["first_answer"].due_at
    store.follow(lambda transaction, moved: None)  # as a program of before would have written it
    answer(bench)
    assert targets(bench)["first_answer"].met_at is None
    bench.time = due + HOUR
    look_at_targets(store, bench.flow.policy, bench.flow.world.channel, now=bench.time)
    assert told(bench) == []
    assert targets(bench)["first_answer"].met_at == NOW


def test_two_processes_that_look_at_once_say_it_once(bench: Bench) -> None:
    for number in range(1, 6):
        say(bench, f"{ASKED} number {number}", id=str(number), author={"id": f"u{number}"})
    bench.time += 30 * DAY
    with ThreadPoolExecutor(2) as pool:
        said = list(
            pool.map(
                lambda _: look_at_targets(bench.store, bench.flow.policy, bench.flow.world.channel, now=bench.time),
                range(2),
            )
        )
    assert sum(said) == 10
    assert all(len(told(bench, case_id=number)) == 2 for number in range(1, 6))


def test_a_case_opened_again_by_its_author_gets_new_targets_from_then(bench: Bench) -> None:
    say(bench, ASKED, conversation_id="t")
    answer(bench)
    close(bench)
    assert set(targets(bench)) == {"first_answer", "resolution"}
    assert targets(bench)["resolution"].met_at == bench.time
    bench.time += 3 * DAY
    said_at = bench.time - timedelta(minutes=5)
    say(bench, "it does not work again", id="2", conversation_id="t", in_reply_to="1", created_at=said_at.isoformat())
    found = targets(bench)
    assert found["first_answer"].started_at == found["resolution"].started_at == said_at
    assert found["first_answer"].met_at is None
    with bench.store.reading() as transaction:
        log = [(each.actor_kind, each.at) for each in transaction.events.of_case(1) if each.kind is EventKind.REOPENED]
    assert log == [(ActorKind.AUTHOR, said_at)]


def test_a_correction_that_raises_the_priority_counts_from_then(bench: Bench) -> None:
    say(bench, ASKED)
    before = targets(bench)["first_answer"]
    bench.time += 2 * DAY
    bench.relabel("1", "complaint")
    after = targets(bench)["first_answer"]
    assert after.priority.rank > before.priority.rank
    assert after.due_at > bench.time or after.due_at == before.due_at


def test_a_merged_case_has_no_targets_and_has_them_again_when_the_merge_is_taken_back(bench: Bench) -> None:
    say(bench, ASKED)
    say(bench, "and how do i change my name?", id="2", author={"id": "u1"}, conversation_id="other")
    before = targets(bench, 2)
    with bench.store.writing() as transaction:
        versions = (transaction.cases.get(1).version, transaction.cases.get(2).version)
        Merging(transaction, bench.flow.policy, By("agnes", bench.time, "m1")).merge(
            1, 2, versions=versions, reason="same person"
        )
    assert targets(bench, 2) == {}
    with bench.store.writing() as transaction:
        version = transaction.cases.get(2).version
        Merging(transaction, bench.flow.policy, By("agnes", bench.time, "m2")).unmerge(2, version=version)
    assert {key: each.due_at for key, each in targets(bench, 2).items()} == {
        key: each.due_at for key, each in before.items()
    }


# an update that nobody wrote


def test_the_owner_is_reminded_once_that_an_update_is_due(bench: Bench) -> None:
    with_rule(bench, WhenDue.REMIND)
    say(bench, CHARGED)
    answer(bench)
    user_id = own(bench)
    bench.time = targets(bench)["update"].warn_at
    for _ in range(3):
        bench.flow.tick()
    with bench.store.reading() as transaction:
        calls = [call.kind for call in transaction.callouts.of(user_id, limit=10)]
        assert transaction.drafts.of(user_id, 1) == []
    assert calls == [Call.UPDATE_DUE]


def test_a_draft_is_put_for_the_owner_in_the_language_of_the_case(bench: Bench) -> None:
    policy = with_rule(bench, WhenDue.DRAFT)
    say(bench, CHARGED, lang="tr")
    answer(bench)
    user_id = own(bench)
    bench.time = targets(bench)["update"].warn_at
    for _ in range(2):
        bench.flow.tick()
    with bench.store.reading() as transaction:
        lang = transaction.mentions.newest_of_case(1, limit=1)[0].mention.lang
        [draft] = transaction.drafts.of(user_id, 1)
    assert draft.text == policy.targets.text(lang)
    assert told(bench, EventKind.UPDATE_DRAFTED) == [("update_drafted", "update")]
    assert not bench.channel.sent.keys() - {"reply:1"}


def test_a_draft_is_never_put_over_one_that_somebody_began(bench: Bench) -> None:
    with_rule(bench, WhenDue.DRAFT)
    say(bench, CHARGED)
    answer(bench)
    user_id = own(bench)
    with bench.store.writing() as transaction:
        begun = Draft(
            DraftKind.REPLY, transaction.mentions.of_case(1)[0].mention.id, "Dear Mira", False, "f", 1, bench.time
        )
        transaction.drafts.keep(user_id, 1, begun)
    bench.time = targets(bench)["update"].warn_at
    bench.flow.tick()
    with bench.store.reading() as transaction:
        assert [draft.text for draft in transaction.drafts.of(user_id, 1)] == ["Dear Mira"]
    assert told(bench, EventKind.UPDATE_DRAFTED) == []


@pytest.fixture
def sending(bench: Bench) -> Iterator[Bench]:
    """Answered, and the policy sends updates by itself."""
    with_rule(bench, WhenDue.SEND)
    say(bench, CHARGED)
    answer(bench)
    yield bench


def updates(bench: Bench) -> list[str]:
    return [key for key in bench.channel.sent if key.startswith("update:")]


def run(bench: Bench) -> None:
    bench.flow.tick()
    bench.flow.sweep()
    bench.drain()


def test_an_update_goes_out_by_itself_once_for_each_of_our_last_words(sending: Bench) -> None:
    bench = sending
    first = targets(bench)["update"]
    bench.time = first.warn_at
    run(bench)
    assert updates(bench) == [], "a person still has time"
    bench.time = first.due_at + timedelta(seconds=1)
    for _ in range(3):
        run(bench)
    assert updates(bench) == [f"update:1:{first.started_at.isoformat()}"]
    assert targets(bench)["update"].started_at == bench.time, "it was a word of ours"
    assert "target_missed" not in [kind for kind, key in told(bench) if key == "update"]
    with bench.store.reading() as transaction:
        assert transaction.cases.get(1).state is CaseState.ANSWERED


def test_after_so_many_updates_in_a_row_a_person_is_reminded_instead(sending: Bench) -> None:
    bench = sending
    user_id = own(bench)
    for _ in range(6):
        bench.time = targets(bench)["update"].due_at + timedelta(seconds=1)
        run(bench)
    assert len(updates(bench)) == bench.flow.policy.targets.most_updates_in_a_row == 2
    assert ("target_missed", "update") in told(bench)
    with bench.store.reading() as transaction:
        assert [call.kind for call in transaction.callouts.of(user_id, limit=9)] == [Call.UPDATE_DUE]


def test_no_update_goes_out_where_a_person_did_something_since(sending: Bench) -> None:
    bench = sending
    bench.time += HOUR
    with bench.store.writing() as transaction:
        take_over(
            transaction,
            transaction.cases.get(1),
            By("agnes", bench.time, "t1"),
            version=transaction.cases.get(1).version,
        )
    bench.time = targets(bench)["update"].due_at + timedelta(seconds=1)
    run(bench)
    assert updates(bench) == []
    assert ("target_missed", "update") in told(bench)


@pytest.mark.parametrize("act", ["touched", "closed"])
def test_what_is_done_after_it_was_queued_stops_it_at_the_moment_of_sending(sending: Bench, act: str) -> None:
    bench = sending
    bench.time = targets(bench)["update"].due_at + timedelta(seconds=1)
    bench.flow.tick()
    assert told(bench, EventKind.UPDATE_QUEUED) == [("update_queued", "update")]
    bench.time += timedelta(seconds=1)
    if act == "closed":
        close(bench)
    else:
        with bench.store.writing() as transaction:
            told_elsewhere(transaction, 1, "", By("agnes", bench.time, "k"))
    bench.flow.sweep()
    bench.drain()
    assert updates(bench) == []
    with bench.store.reading() as transaction:
        states = [row.state for row in transaction.outbox.of_case(1) if row.key.startswith("update:")]
    assert states == [OutboxState.GIVEN_UP], "nobody has to decide anything"


def test_no_update_goes_out_to_who_has_a_representative(sending: Bench) -> None:
    bench = sending
    with bench.store.writing() as transaction:
        transaction.register.lock()
        acts = Complaints(transaction, bench.flow.policy, now=bench.time)
        who = {"person": "agnes", "at": bench.time, "key": "r"}
        acts.record_representative("C-0000001", **who, name="Pat", kind="lawyer", authority="form", contact="-")
    bench.time = targets(bench)["update"].due_at + timedelta(seconds=1)
    run(bench)
    assert updates(bench) == []


def test_a_closed_case_gets_no_update(sending: Bench) -> None:
    bench = sending
    close(bench)
    bench.time += 30 * DAY
    run(bench)
    assert updates(bench) == []


def test_where_the_channel_takes_nothing_the_update_is_missed_and_nothing_is_queued(bench: Bench) -> None:
    with_rule(bench, WhenDue.SEND)
    say(bench, f"{CHARGED}. no answer needed")
    with bench.store.writing() as transaction:
        told_elsewhere(transaction, 1, "", By("agnes", bench.time, "k"))
    bench.time = targets(bench)["update"].due_at + timedelta(seconds=1)
    run(bench)
    assert ("target_missed", "update") in told(bench)
    assert told(bench, EventKind.UPDATE_QUEUED) == []


# from before there were targets


def test_cases_of_before_get_their_targets_without_an_alarm_for_what_ran_out_then(store: Store) -> None:
    bench = Bench(store)
    for number in range(1, 4):
        say(bench, f"{ASKED} number {number}", id=str(number), author={"id": f"u{number}"})
    with store.engine.begin() as connection:
        connection.execute(targets_table.delete())
        connection.execute(targets_to_come.insert().values(up_to=3))
    bench.time += 60 * DAY
    say(bench, f"{ASKED} number 9", id="9", author={"id": "u9"}, created_at=bench.time.isoformat())
    bench.flow.tick()
    assert all(told(bench, case_id=number) == [] for number in range(1, 5))
    assert all(set(targets(bench, number)) == {"first_answer", "resolution"} for number in range(1, 5))
    assert work_off_older(store, targeting_of(bench.flow.policy), now=bench.time) == 0
    assert OLDER_AT_ONCE >= 4


def test_the_clock_finds_what_is_due_by_an_index_and_reads_no_open_case(store: Store) -> None:
    with store.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("the planner of PostgreSQL reads small tables whole")
        statement = "SELECT case_id FROM targets WHERE look_at <= '2026-11-18' ORDER BY look_at LIMIT 500"
        plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {statement}")).all()
    assert [row.detail for row in plan] == ["SEARCH targets USING INDEX ix_targets_look (look_at<?)"]


def test_what_begins_in_private_has_the_targets_of_its_own_row_and_keeps_them_when_it_goes_on_in_public(
    bench: Bench,
) -> None:
    policy = bench.flow.policy
    spans = {key: Span(timedelta(minutes=30), Counted.CALENDAR) for key in TargetKey}
    private = [replace(row, where=Where.PRIVATE, spans=spans) for row in policy.targets.rows if not row.channels]
    changed = replace(policy, targets=replace(policy.targets, rows=(*policy.targets.rows, *private)))
    bench.flow.__dict__["policy"] = changed
    follow(bench.store, lambda: changed)
    say(bench, ASKED, id="1", kind="dm", conversation_id="1")
    say(bench, ASKED, id="2", author={"id": "u2", "handle": "otto", "name": "Otto"})
    told_of = [targets(bench, case_id)["first_answer"] for case_id in (1, 2)]
    assert [one.due_at - one.started_at == timedelta(minutes=30) for one in told_of] == [True, False]
    say(bench, "Hello?", id="3", conversation_id="1")
    assert targets(bench, 1)["first_answer"].due_at == told_of[0].due_at
