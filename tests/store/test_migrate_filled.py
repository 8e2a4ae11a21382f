"""A database of any earlier schema, with rows in every table, is brought to this one and keeps all it held.

There is no release yet, so every revision counts as one that somebody may run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy import types as kinds

from register.verify import verify_stored
from store.columns import Instant
from store.migrate import MIGRATIONS, upgrade
from store.search_tables import is_of_schema
from store.store import Store
from store.tables import metadata
from tests.flow.bench import Bench
from tests.inbox.factory import NOW, add_demo

pytestmark = pytest.mark.slow

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
COMPARED = {"include_name": is_of_schema}
KEPT_BY_TRIGGERS = {"message_words", "case_facets"}


@dataclass(frozen=True, slots=True)
class Held:
    rows: Rows
    """Of every table."""
    real: set[str]
    """Tables whose rows the program itself wrote."""


SCRIPTS = ScriptDirectory(str(MIGRATIONS))
REVISIONS = [one.revision for one in reversed(list(SCRIPTS.walk_revisions()))]


def migrate(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Held:
    """Rows of every table: of cases that were worked on where the program made some, else made up by their types."""
    path = tmp_path_factory.mktemp("held") / "earshot.db"
    path.write_bytes(empty_sqlite.read_bytes())
    store = Store(f"sqlite:///{path}")
    add_demo(store, now=NOW)
    bench = Bench(store)
    author = {"id": "u1", "handle": "mira", "name": "Mira Field", "followers": 12}
    bench.read({"id": "m1", "channel": "x", "text": "charged twice for one transfer", "author": author})
    bench.drain()
    found: dict[str, list[dict[str, Any]]] = {}
    real: set[str] = set()
    with store.engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]
            real |= {table.name} if rows else set()
            found[table.name] = rows or [_made_up(table, number, found) for number in (1, 2)]
    store.close()
    assert {"register_entries", "verdicts", "clocks", "outbox", "complaints"} <= real
    return Held(found, real)


def _made_up(table: Table, number: int, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    return {column.name: _value(column, number, found) for column in table.columns}


def _value(column: Column[Any], number: int, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
    for key in column.foreign_keys:
        parents = found.get(key.column.table.name, [])
        return parents[min(number, len(parents)) - 1][key.column.name] if parents else None
    given: list[tuple[type[Any], Any]] = [
        (Instant, datetime(2026, 3, number, 12, 30, 15, 250_000, tzinfo=UTC)),
        (kinds.Date, date(2026, 3, number)),
        (kinds.JSON, {"made": ["up", number]}),
        (Boolean, number == 1),
        (Float, number + 0.5),
        (LargeBinary, bytes([number, 0, 255])),
        (Integer, number),
        (kinds.String, f"ü{number}"),
    ]
    return next(value for kind, value in given if isinstance(column.type, kind))


def fill(connection: Connection, rows: Rows) -> set[str]:
    """Put in what fits: tables and columns that there are at this revision; gives the tables."""
    there = inspect(connection)
    names = set(there.get_table_names())
    filled = set()
    for table in metadata.sorted_tables:
        if table.name not in names or table.name not in rows or table.name in KEPT_BY_TRIGGERS:
            continue
        columns = {column["name"] for column in there.get_columns(table.name)}
        assert columns <= set(table.columns.keys()), f"{table.name} has lost a column since"
        then = Table(table.name, MetaData(), *(Column(name, table.columns[name].type) for name in sorted(columns)))
        filled.add(table.name)
        if connection.execute(select(table.primary_key.columns[0]).limit(1)).first() is not None:
            continue  # what made the table has filled it from what was there
        connection.execute(insert(then), [{name: row[name] for name in columns} for row in rows[table.name]])
        _count_on(connection, table)
    return filled


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's counters know nothing of rows that brought their own number."""
    column = table.autoincrement_column
    if connection.dialect.name == "postgresql" and column is not None:
        last = connection.scalar(select(func.max(column))) or 1
        counter = func.pg_get_serial_sequence(table.name, column.name)
        if connection.scalar(select(counter)) is not None:
            connection.execute(select(func.setval(counter, last)))


def kept(connection: Connection, name: str, columns: set[str]) -> list[dict[str, Any]]:
    table = metadata.tables[name]
    rows = connection.execute(select(*(table.columns[column] for column in sorted(columns))))
    return sorted((dict(row._mapping) for row in rows), key=repr)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path, open_store: Callable[[str], Store]) -> Iterator[Store]:
    """A database without any table."""
    if request.param == "sqlite":
        yield open_store(f"sqlite:///{tmp_path / 'old.db'}")
        return
    with request.getfixturevalue("postgres").database() as url:
        store = open_store(url)
        yield store
        store.close()


def open_at(connection: Connection, name: str) -> set[str]:
    return {each["name"] for each in inspect(connection).get_columns(name)}


def require_whole(store: Store, before: Mapping[str, tuple[set[str], list[dict[str, Any]]]]) -> None:
    with store.engine.connect() as connection:
        for name, (columns, rows) in before.items():
            assert kept(connection, name, columns) == rows, name
        assert compare_metadata(MigrationContext.configure(connection, opts=COMPARED), metadata) == []
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        words = connection.scalar(text("SELECT count(*) FROM message_words"))
        shown = "case_id IS NOT NULL AND id NOT IN (SELECT mention_id FROM platform_deletions)"
        assert words == connection.scalar(text(f"SELECT count(*) FROM mentions WHERE {shown}"))


def test_every_step_is_taken_with_rows_in_every_table_and_keeps_them(empty: Store, held: Held) -> None:
    """To come from any earlier revision is to take these steps from there on."""
    before: dict[str, tuple[set[str], list[dict[str, Any]]]] = {}
    for revision in REVISIONS:
        with empty.engine.connect().execution_options(writes=True) as connection, connection.begin():
            migrate(connection, revision)
            new = {name: rows for name, rows in held.rows.items() if name not in before}
            for name in fill(connection, new):
                columns = open_at(connection, name)
                before[name] = (columns, kept(connection, name, columns))
    assert set(before) == set(held.rows) - KEPT_BY_TRIGGERS
    upgrade(empty.engine)
    require_whole(empty, before)
    assert register_of(empty) == (None, len(held.rows["register_entries"]))


@pytest.mark.parametrize("revision", ["0001", "0008", "0016", REVISIONS[-2]])
def test_the_program_goes_on_with_what_an_earlier_one_left(empty: Store, held: Held, revision: str) -> None:
    """In one go, as at a start. Then further messages come."""
    with empty.engine.connect().execution_options(writes=True) as connection, connection.begin():
        migrate(connection, revision)
        names = fill(connection, {name: rows for name, rows in held.rows.items() if name in held.real})
        before = {name: (columns := open_at(connection, name), kept(connection, name, columns)) for name in names}
    upgrade(empty.engine)
    require_whole(empty, before)
    bench = Bench(empty)
    bench.time = NOW
    bench.read({"id": "n1", "channel": "x", "text": "charged twice again", "author": {"id": "u9", "handle": "new"}})
    bench.drain()
    bench.flow.tick()
    bench.drain()
    with empty.reading() as transaction:
        assert transaction.counts.waiting()[0] == 0
    fault, entries = register_of(empty)
    assert fault is None and entries > len(held.rows["register_entries"])


def register_of(store: Store) -> tuple[str | None, int]:
    with store.reading() as transaction:
        found = verify_stored(transaction.register.stored(), head=transaction.register.head())
    return found.fault, found.entries
