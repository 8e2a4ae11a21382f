"""A big database in little time: some thousand cases by `filling`, the rest copies of these that the database makes.

A copy has numbers, keys and ids of its own; authors and what is known of them it shares.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, MetaData, Select, String, Table, cast, func, literal, select

from benchmarks.inbox.filling import fill, go_on_counting
from store.complaint_tables import complaints
from store.search_tables import case_facets, message_words
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
    message_words: ("case_id",),
    case_facets: ("case_id",),
}
NAMES = {
    cases: ("conversation_key", "complaint_id"),
    complaints: ("id",),
    mentions: ("id", "native_id", "conversation_key", "conversation_id", "words_digest"),
    verdicts: ("mention_id",),
    outbox: ("key", "mention_id"),
    events: ("key", "mention_id"),
    message_words: ("mention_id",),
}
COUNTED_BY_DATABASE = (events, message_words)
KEPT_BY_TRIGGERS = (message_words, case_facets)
ORDER = (cases, complaints, mentions, verdicts, clocks, outbox, receipts, events)


def fill_quickly(url: str, *, count: int, share_open: float, seed: int = 7) -> Store:
    """As `fill`, with the share of open cases that the first block came to; all blocks are equal, so that it may be a
    few more."""
    made = math.ceil(count / math.ceil(count / BLOCK))
    store = fill(url, count=made, share_open=share_open, seed=seed)
    with _copying(store, select(cases.c.id).where(cases.c.id <= made)) as copy:
        for first in range(made, count, made):
            copy(first)
    go_on_counting(store)
    return store


def add_done(store: Store, count: int) -> None:
    """So many more cases, or a few more, all of them done: copies with numbers above all that are there."""
    is_done = select(cases.c.id).where(cases.c.id <= BLOCK, cases.c.state != "open")
    with store.engine.connect() as connection:
        of_block = select(func.count()).select_from(is_done.subquery()).scalar_subquery()
        in_block, last = connection.execute(select(of_block, func.max(cases.c.id))).one()
        highest = max(last, connection.scalar(select(func.max(outbox.c.id))) or 0)  # agents have answered meanwhile
    if count > 0:
        with _copying(store, is_done) as copy:
            for number in range(math.ceil(count / in_block)):
                copy(highest + number * BLOCK)
    go_on_counting(store)


@contextmanager
def _copying(store: Store, ids: Select[tuple[int]]) -> Iterator[Callable[[int], None]]:
    """Gives what copies these cases, with numbers higher by what it is called with."""
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        is_postgres = connection.dialect.name == "postgresql"
        order = ORDER + (KEPT_BY_TRIGGERS if is_postgres else ())
        patterns = {table: _pattern(connection, table, ids) for table in order}
        indexes = _without_indexes(connection, order) if is_postgres else []

        def copy(by: int) -> None:
            for table, pattern in patterns.items():
                copied = {column.name: _copied(table, column, by) for column in pattern.columns}
                connection.execute(table.insert().from_select(list(copied), select(*copied.values())))

        yield copy
        for statement in indexes:
            connection.exec_driver_sql(statement)
        for pattern in patterns.values():
            pattern.drop(connection)


def _pattern(connection: Connection, table: Table, ids: Select[tuple[int]]) -> Table:
    """A copy of the rows that are copied: to look for them in a table that grows would take longer each time."""
    columns = [each for each in table.columns if not (table in COUNTED_BY_DATABASE and each.name == "id")]
    kept = (Column(each.name, each.type) for each in columns)
    pattern = Table(f"of_{table.name}", MetaData(), *kept, prefixes=["TEMPORARY"])
    pattern.create(connection)
    of_cases = table.c.id if table is cases else table.c.get("case_id")
    if of_cases is not None:
        wanted = of_cases.in_(ids)
    elif table is verdicts:
        wanted = verdicts.c.mention_id.in_(select(mentions.c.id).where(mentions.c.case_id.in_(ids)))
    else:
        wanted = receipts.c.outbox_id.in_(select(outbox.c.id).where(outbox.c.case_id.in_(ids)))
    connection.execute(pattern.insert().from_select([each.name for each in columns], select(*columns).where(wanted)))
    return pattern


def _without_indexes(connection: Connection, tables: tuple[Table, ...]) -> list[str]:
    """Ten times as fast: neither triggers nor foreign keys are followed, and indexes that are no constraints come
    back afterwards by the statements given."""
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
    found = connection.exec_driver_sql(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)",
        ([table.name for table in tables],),
    ).all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return [statement for _, statement in found]


def _copied(table: Table, column: Column[Any], by: int) -> ColumnElement[Any]:
    if column.name in NUMBERS.get(table, ()):
        return column + by
    if column.name in NAMES.get(table, ()):  # what is copied together stays together in the indexes
        return literal(f"{by}-") + cast(column, String)
    return column
