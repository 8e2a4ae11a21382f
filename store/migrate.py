"""Bringing a database to this version's schema."""

import sqlite3
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from models.errors import RetryableError, SetupError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_KEY = 0x_EA_25_40_7


def upgrade(engine: Engine) -> None:
    """Make the tables, or change them to what this version needs. Safe to call at every start, by several at once.

    Raises: SetupError where the database belongs to a newer version or cannot be written; RetryableError where it does
    not answer.
    """
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            config = _config()
            config.attributes["connection"] = connection
            _refuse_newer(revision_in(connection))
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise _explained(error) from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revision_in(connection: Connection) -> str | None:
    """Of the schema; None where no tables were made yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_known(revision: str) -> bool:
    return revision in _revisions()


def newest_revision() -> str:
    """What this program needs."""
    return _revisions()[0]


@cache
def _revisions() -> tuple[str, ...]:
    """Newest first."""
    return tuple(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def _refuse_newer(version: str | None) -> None:
    if version is not None and not is_known(version):
        raise SetupError(f"the database is at version {version}, which this program does not know: run a newer one")


def _explained(error: DBAPIError) -> SetupError | RetryableError:
    words = str(error.orig).splitlines()[0]
    if isinstance(error.orig, sqlite3.Error) and "locked" not in words:
        return SetupError(f"the database cannot be used: {words}; check EARSHOT_HOME and EARSHOT_DATABASE_URL")
    return RetryableError(f"the database does not answer: {words}; check EARSHOT_DATABASE_URL")
