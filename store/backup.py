"""A copy of the whole database as it stood at one moment, taken while others write, and put back.

SQLite: its own online backup, from within one read transaction. PostgreSQL: `pg_dump` on an exported snapshot; put back
by `psql` in one transaction, so that what fails changes nothing.
"""

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, inspect, literal, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from models.errors import RetryableError, SetupError
from store.migrate import is_known, revision_in, upgrade
from store.store import Store, Transaction
from store.tables import metadata

WORTH_KEEPING = ("mentions", "cases", "events", "register_entries", "users", "quarantine", "pushes")
"""With a row in one of these, a database is not to be written over by mistake."""
PACKAGE = (
    "install PostgreSQL's client programs (Debian: apt-get install postgresql-client), at least of the server's age"
)
LAST_WORDS = 300

Looked = TypeVar("Looked")
Look = Callable[[Transaction], Looked]
"""Is shown the very state that is copied, or that was put back."""


class Kind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Copied:
    kind: Kind
    revision: str
    """Of the schema."""


def kind_of(store: Store) -> Kind:
    return Kind(store.engine.dialect.name)


# out


def copy_out(store: Store, target: Path, look: Look[Looked]) -> tuple[Copied, Looked]:
    """Write the database into the new file `target`.

    Raises: SetupError where there is no database yet, or a program is missing or refuses; RetryableError.
    """
    try:
        return _copy_sqlite(store, target, look) if kind_of(store) is Kind.SQLITE else _dump(store, target, look)
    except DBAPIError as error:
        raise RetryableError(f"the database could not be copied: {_first_line(error.orig)}; try again") from error


def _copy_sqlite(store: Store, target: Path, look: Look[Looked]) -> tuple[Copied, Looked]:
    source = _file_of(store)
    if not source.is_file():
        raise SetupError(f"there is no database at {source}: check EARSHOT_HOME and EARSHOT_DATABASE_URL")
    target.touch(mode=0o600, exist_ok=False)
    with store.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")  # from here on, this is the state that is seen
        raw = connection.connection.driver_connection
        copy = sqlite3.connect(target)
        try:
            raw.backup(copy)  # type: ignore[union-attr]  # it is the driver's own connection
        finally:
            copy.close()
    with _opened(target) as other:
        return _seen(other, look)


def _dump(store: Store, target: Path, look: Look[Looked]) -> tuple[Copied, Looked]:
    program = _program("pg_dump")
    level = store.engine.connect().execution_options(isolation_level="REPEATABLE READ")
    with level as connection, connection.begin(), _told(store, target.parent) as where:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        told = _revision(connection)
        looked = look(Transaction(connection))
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", "--no-password")
        _run(program, *options, f"--file={target}", f"--dbname={where}")
        target.chmod(0o600)
        return Copied(Kind.POSTGRESQL, told), looked


def _seen(store: Store, look: Look[Looked]) -> tuple[Copied, Looked]:
    with store.engine.connect() as connection, connection.begin():
        return Copied(Kind.SQLITE, _revision(connection)), look(Transaction(connection))


def _revision(connection: Connection) -> str:
    found = revision_in(connection)
    if found is None or not inspect(connection).has_table("register_head"):
        raise SetupError("the database holds no tables of Earshot yet; there is nothing to back up")
    return found


# in


def require_fitting(store: Store, copied: Copied) -> None:
    """Raises: SetupError where the copy is of another kind of database, or of a newer program."""
    kind = kind_of(store)
    if kind is not copied.kind:
        raise SetupError(
            f"the backup is of {copied.kind.value}, and EARSHOT_DATABASE_URL names {kind.value}: name one like it"
        )
    if not is_known(copied.revision):
        raise SetupError(
            f"the backup is of schema {copied.revision}, which this program does not know: restore with a newer one"
        )


def what_is_there(store: Store) -> list[str]:
    """Tables that hold something worth keeping; empty where nothing would be lost."""
    if kind_of(store) is Kind.SQLITE and not _file_of(store).is_file():
        return []
    with store.engine.connect() as connection, connection.begin():
        there = set(inspect(connection).get_table_names()) & set(WORTH_KEEPING)
        return [name for name in WORTH_KEEPING if name in there and _has_rows(connection, name)]


def _has_rows(connection: Connection, name: str) -> bool:
    return connection.execute(select(literal(1)).select_from(metadata.tables[name]).limit(1)).first() is not None


def require_alone(store: Store) -> None:
    """Raises: SetupError where another process has the database open."""
    if kind_of(store) is Kind.POSTGRESQL:
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        with store.engine.connect() as connection:
            count = connection.scalar(text(others)) or 0
        if count:
            raise SetupError(f"{count} other connections to the database are open: stop every part of Earshot first")
        return
    store.close()
    path = _file_of(store)
    if not path.is_file():
        return
    alone = sqlite3.connect(path, timeout=1)
    try:
        alone.execute("PRAGMA journal_mode=DELETE")  # refused while anybody else has it open
    except sqlite3.OperationalError:
        raise SetupError(f"{path} is open in another process: stop every part of Earshot first") from None
    except sqlite3.DatabaseError as error:
        raise SetupError(f"{path} is no database that can be read ({error}): move it away first") from None
    finally:
        alone.close()


