"""Opening the database: SQLite in WAL mode, or PostgreSQL by URL."""

import re
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from models.errors import SetupError
from tracing import spans

BUSY_TIMEOUT_SECONDS = 30


def open_engine(url: str) -> Engine:
    """An engine whose acknowledged commits outlive a power cut. Its errors do not repeat what was to be written.

    Raises: SetupError for a URL that cannot be read, or a database that is neither SQLite nor PostgreSQL.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    engine = create_engine(parsed, hide_parameters=True, pool_size=5, max_overflow=10, pool_pre_ping=True)
    event.listen(engine, "connect", _prepare_postgres)
    return _traced(engine)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SetupError("EARSHOT_DATABASE_URL cannot be read as a database URL; see .env.example") from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        name = parsed.get_backend_name()
        raise SetupError(f"EARSHOT_DATABASE_URL: {name} is not supported; use sqlite:///… or postgresql://…")
    return parsed


def _open_sqlite(url: URL) -> Engine:
    if url.database and not url.database.startswith("file:"):
        _make_folder(Path(url.database).parent)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return _traced(engine)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SetupError(
            f"cannot make the folder {folder}: {error.strerror}; set EARSHOT_HOME to one you may write to"
        ) from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own: `_begin_sqlite` does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgres(connection: Any, _record: object) -> None:
    """PostgreSQL compiles what it thinks will be long work, which takes longer than any statement here may."""
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)")
"""Only names: values are never part of a statement, and of its words no more than this is told."""


def _traced(engine: Engine) -> Engine:
    """Every statement is a span of the job it belongs to, where traces were asked for before this."""
    if spans.is_on():
        event.listen(engine, "before_cursor_execute", _begins)
        event.listen(engine, "after_cursor_execute", _ends)
    return engine


def _begins(connection: Connection, *_: object) -> None:
    connection.info["earshot_began"] = time.time_ns()


def _ends(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    did = statement.lstrip().partition(" ")[0].upper()[:20]
    found = _TABLE.search(statement)
    table = found[1] if found is not None else ""
    facts = {"db.system": connection.dialect.name, "db.operation": did, "db.table": table}
    spans.done(f"{did} {table}".rstrip(), connection.info.pop("earshot_began", time.time_ns()), facts)
