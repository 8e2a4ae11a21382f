"""The database is brought to this version's schema, on both kinds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from models.errors import SetupError
from store.migrate import MIGRATIONS, upgrade
from store.search_tables import is_of_schema
from store.store import Store
from store.tables import metadata

COMPARED = {"include_name": is_of_schema}


def test_the_migrations_make_exactly_the_tables_of_the_code(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=COMPARED), metadata) == []


def test_upgrading_again_changes_nothing(store: Store) -> None:
    upgrade(store.engine)
    with store.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_a_newer_database_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="version 9999"):
        upgrade(store.engine)


def test_a_file_that_is_no_database_is_said(tmp_path: Path, open_store: Callable[[str], Store]) -> None:
    path = tmp_path / "earshot.db"
    path.write_text("this is a letter to my aunt, and no database at all" * 100)
    with pytest.raises(SetupError, match="not a database"):
        upgrade(open_store(f"sqlite:///{path}").engine)


def test_a_database_of_the_first_release_keeps_its_rows(tmp_path: Path, open_store: Callable[[str], Store]) -> None:
    store, config = open_store(f"sqlite:///{tmp_path / 'old.db'}"), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO connections (name, cursor) VALUES ('bluesky', '7')"))
    upgrade(store.engine)
    with store.reading() as transaction:
        assert transaction.connections.get("bluesky").cursor == "7"
        assert transaction.classifiers.standing().live is None
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=COMPARED), metadata) == []
