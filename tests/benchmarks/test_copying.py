"""A database that was made big by copying is what it would be, had every row been made one by one."""

from collections import Counter

import pytest
from sqlalchemy import Table, func, inspect, select

from benchmarks.inbox import copying
from benchmarks.inbox.copying import ORDER, add_done, fill_quickly
from store.search_tables import case_facets, message_words
from store.store import Store
from store.tables import cases, events, mentions, metadata, outbox, receipts, verdicts

BLOCK = 40


def of_blocks(store: Store, table: Table) -> Counter[int]:
    """Block, counted from 0 → how many of the table's rows belong to its cases."""
    of_case = {
        cases: cases.c.id,
        verdicts: select(mentions.c.case_id).where(mentions.c.id == verdicts.c.mention_id).scalar_subquery(),
        receipts: select(outbox.c.case_id).where(outbox.c.id == receipts.c.outbox_id).scalar_subquery(),
    }.get(table, table.c.get("case_id"))
    assert of_case is not None
    with store.engine.connect() as connection:
        return Counter((number - 1) // BLOCK for number in connection.scalars(select(of_case).select_from(table)))


def indexes(store: Store) -> set[str]:
    found = inspect(store.engine)
    return {str(index["name"]) for table in metadata.tables for index in found.get_indexes(table)}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BLOCK", BLOCK)


def test_a_copy_has_all_that_belongs_to_a_case_and_every_index_is_there_again(store: Store, store_url: str) -> None:
    before = indexes(store)
    fill_quickly(store_url, count=3 * BLOCK, share_open=0.3).close()
    for table in (*ORDER, message_words, case_facets):
        counts = of_blocks(store, table)
        assert counts[0] > 0, table.name
        assert counts == {0: counts[0], 1: counts[0], 2: counts[0]}, table.name
    assert indexes(store) == before
    with store.engine.connect() as connection:
        assert connection.scalar(select(func.count(events.c.key.distinct()))) == sum(of_blocks(store, events).values())


def test_blocks_are_equal(store: Store, store_url: str) -> None:
    fill_quickly(store_url, count=100, share_open=0.3).close()
    with store.engine.connect() as connection:
        numbers = list(connection.scalars(select(cases.c.id).order_by(cases.c.id)))
    assert numbers == list(range(1, 3 * 34 + 1))


def test_what_is_added_is_done_and_comes_after_all_that_is_there(store: Store, store_url: str) -> None:
    fill_quickly(store_url, count=BLOCK, share_open=0.3).close()
    with store.engine.connect() as connection:
        in_block = dict(connection.execute(select(cases.c.state, func.count()).group_by(cases.c.state)).all())
    assert in_block["open"] > 0
    add_done(store, 2 * BLOCK)
    with store.engine.connect() as connection:
        states = dict(connection.execute(select(cases.c.state, func.count()).group_by(cases.c.state)).all())
    assert states["open"] == in_block["open"]
    assert sum(states.values()) - BLOCK >= 2 * BLOCK
    add_done(store, 1)
    with store.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(cases)) > sum(states.values())
