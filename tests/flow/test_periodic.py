"""What the clock does beside the clocks of cases."""

from datetime import timedelta

from flow.platform_deletion import honour_deletion
from models.retention import DELETED, HoldScope
from store.store import Store
from tests.flow.retention_bench import PACK, RetentionBench


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
