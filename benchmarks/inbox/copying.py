"""A big database in little time: some thousand cases by `filling`, the rest copies of these that the database makes.

A copy has numbers, keys and ids of its own; authors and what is known of them it shares.
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, Table, cast, func, literal, select

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
            for table in ORDER:
                _copy(connection, table, first, most=min(made, count - first))
    go_on_counting(store)
    return store


def _copy(connection: Connection, table: Table, by: int, *, most: int) -> None:
    columns = [column for column in table.columns if not (table is events and column.name == "id")]
    copied = {column.name: _copied(table, column, by) for column in columns}
    wanted = select(*copied.values()).where(_in_block(table, most))
    connection.execute(table.insert().from_select(list(copied), wanted))


def _copied(table: Table, column: Column[Any], by: int) -> ColumnElement[Any]:
    if column.name in NUMBERS.get(table, ()):
        return column + by
    if column.name in NAMES.get(table, ()):
        return func.substr(cast(column, String) + literal(f"-{by}"), 1, 60)
    return column


def _in_block(table: Table, most: int) -> ColumnElement[bool]:
    if table is verdicts:
        return verdicts.c.mention_id.in_(select(mentions.c.id).where(mentions.c.case_id <= most))
    return OF_BLOCK[table] <= most
