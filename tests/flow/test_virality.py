"""How far an author's earlier messages travelled counts in the reach of the next: from whatever told of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from flow.replay import Question, replayed
from flow.virality import most_shared
from models import Deletion, Page, Post, Presence, Recheck, Repost
from models.retention import PlatformDeletion
from store.channel_tables import rechecks
from store.mentions import StoredMention
from store.store import Store
from store.tables import mentions
from tests.flow.bench import AUTHOR, NOW, Bench, mention, message

KNOWN = AUTHOR | {"followers": 1_200}


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def said(
    bench: Bench, id: str, text: str = "I was charged twice", *, days_ago: float = 0, **more: Any
) -> StoredMention:
    """A message in a conversation of its own, taken in and decided on."""
    at = (NOW - timedelta(minutes=1) - timedelta(days=days_ago)).isoformat()
    bench.read(message(text, id=id, **{"author": KNOWN, "conversation_id": id, "created_at": at} | more))
    bench.drain()
    return only(bench, id)


def only(bench: Bench, id: str) -> StoredMention:
    with bench.store.reading() as transaction:
        [item] = transaction.mentions.get([mention("", id=id).id])
    return item


def asked_again(bench: Bench, id: str, answer: Recheck) -> None:
    bench.channel.rechecks = {mention("", id=id).id: answer}  # type: ignore[attr-defined]
    type(bench.flow.world).channels = property(lambda self: ["x"])  # type: ignore[method-assign, assignment]
    bench.time += timedelta(hours=25)
    bench.flow.recheck_messages()
    bench.drain()


def shares(item: StoredMention) -> int | None:
    assert item.decision is not None
    return item.decision.reach.shares


def test_what_an_earlier_message_was_shared_raises_the_next_and_the_decision_says_how(bench: Bench) -> None:
    said(bench, "1", "nice weather", days_ago=3, shares=20_000)
    item = said(bench, "2", "charged twice again")
    assert item.decision is not None
    reach = item.decision.reach
    assert (reach.shares, reach.score) == (20_000, 0.7633)
    assert reach.steps[-1].startswith("most shared message of 30 days 20000: + 0.25")
    assert "influencer" in item.decision.tags
    assert only(bench, "1").mention.shares == 20_000


def test_nobody_told_is_not_nobody_shared(bench: Bench) -> None:
    assert shares(said(bench, "1")) is None
    assert shares(said(bench, "2", shares=0)) == 0


@pytest.mark.parametrize(("days_ago", "counted"), [(29, 500), (31, None)])
def test_what_was_said_too_long_ago_does_not_count(bench: Bench, days_ago: int, counted: int | None) -> None:
    said(bench, "1", days_ago=days_ago, shares=500)
    assert shares(said(bench, "2", "charged twice again")) == counted


def test_what_was_told_later_of_a_message_counts_at_its_authors_next_one(bench: Bench) -> None:
    first = said(bench, "1", shares=1)
    asked_again(bench, "1", Recheck(Presence.THERE, shares=9_000))
    assert only(bench, "1").decision == first.decision
    bench.time += timedelta(hours=1)
    assert shares(said(bench, "2", "charged twice again", days_ago=-0.0001)) == 9_000


def test_an_answer_that_does_not_tell_leaves_the_last_count(bench: Bench) -> None:
    said(bench, "1")
    asked_again(bench, "1", Recheck(Presence.THERE, shares=9_000))
    asked_again(bench, "1", Recheck(Presence.THERE))
    assert shares(said(bench, "2", "charged twice again")) == 9_000


def test_a_case_whose_author_went_viral_is_raised_by_their_next_message(bench: Bench) -> None:
    first = said(bench, "1", shares=0)
    asked_again(bench, "1", Recheck(Presence.THERE, shares=9_000))
    next_at = (NOW + timedelta(minutes=1)).isoformat()
    said(bench, "2", "and still nothing", conversation_id="1", in_reply_to="1", created_at=next_at)
    with bench.store.reading() as transaction:
        case = transaction.cases.get(first.case_id or 0)
    assert case is not None and first.decision is not None
    assert (first.decision.reach.shares, case.decision.reach.shares) == (0, 9_000)


def test_reposts_that_were_told_one_by_one_count_too(bench: Bench) -> None:
    said(bench, "1", shares=2)
    bench.keep(Page([], "", reposts=[Repost("x", "1", f"fan{number}", bench.time) for number in range(7)]))
    assert shares(said(bench, "2", "charged twice again")) == 7


def test_the_week_as_the_platform_showed_it_counts(bench: Bench) -> None:
    posts = [Post("77", "look", NOW - timedelta(days=2), shares=640), Post("78", "hm", NOW - timedelta(days=1))]
    bench.keep(Page([mention("charged twice", id="1")], "", histories={"u1": posts}))
    bench.flow.sweep()
    bench.drain()
    assert shares(only(bench, "1")) == 640


@pytest.mark.parametrize("is_honoured", [True, False])
def test_what_its_author_deleted_does_not_count_from_anywhere(bench: Bench, is_honoured: bool) -> None:
    said(bench, "1", "nice weather", shares=5_000)
    asked_again(bench, "1", Recheck(Presence.THERE, shares=6_000))
    gone = Page([], "", deletions=[Deletion("x", "acme", "1", bench.time)])
    if is_honoured:
        bench.keep(gone)
        assert only(bench, "1").mention.shares is None
    else:
        with bench.store.writing() as transaction:
            held = PlatformDeletion(mention("", id="1").id, bench.time, bench.time, None, None, "legal hold 1", None)
            transaction.retention.note_deletion(held)
        assert only(bench, "1").mention.shares == 5_000
    history = {"u1": [Post("1", "nice weather", NOW - timedelta(minutes=1), shares=7_000)]}
    bench.keep(Page([mention("charged twice", id="2", conversation_id="2")], "", histories=history))
    bench.flow.sweep()
    bench.drain()
    assert shares(only(bench, "2")) is None


def test_words_that_are_taken_out_take_their_counts_with_them(bench: Bench) -> None:
    item = said(bench, "1", shares=5_000)
    asked_again(bench, "1", Recheck(Presence.THERE, shares=6_000))
    with bench.store.writing() as transaction:
        transaction.redaction.words(item.case_id or 0)
        run = transaction._connection.execute
        assert run(mentions.select()).one().shares is None
        assert run(rechecks.select()).one().shares is None


def test_without_an_author_only_the_message_itself_counts(bench: Bench) -> None:
    said(bench, "1", shares=5_000)
    item = said(bench, "2", "charged twice again", shares=12, author=None)
    assert shares(item) == 12


def test_a_replay_finds_what_counted_then_and_not_what_was_told_since(bench: Bench) -> None:
    said(bench, "1", days_ago=3, shares=400)
    said(bench, "2", "charged twice again")
    asked_again(bench, "1", Recheck(Presence.THERE, shares=9_000))
    policy = bench.flow.policy
    question = Question(NOW - timedelta(days=9), NOW + timedelta(days=9), policy, policy)
    found = [one.outcome for one in replayed(bench.store, question)]
    assert len(found) == 2
    assert all(one is not None and one.as_decided and not one.changed for one in found)


def test_a_batch_is_one_look_up_by_an_index(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    for number in range(12):
        said(bench, str(number), f"charged twice {number}", shares=number, author=KNOWN | {"id": f"u{number % 3}"})
    asked: list[Any] = []
    with sqlite_store.reading() as transaction:
        items = transaction.mentions.get([mention("", id=str(number)).id for number in range(12)])
        event.listen(sqlite_store.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        rule = bench.flow.policy.house.reach
        assert most_shared(transaction, items, [None] * 12, rule)[:3] == [9, 10, 11]
    with sqlite_store.engine.connect() as connection:
        [(sql, values)] = [one for one in asked if "FROM" in one[0]]
        plan = [step.detail for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()]
    assert any("ix_mentions_author" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN")], plan
