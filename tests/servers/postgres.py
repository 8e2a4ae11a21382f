"""A PostgreSQL cluster of our own: a temporary folder, a unix socket, no port, nothing synced; gone afterwards.

The system's cluster is never touched. PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

from tests.servers.programs import first_on_path, missing

FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0"
SMALL = "-c shared_buffers=32MB -c max_connections=100 -c autovacuum=off"
INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Cluster:
    socket_folder: Path
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}"

    @contextmanager
    def database(self, *, like: str = "template1") -> Iterator[str]:
        """URL of a new database that is dropped afterwards, with whoever is still connected to it."""
        name = f"earshot_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def name_of(self, url: str) -> str:
        return url.split("@/")[1].split("?")[0]

    def _run(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


@contextmanager
def start_postgres() -> Iterator[Cluster]:
    programs = _programs()
    if programs is None:
        missing("PostgreSQL", "postgresql")
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="earshot-pg-", dir="/tmp"))  # a socket's path must be short
    if os.geteuid() == 0:
        shutil.chown(folder, user, user)
    data = folder / "data"
    try:
        _run(user, programs / "initdb", "-D", data, *INITDB)
        options = f"-k {folder} -c listen_addresses='' {FAST} {SMALL}"
        waiting = ("-l", folder / "log", "-w", "-t", START_SECONDS)
        _run(user, programs / "pg_ctl", "start", "-D", data, "-o", options, *waiting)
        try:
            yield Cluster(folder)
        finally:
            _run(user, programs / "pg_ctl", "stop", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The newest version's folder, as Debian lays them out; else the one on PATH."""
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(folders, key=lambda path: int(path.parts[-3]), default=None) or first_on_path("initdb")
    return newest.parent if newest is not None else None


def _run(user: str, *command: object) -> None:
    subprocess.run(
        [str(part) for part in command],
        user=user if os.geteuid() == 0 else None,
        group=user if os.geteuid() == 0 else None,
        extra_groups=[] if os.geteuid() == 0 else None,
        cwd="/tmp",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=2 * START_SECONDS,
    )
