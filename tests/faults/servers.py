"""Redis and PostgreSQL that can be killed and started again in the same place."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from store.engine import open_engine
from store.migrate import upgrade
from tests.servers.postgres import INITDB, START_SECONDS, Cluster
from tests.servers.postgres import _programs as postgres_programs
from tests.servers.postgres import _run as run_as_owner
from tests.servers.programs import missing
from tests.servers.redis import _program as redis_program
from tests.servers.redis import _wait as wait_for_redis


class MortalRedis:
    """On a socket; keeps nothing, so that it is empty after each start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        program = redis_program()
        if program is None:
            missing("Redis", "redis-server")
        options = f"--port 0 --unixsocket {self.socket} --dir {self.folder} --save  --appendonly no".split(" ")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([program, *options], stdout=log, stderr=log)
        wait_for_redis(self.socket)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def mortal_redis() -> Iterator[MortalRedis]:
    folder = Path(tempfile.mkdtemp(prefix="earshot-redis-", dir="/tmp"))  # a socket's path must be short
    server = MortalRedis(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


class MortalPostgres:
    """What it says is committed is handed to the system before it says so: only a power cut would lose it."""

    OPTIONS = (
        "-c listen_addresses='' -c fsync=off -c synchronous_commit=on -c shared_buffers=32MB -c max_connections=80"
    )

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        programs = postgres_programs()
        if programs is None:
            missing("PostgreSQL", "postgresql")
        self.programs = programs
        self.cluster = Cluster(folder)

    def make(self, *options: str) -> None:
        """With options for `initdb` beside those of all clusters here."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user, self.user)
        run_as_owner(self.user, self.programs / "initdb", "-D", self.data, *INITDB, *options)
        self.start()

    @contextmanager
    def database(self) -> Iterator[str]:
        """URL of a new database with all tables."""
        with self.cluster.database() as url:
            engine = open_engine(url)
            upgrade(engine)
            engine.dispose()
            yield url

    def start(self) -> None:
        waiting = ("-l", self.folder / "log", "-w", "-t", START_SECONDS)
        options = f"-k {self.folder} {self.OPTIONS}"
        run_as_owner(self.user, self.programs / "pg_ctl", "start", "-D", self.data, "-o", options, *waiting)

    def stop(self) -> None:
        run_as_owner(self.user, self.programs / "pg_ctl", "stop", "-D", self.data, "-m", "immediate")

    def kill(self) -> None:
        """The postmaster, as by `kill -9`; its children end by themselves once they notice."""
        postmaster = psutil.Process(int((self.data / "postmaster.pid").read_text().splitlines()[0]))
        family = [postmaster, *postmaster.children()]
        postmaster.kill()
        psutil.wait_procs(family, timeout=START_SECONDS)


@contextmanager
def mortal_postgres() -> Iterator[MortalPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="earshot-pg-", dir="/tmp"))
    server = MortalPostgres(folder)
    server.make()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
