"""Opening the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, StatementError

from models.errors import RetryableError, SetupError
from store.engine import open_engine
from store.store import Store
from store.tables import connections


@pytest.mark.parametrize(
    ("url", "words"),
    [("mysql://u:secret@h/d", "mysql is not supported"), ("not a url", "cannot be read as a database URL")],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_password(url: str, words: str) -> None:
    with pytest.raises(SetupError, match=words) as refused:
        open_engine(url)
    assert "secret" not in str(refused.value)


def test_every_spelling_of_postgresql_is_spoken_by_psycopg() -> None:
    for url in ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"):
        assert open_engine(url).driver == "psycopg"


def test_sqlite_outlives_a_power_cut_and_keeps_its_references(sqlite_store: Store) -> None:
    with sqlite_store.engine.connect() as connection:
        pragmas = {
            name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_folder_that_cannot_be_made_is_named() -> None:
    with pytest.raises(SetupError, match="/proc/nowhere.*EARSHOT_HOME"):
        open_engine("sqlite:////proc/nowhere/earshot.db")


def test_an_instant_comes_back_as_it_went_in_whatever_its_zone(store: Store) -> None:
    said_at = datetime(2026, 4, 5, 2, 30, 1, 123456, tzinfo=timezone(timedelta(hours=11)))
    with store.writing() as transaction:
        transaction.connections.worked("desk", now=said_at)
    with store.reading() as transaction:
        found = transaction.connections.get("desk").last_success_at
    assert found == said_at
    assert found is not None and found.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 4, 5, 2, 30)  # noqa: DTZ001  that is what is refused
    with pytest.raises(StatementError, match="no zone"), store.writing() as transaction:
        transaction.connections.worked("desk", now=naive)


def test_a_part_that_fails_is_undone_alone(store: Store) -> None:
    now = datetime(2026, 4, 5, tzinfo=UTC)
    with store.writing() as transaction:
        transaction.connections.worked("before", now=now)
        with pytest.raises(ZeroDivisionError), transaction.part():
            transaction.connections.worked("inside", now=now)
            raise ZeroDivisionError
        transaction.connections.worked("after", now=now)
    with store.engine.connect() as connection:
        assert set(connection.scalars(select(connections.c.name))) == {"before", "after"}


def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as transaction:
        transaction.connections.worked("desk", now=datetime(2026, 4, 5, tzinfo=UTC))
        raise ZeroDivisionError
    with store.reading() as transaction:
        assert transaction.connections.all() == []


def test_a_database_that_does_not_answer_may_be_tried_again(open_store: Callable[[str], Store]) -> None:
    store = open_store("postgresql://nobody:secret@127.0.0.1:1/none")
    with pytest.raises(RetryableError, match="nothing was changed") as refused, store.reading():
        pass
    assert "secret" not in str(refused.value)


def test_a_sqlite_file_that_may_not_be_written_is_said(sqlite_url: str, open_store: Callable[[str], Store]) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    store = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(RetryableError, match="readonly"), store.writing() as transaction:
        transaction.connections.worked("desk", now=datetime(2026, 4, 5, tzinfo=UTC))


def test_a_wrong_statement_is_no_reason_to_try_again(sqlite_store: Store) -> None:
    with pytest.raises(OperationalError, match="no such column"), sqlite_store.reading() as transaction:
        transaction.connections._connection.execute(text("SELECT colour FROM cases"))