def put_in(store: Store, copy: Path, look: Look[Looked], *, is_good: Callable[[Looked], bool], now: datetime) -> Looked:
    """Put the copy in the place of the database, and bring it to this version's tables.

    Effects that waited are looked up before they are tried: since the backup they may have been carried out.

    SQLite: it takes the place only where `is_good` says so of what `look` saw; until then nothing is touched.
    PostgreSQL: `look` sees it when it is in place.

    Raises: SetupError, with nothing changed.
    """
    if kind_of(store) is Kind.POSTGRESQL:
        _load(store, copy)
        return _brought_on(store, look, now)
    with _opened(copy) as other:
        _require_whole(other)
        looked = _brought_on(other, look, now)
    if is_good(looked):
        store.close()
        _take_place(copy, _file_of(store))
    return looked


def _take_place(copy: Path, target: Path) -> None:
    """At one stroke, also where it lies on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    near = target.with_name(target.name + ".restoring")
    try:
        shutil.copyfile(copy, near)
        near.chmod(0o600)
        near.replace(target)
    except OSError as error:
        near.unlink(missing_ok=True)
        raise SetupError(f"cannot write {target}: {error.strerror}; nothing was changed") from None


def _brought_on(store: Store, look: Look[Looked], now: datetime) -> Looked:
    upgrade(store.engine)
    with store.writing() as transaction:
        transaction.vitals.doubt_effects(now=now)
    with store.reading() as transaction:
        return look(transaction)


def _require_whole(store: Store) -> None:
    with store.engine.connect() as connection:
        said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(3)")]
        loose = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if said != ["ok"] or loose is not None:
        raise SetupError(f"the database of the backup is damaged ({said[0]}); nothing was changed")


def _load(store: Store, dump: Path) -> None:
    """In one transaction: what Earshot has there is dropped, the dump is played; or nothing happens at all."""
    restore, client = _program("pg_restore"), _program("psql")
    script, first = dump.with_suffix(".sql"), dump.with_suffix(".first.sql")
    with store.engine.connect() as connection, connection.begin():
        first.write_text(
            "SET client_min_messages = warning;\n" + "".join(f"{line};\n" for line in _dropping(connection)),
            encoding="utf-8",
        )
    store.close()
    _run(restore, "--no-owner", "--no-privileges", f"--file={script}", str(dump))
    quiet = ("--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null")
    whole = ("--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={first}", f"--file={script}")
    with _told(store, dump.parent) as where:
        _run(client, *quiet, *whole, f"--dbname={where}")
    store.close()


def _dropping(connection: Connection) -> Iterator[str]:
    """Raises: SetupError where somebody else's tables are there."""
    there, ours = inspect(connection).get_table_names(), {*metadata.tables, "alembic_version"}
    others = sorted(set(there) - ours)
    if others:
        raise SetupError(
            f"the database holds tables that are not Earshot's ({', '.join(others[:3])}): restore into one of its own"
        )
    quote = connection.dialect.identifier_preparer.quote
    yield from (f"DROP TABLE IF EXISTS {quote(name)} CASCADE" for name in there)
    functions = (
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = current_schema() AND NOT EXISTS"
        " (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )
    yield from (f"DROP FUNCTION IF EXISTS {name} CASCADE" for name in connection.scalars(text(functions)))


# shared


def _file_of(store: Store) -> Path:
    name = store.engine.url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise SetupError("EARSHOT_DATABASE_URL names no file of its own; a backup is of a file, or of PostgreSQL")
    return Path(name)


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    store = Store(str(make_url("sqlite://").set(database=str(path))))
    try:
        yield store
    except sqlite3.DatabaseError as error:
        raise SetupError(f"the database of the backup cannot be read: {error}; nothing was changed") from error
    except DBAPIError as error:
        said = _first_line(error.orig)
        raise SetupError(f"the database of the backup cannot be read: {said}; nothing was changed") from error
    finally:
        store.close()


@contextmanager
def _told(store: Store, folder: Path) -> Iterator[str]:
    """How a program of PostgreSQL is told of the database; the password lies in a file, where no list of processes
    shows it."""
    _, given = store.engine.dialect.create_connect_args(store.engine.url)
    told = {key: str(value) for key, value in given.items() if key in _NAMES or key.startswith(("ssl", "target_"))}
    file = folder / "password"
    if "password" in given:
        file.touch(mode=0o600)
        shown = str(given["password"]).replace("\\", "\\\\").replace(":", "\\:")
        file.write_text(f"*:*:*:*:{shown}\n", encoding="utf-8")
        told["passfile"] = str(file)
    try:
        yield " ".join(f"{key}='{_escaped(value)}'" for key, value in told.items())
    finally:
        file.unlink(missing_ok=True)


_NAMES = {"host", "hostaddr", "port", "dbname", "user", "service", "options", "connect_timeout", "gssencmode"}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SetupError(f"{name} is not on PATH: {PACKAGE}")
    return found


def _run(program: str, *arguments: str) -> None:
    """Raises: SetupError with the program's own last words."""
    command: Sequence[str] = [program, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")
        found = re.search(r"(?:error|fatal):\s*(.+)", said, re.IGNORECASE)  # what follows may show a row
        why = found[1] if found is not None else said.strip()
        raise SetupError(f"{Path(program).name} failed, and nothing was changed: {why[:LAST_WORDS]}")


def _first_line(error: object) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
