"""A big database in little time: some thousand cases by `filling`, the rest copies of these that the database makes.

A copy has numbers, keys and ids of its own; authors and what is known of them it shares.
"""

import math
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, String, Table, and_, cast, func, literal, select

from benchmarks.inbox.filling import fill, go_on_counting
from store.complaint_tables import complaints
from store.store import Store
from store.tables import cases, clocks, events, mentions, outbox, receipts, verdicts

BLOCK = 5_000
"""Cases that are made one by one; at most as many as `filling` has authors, so that no copy needs one of its own."""
NUMBERS = {
    cases: ("id",),
    complaints: ("case_id", "last_seq"),
    mentions: ("case_id", "arrival"),
    clocks: ("case_id",),
    outbox: ("id", "case_id"),
    receipts: ("outbox_id",),
    events: ("case_id",),
}
NAMES = {
    cases: ("conversation_key", "complaint_id"),
    complaints: ("id",),
    mentions: ("id", "native_id", "conversation_key", "conversation_id", "words_digest"),
    verdicts: ("mention_id",),
    outbox: ("key", "mention_id"),
    events: ("key", "mention_id"),
}
ORDER = (cases, complaints, mentions, verdicts, clocks, outbox, receipts, events)
OF_BLOCK = {  # which rows are the ones that were made one by one
    cases: cases.c.id,
    complaints: complaints.c.case_id,
    mentions: mentions.c.case_id,
    clocks: clocks.c.case_id,
    outbox: outbox.c.id,
    receipts: receipts.c.outbox_id,
    events: events.c.case_id,
}


def fill_quickly(url: str, *, count: int, share_open: float, seed: int = 7) -> Store:
    """As `fill`, with the share of open cases that the first block came to."""
    made = min(count, BLOCK)
    store = fill(url, count=made, share_open=share_open, seed=seed)
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for first in range(made, count, made):
            _copy_block(connection, first, cases.c.id <= min(made, count - first))
    go_on_counting(store)
    return store


def add_done(store: Store, count: int) -> None:
    """So many more cases, or a few more, all of them done: copies with numbers above all that are there."""
    is_done = and_(cases.c.id <= BLOCK, cases.c.state != "open")
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        of_block = select(func.count()).where(is_done)
        in_block, last = connection.execute(select(of_block.scalar_subquery(), func.max(cases.c.id))).one()
        highest = max(last, connection.scalar(select(func.max(outbox.c.id))) or 0)  # agents have answered meanwhile
        for number in range(math.ceil(count / in_block)):
            _copy_block(connection, highest + number * BLOCK, is_done)
    go_on_counting(store)


def _copy_block(connection: Connection, by: int, wanted: ColumnElement[bool]) -> None:
    ids = select(cases.c.id).where(wanted)
    for table in ORDER:
        _copy(connection, table, by, ids)


def _copy(connection: Connection, table: Table, by: int, ids: Select[tuple[int]]) -> None:
    columns = [column for column in table.columns if not (table is events and column.name == "id")]
    copied = {column.name: _copied(table, column, by) for column in columns}
    wanted = select(*copied.values()).where(_of(table, ids))
    connection.execute(table.insert().from_select(list(copied), wanted))


def _copied(table: Table, column: Column[Any], by: int) -> ColumnElement[Any]:
    if column.name in NUMBERS.get(table, ()):
        return column + by
    if column.name in NAMES.get(table, ()):
        return func.substr(cast(column, String) + literal(f"-{by}"), 1, 60)
    return column


def _of(table: Table, ids: Select[tuple[int]]) -> ColumnElement[bool]:
    if table is verdicts:
        return verdicts.c.mention_id.in_(select(mentions.c.id).where(mentions.c.case_id.in_(ids)))
    return OF_BLOCK[table].in_(ids)
