"""The fixtures of `conftest.py` keep what they promise."""

import socket

import pytest
from redis import Redis
from sqlalchemy import inspect, text

from store.store import Store
from store.tables import metadata


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_another_machine_is_refused(host: str) -> None:
    with pytest.raises(RuntimeError, match="this machine only"):
        socket.create_connection((host, 80), timeout=1)


def test_a_name_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match="this machine only"):
        socket.getaddrinfo("example.com", 443)


def test_this_machine_is_not_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


@pytest.mark.parametrize("_time", range(2))
def test_every_test_has_a_store_of_its_own(store: Store, _time: int) -> None:
    assert set(metadata.tables) <= set(inspect(store.engine).get_table_names())
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE only_here (id integer)"))  # fails where an earlier one is still there
    assert "only_here" in inspect(store.engine).get_table_names()


@pytest.mark.servers
@pytest.mark.parametrize("_time", range(2))
def test_every_test_has_an_empty_redis(redis_url: str, _time: int) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")
