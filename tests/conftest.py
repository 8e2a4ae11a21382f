"""Fixtures for all tests: no network, the store on both databases, a real Redis."""

import ipaddress
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from store.engine import open_engine
from store.migrate import upgrade
from store.store import Store
from tests.servers.postgres import Cluster, start_postgres
from tests.servers.redis import RedisServer, start_redis

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
"""A slow machine is no fault of the code: nothing here is a timed test."""


class NetworkRefused(RuntimeError):
    """A test reached for another machine."""


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in ("", "localhost", "None"):
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return name.endswith(".localhost")


def _refuse_other_machines(event: str, arguments: tuple[object, ...]) -> None:
    """Python tells audit hooks of every connection and every name looked up, whichever library asks."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not _is_loopback(host):
        raise NetworkRefused(f"{event} to {host!r}: tests talk to this machine only; pass a fake")


sys.addaudithook(_refuse_other_machines)


def _create_tables(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with start_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    _create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def empty_postgres(postgres: Cluster) -> Iterator[str]:
    """Name of a database with all tables and no rows, to be copied."""
    with postgres.database() as url:
        _create_tables(url)
        yield postgres.name_of(url)


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_sqlite: Path) -> str:
    path = tmp_path / "earshot.db"
    shutil.copyfile(empty_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Cluster, empty_postgres: str) -> Iterator[str]:
    with postgres.database(like=empty_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty database with all tables: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def open_store() -> Iterator[Callable[[str], Store]]:
    """Opens as many stores as a test wants, and closes them."""
    with ExitStack() as opened:

        def open_one(url: str) -> Store:
            store = Store(url)
            opened.callback(store.close)
            return store

        yield open_one


@pytest.fixture
def store(store_url: str, open_store: Callable[[str], Store]) -> Store:
    return open_store(store_url)


@pytest.fixture
def sqlite_store(sqlite_url: str, open_store: Callable[[str], Store]) -> Store:
    return open_store(sqlite_url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with start_redis() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """URL of an empty Redis."""
    redis_server.empty()
    return redis_server.url
