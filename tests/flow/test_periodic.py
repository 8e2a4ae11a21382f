"""What the clock does beside the clocks of cases."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from flow import periodic
from flow.platform_deletion import honour_deletion
from models import EventKind
from models.retention import DELETED, HoldScope
from policy.loading import load_policy
from settings import Settings
from store.store import Store
from tests.flow.retention_bench import PACK, RetentionBench
from tests.flow.test_channel_watch import count_writing


def test_the_clock_takes_the_copies_of_a_deleted_message_out_once_nothing_keeps_them(store: Store) -> None:
    bench = RetentionBench(store)
    case_id = bench.say("1", "free crypto for all")
    hold = bench.hold(HoldScope.CASE, str(case_id))
    with store.writing() as transaction:
        at = bench.time - timedelta(minutes=1)
        assert honour_deletion(transaction, PACK, bench.key("1"), at=at, now=bench.time).redacted_at is None
    bench.flow.tick()
    assert _text(bench) != DELETED
    bench.lift(hold.number)
    assert bench.flow.tick() == 1
    assert _text(bench) == DELETED
    assert bench.flow.tick() == 0


def _text(bench: RetentionBench) -> str:
    with bench.store.reading() as transaction:
        return transaction.mentions.get([bench.key("1")])[0].mention.text


def test_while_a_hold_keeps_them_the_clock_reads_and_neither_locks_nor_writes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = RetentionBench(store)
    case_id = bench.say("1", "free crypto for all")
    hold = bench.hold(HoldScope.CASE, str(case_id))
    with store.writing() as transaction:
        at = bench.time - timedelta(minutes=1)
        honour_deletion(transaction, PACK, bench.key("1"), at=at, now=bench.time)
    tried: list[datetime] = []

    def redact(*_: object, now: datetime) -> int:
        tried.append(now)
        return 0

    monkeypatch.setattr(periodic, "redact_deleted", redact)
    bench.flow.tick()
    assert tried == []
    bench.lift(hold.number)
    bench.flow.tick()
    assert tried == [bench.time]


def test_a_hold_in_place_of_another_is_noted_once(store: Store) -> None:
    bench = RetentionBench(store)
    case_id = bench.say("1", "free crypto for all")
    first = bench.hold(HoldScope.CASE, str(case_id))
    with store.writing() as transaction:
        at = bench.time - timedelta(minutes=1)
        honour_deletion(transaction, PACK, bench.key("1"), at=at, now=bench.time)
    second = bench.hold(HoldScope.CASE, str(case_id))
    bench.lift(first.number)
    bench.time += timedelta(minutes=1)
    bench.flow.tick()
    bench.flow.tick()
    with store.reading() as transaction:
        waits_for = transaction.retention.deletions([bench.key("1")])[bench.key("1")].waits_for
        said = [event for event in transaction.events.of_case(case_id) if event.kind is EventKind.DELETION_WAITS]
    assert waits_for is not None and f"legal hold {second.number}" in waits_for
    assert len(said) == 2


def test_pushes_that_were_read_are_forgotten_in_time_and_nothing_is_written_before(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = RetentionBench(store)
    with store.writing() as transaction:
        for name in ("read", "waits"):
            transaction.pushes.keep("x", name, b"{}", now=bench.time)
        [first, _] = transaction.pushes.waiting("x", limit=2)
        transaction.pushes.done(first.id)
    around = partial(periodic.look_around, store, load_policy(**Settings().policy), Settings(), PACK)
    around(now=bench.time + periodic.PUSHES_KNOWN)
    written = count_writing(monkeypatch)

    assert around(now=bench.time + periodic.PUSHES_KNOWN) == 0
    assert written == []

    assert around(now=bench.time + periodic.PUSHES_KNOWN + timedelta(seconds=1)) == 1
    with store.reading() as transaction:
        assert [push.id for push in transaction.pushes.waiting("x", limit=2)] == [first.id + 1]


def test_what_may_take_minutes_is_no_part_of_a_look_at_the_clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, looked = RetentionBench(store), list[str]()
    for module, name in (
        (periodic.systemic_look, "look"),
        (periodic.review, "draw"),
        (periodic.weekly_report, "send_due"),
        (periodic.dry_runs, "carry_out_waiting"),
    ):
        monkeypatch.setattr(module, name, lambda *_, name=name, **__: bool(looked.append(name)))
    bench.flow.tick()
    assert looked == []
    bench.flow.look_back()
    assert sorted(looked) == ["carry_out_waiting", "draw", "look", "send_due"]
