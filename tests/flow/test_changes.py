"""Edits, deletions, reposts and departures: whatever order they come in, and however often, the same is stored."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from flow.changes import keep_changes
from models import (
    AccountState,
    Bystander,
    Deletion,
    Departure,
    Edit,
    EventKind,
    Page,
    Presence,
    Recheck,
    Repost,
    Surroundings,
)
from models.errors import RetryableError
from models.retention import DELETED
from store.channel_tables import account_states, early_deletions, mention_versions, pushes, reposts
from store.pushes import PushState
from store.retention_tables import platform_deletions
from store.store import Store
from store.tables import mentions
from tests.flow.bench import Bench, mention


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def said(bench: Bench, id: str, text: str, **more: Any) -> Any:
    return mention(text, id=id, **more)


def edit(bench: Bench, id: str, text: str, *, version: str, after: float) -> Edit:
    original = mention(text, id=id)
    return Edit(original, version, original.created_at + timedelta(seconds=after))


def push(bench: Bench, *pages: Page) -> None:
    for page in pages:
        bench.receiver.push(page)
        bench.flow.receive("x")
    bench.drain()


def only(bench: Bench, id: str = "1") -> Any:
    with bench.store.reading() as transaction:
        [item] = transaction.mentions.get([mention("", id=id).id])
        return item


def test_an_edit_is_judged_again_and_every_wording_is_kept(bench: Bench) -> None:
    push(bench, Page([said(bench, "1", "nice weather")], ""))
    assert only(bench).decision.is_complaint is False
    push(bench, Page([], "", edits=[edit(bench, "1", "I was charged twice", version="2", after=60)]))
    item = only(bench)
    assert item.mention.text == "I was charged twice"
    assert item.decision.is_complaint is True
    with bench.store.reading() as transaction:
        wordings = transaction.changes.wordings([item.mention.id])[item.mention.id]
        kinds = [event.kind for event in transaction.events.of_case(item.case_id)]
        kept = transaction.register.of_complaint(transaction.cases.get(item.case_id).complaint_id)
    assert [wording.text for wording in wordings] == ["nice weather", "I was charged twice"]
    assert kinds.count(EventKind.EDITED_ON_PLATFORM) == 1
    assert len(kept) == 1


def test_a_complaint_that_is_edited_away_stays_in_the_register(bench: Bench) -> None:
    push(bench, Page([said(bench, "1", "I was charged twice")], ""))
    push(bench, Page([], "", edits=[edit(bench, "1", "nice weather", version="2", after=60)]))
    with bench.store.reading() as transaction:
        entries = transaction.register.of_complaint("C-0000001")
    assert entries[0].kind == "opened"
    assert "charged twice" in str(entries[0].personal)


def test_an_edit_of_a_message_we_do_not_hold_is_taken_in_as_it_reads_now(bench: Bench) -> None:
    push(bench, Page([], "", edits=[edit(bench, "1", "I was charged twice", version="2", after=60)]))
    assert only(bench).mention.text == "I was charged twice"
    assert only(bench).decision.is_complaint is True


def test_a_deleted_message_does_not_come_back_with_an_edit(bench: Bench) -> None:
    push(bench, Page([said(bench, "1", "nice weather")], ""))
    one = mention("", id="1")
    push(bench, Page([], "", deletions=[Deletion(one.channel, one.account, "1", bench.time)]))
    push(bench, Page([], "", edits=[edit(bench, "1", "secret words", version="2", after=60)]))
    assert only(bench).mention.text == DELETED


def test_a_deletion_that_overtakes_its_message_is_honoured_when_it_comes(bench: Bench) -> None:
    one = said(bench, "1", "nice weather")
    push(bench, Page([], "", deletions=[Deletion(one.channel, one.account, "1", bench.time)]))
    push(bench, Page([one], ""))
    bench.flow.tick()
    assert only(bench).mention.text == DELETED


def test_a_deletion_of_a_message_nobody_knows_leaves_nothing_when_it_was_pulled(bench: Bench) -> None:
    bench.source.mentions = []
    with bench.store.writing() as transaction:
        gone = Page([], "", deletions=[Deletion("x", "acme", "77", bench.time)])
        keep_changes(transaction, gone, bench.flow.retention, keep_early=False, now=bench.time)
        assert not transaction.changes.take_early_deletions([mention("", id="77").id])


def test_an_account_that_is_deleted_takes_its_messages_with_it(bench: Bench) -> None:
    one = said(bench, "1", "nice weather")
    push(bench, Page([one], ""))
    assert one.author is not None
    push(bench, Page([], "", departures=[Departure("x", one.author.id, AccountState.DELETED, bench.time)]))
    assert only(bench).mention.text == DELETED


def test_reposts_are_counted_once_for_each_account_and_open_no_case(bench: Bench) -> None:
    push(bench, Page([said(bench, "1", "charged twice")], ""))
    again = [Repost("x", "1", who, bench.time) for who in ("a", "b", "a")]
    push(bench, Page([], "", reposts=again))
    with bench.store.reading() as transaction:
        assert transaction.changes.reposts_of([mention("", id="1").id]) == {mention("", id="1").id: 2}
        assert transaction.counts.all(now=bench.time)["cases_total"] == 1


def test_a_push_is_read_with_its_thread_and_bystanders_are_never_judged(bench: Bench) -> None:
    one = said(bench, "1", "charged twice", conversation_id="t")
    parent = Bystander(replace(mention("our post", id="0", conversation_id="t")), is_ours=True)
    bench.channel.around = Surroundings(bystanders=[parent])  # type: ignore[attr-defined]
    push(bench, Page([one], ""))
    with bench.store.reading() as transaction:
        [shown] = transaction.changes.around(only(bench).conversation_key, limit=10)
        assert transaction.counts.all(now=bench.time)["messages"]["triaged"] == 1
    assert (shown.text, shown.is_ours) == ("our post", True)


def test_a_channel_that_does_not_answer_delays_a_message_and_does_not_lose_it(bench: Bench) -> None:
    def down(_: Sequence[object]) -> Surroundings:
        raise RetryableError("x: no connection")

    bench.channel.surroundings = down  # type: ignore[method-assign]
    bench.receiver.push(Page([said(bench, "1", "charged twice")], ""))
    for _ in range(3):
        bench.flow.receive("x")
    bench.drain()
    assert only(bench).decision.is_complaint is True


def test_a_push_that_cannot_be_read_is_set_aside_alone_and_can_be_tried_again(bench: Bench) -> None:
    bench.receiver.push_broken()
    push(bench, Page([said(bench, "1", "charged twice")], ""))
    assert only(bench).decision.is_complaint is True
    with bench.store.reading() as transaction:
        assert transaction.pushes.failed() == {"x": 1}
    bench.flow.retry()
    with bench.store.reading() as transaction:
        assert transaction.pushes.receivers_waiting() == {"x": 1}


def test_what_was_read_keeps_no_body(bench: Bench) -> None:
    push(bench, Page([said(bench, "1", "charged twice")], ""))
    with bench.store.reading() as transaction:
        rows = transaction._connection.execute(select(pushes.c.state, pushes.c.body)).all()
    assert [tuple(row) for row in rows] == [(PushState.DONE.value, None)]


def test_a_delivery_is_known_for_a_month_and_then_forgotten(bench: Bench) -> None:
    assert bench.receiver.push(Page([said(bench, "1", "charged twice")], ""), delivery_id="d1")
    bench.flow.receive("x")
    bench.drain()
    bench.time += timedelta(days=29)
    bench.flow.tick()
    assert not bench.receiver.push(Page([said(bench, "1", "charged twice")], ""), delivery_id="d1")
    bench.time += timedelta(days=2)
    bench.flow.tick()
    with bench.store.reading() as transaction:
        assert transaction._connection.execute(select(pushes)).all() == []


def test_messages_whose_deletion_nobody_tells_are_asked_after(bench: Bench) -> None:
    push(bench, Page([said(bench, "1", "nice weather"), said(bench, "2", "charged twice")], ""))
    first, second = mention("", id="1").id, mention("", id="2").id
    changed = edit(bench, "2", "thank you", version="2", after=60)
    bench.channel.rechecks = {  # type: ignore[attr-defined]
        first: Recheck(Presence.GONE),
        second: Recheck(Presence.EDITED, changed),
    }
    bench.flow.world._settings = bench.flow.settings
    type(bench.flow.world).channels = property(lambda self: ["x"])  # type: ignore[method-assign, assignment]
    bench.time += timedelta(hours=25)
    assert bench.flow.recheck_messages() == 1
    bench.drain()
    assert only(bench, "1").mention.text == DELETED
    assert only(bench, "2").mention.text == "thank you"
    assert bench.flow.recheck_messages() == 0


# Every order of late and doubled pushes


def happenings() -> list[Page]:
    one, at = mention("nice weather", id="1"), mention("", id="1").created_at
    author = one.author
    assert author is not None
    return [
        Page([one], ""),
        Page([], "", edits=[Edit(replace(one, text="charged twice"), "v2", at + timedelta(seconds=30))]),
        Page([], "", edits=[Edit(replace(one, text="thank you"), "v3", at + timedelta(seconds=60))]),
        Page([mention("still no refund", id="2", conversation_id="1")], ""),
        Page([], "", deletions=[Deletion("x", "acme", "2", at + timedelta(seconds=90))]),
        Page([], "", reposts=[Repost("x", "1", "zoe", at)]),
        Page([], "", departures=[Departure("x", author.id, AccountState.DEACTIVATED, at + timedelta(seconds=70))]),
        Page([], "", departures=[Departure("x", author.id, AccountState.ACTIVE, at + timedelta(seconds=80))]),
    ]


def stored(bench: Bench) -> object:
    """What is there now, without when it came."""
    with bench.store.reading() as transaction:
        run, wording, deleted = transaction._connection.execute, mention_versions.c, platform_deletions.c
        return {
            "mentions": sorted(map(tuple, run(select(mentions.c.id, mentions.c.text, mentions.c.state)))),
            "wordings": sorted(map(tuple, run(select(wording.version, wording.text, wording.edited_at)))),
            "deleted": sorted(map(tuple, run(select(deleted.mention_id, deleted.deleted_at)))),
            "early": run(select(early_deletions)).all(),
            "reposts": sorted(map(tuple, run(select(reposts.c.native_id, reposts.c.author_key)))),
            "accounts": sorted(map(tuple, run(select(account_states)))),
        }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([*range(8), *range(8)]))
def test_any_order_of_late_and_doubled_pushes_leads_to_the_same(
    order: list[int],
    tmp_path_factory: pytest.TempPathFactory,
    empty_sqlite: Path,
    open_store: Callable[[str], Store],
) -> None:
    def run(places: Sequence[int]) -> object:
        file = tmp_path_factory.mktemp("order") / "earshot.db"
        shutil.copyfile(empty_sqlite, file)
        bench = Bench(open_store(f"sqlite:///{file}"))
        pages = happenings()
        for place in places:
            bench.receiver.push(pages[place])
        bench.flow.receive("x")
        bench.drain()
        bench.flow.tick()
        return stored(bench)

    assert run(order) == run(range(8))
