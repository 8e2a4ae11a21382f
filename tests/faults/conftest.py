"""Servers of their own for tests that kill them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.crew import Crew, Place
from tests.faults.servers import MortalPostgres, MortalRedis, mortal_postgres, mortal_redis


@pytest.fixture
def redis() -> Iterator[MortalRedis]:
    with mortal_redis() as server:
        yield server


@pytest.fixture(scope="module")
def mortal() -> Iterator[MortalPostgres]:
    with mortal_postgres() as server:
        yield server


@pytest.fixture
def database(mortal: MortalPostgres) -> Iterator[str]:
    """An empty database in it."""
    with mortal.database() as url:
        yield url


@pytest.fixture
def place(tmp_path: Path, database: str, redis: MortalRedis) -> Place:
    return Place(tmp_path, database, redis.url)


@pytest.fixture
def crew(place: Place) -> Iterator[Crew]:
    crew = Crew(place)
    crew.start()
    yield crew
    crew.stop()
