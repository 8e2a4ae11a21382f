"""After a redaction: what the database's files still hold of words that no row holds any more is overwritten."""

import sqlite3

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from models.errors import RetryableError
from store.search_tables import INDEX_OF_WORDS
from store.tables import metadata

FORGET_WORDS = f"INSERT INTO {INDEX_OF_WORDS} ({INDEX_OF_WORDS}) VALUES ('optimize')"  # noqa: S608  a constant
"""Until its parts are merged, the index of words keeps what was taken out of it, marked as gone."""


def scrub(engine: Engine) -> None:
    """Write the database's files anew, with nothing in them but its rows.

    SQLite: the whole file, and an empty journal; nobody else may be reading. PostgreSQL: VACUUM of every table, which
    frees old versions of rows for reuse beside running work; `VACUUM FULL` by whoever runs it writes files anew.

    Raises: RetryableError where somebody holds the database; the rows are redacted all the same.
    """
    try:
        if engine.dialect.name == "sqlite":
            _scrub_sqlite(engine)
        else:
            _scrub_postgres(engine)
    except DBAPIError as error:
        raise _refused(str(error.orig)) from error


def _scrub_sqlite(engine: Engine) -> None:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(FORGET_WORDS)
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy = bool((cursor.fetchone() or (0,))[0])
        cursor.close()
    except sqlite3.Error as error:
        raise _refused(str(error)) from error
    finally:
        connection.close()
    if is_busy:
        raise _refused("somebody is reading it")


def _scrub_postgres(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in metadata.sorted_tables:
            connection.exec_driver_sql(f'VACUUM "{table.name}"')


def _refused(why: str) -> RetryableError:
    words = why.splitlines()[0]
    return RetryableError(
        f"the rows are redacted, but the database's files may still hold old bytes: {words}; run `earshot retention"
        " scrub` when nobody else uses it"
    )
