"""Databases to measure on, each empty and gone afterwards: SQLite, and a PostgreSQL of our own where it is installed.

Both keep their promises as in production: every commit is on disk before it counts.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

START_SECONDS = 60
INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")


@dataclass(frozen=True, slots=True)
class Database:
    name: str
    new: Callable[[], str]
    """Makes an empty one and gives its URL."""


@contextmanager
def databases(folder: Path) -> Iterator[list[Database]]:
    """SQLite, and PostgreSQL where it is installed."""
    numbers = count(1)
    sqlite = Database("SQLite", lambda: f"sqlite:///{folder / f'bench{next(numbers)}.db'}")
    programs = _programs()
    if programs is None:
        yield [sqlite]
        return
    with _cluster(programs) as new:
        yield [sqlite, Database("PostgreSQL", new)]


def _programs() -> Path | None:
    """The newest version's folder, as Debian lays them out; else the one on PATH."""
    newest = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version, default=None)
    found = newest or shutil.which("initdb")
    return Path(found).parent if found is not None else None


def _version(program: Path) -> int:
    return int(program.parts[-3]) if program.parts[-3].isdigit() else 0


@contextmanager
def _cluster(programs: Path) -> Iterator[Callable[[], str]]:
    """With PostgreSQL's own defaults, on a socket in a folder of its own; never the system's cluster."""
    folder = Path(tempfile.mkdtemp(prefix="earshot-pg-", dir="/tmp"))  # noqa: S108  a socket's path must be short
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    data, numbers = folder / "data", count(1)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user, user)
        _run(user, programs / "initdb", "-D", data, *INITDB)
        options = f"-k {folder} -c listen_addresses=''"
        _run(user, programs / "pg_ctl", "start", "-D", data, "-o", options, "-l", folder / "log", "-w")

        def new() -> str:
            name = f"bench{next(numbers)}"
            _run(user, programs / "createdb", "-h", folder, "-U", "postgres", name)
            return f"postgresql+psycopg://postgres@/{name}?host={folder}"

        try:
            yield new
        finally:
            _run(user, programs / "pg_ctl", "stop", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str, *command: object) -> None:
    """PostgreSQL refuses to run as root, so root runs it as the user `postgres`."""
    as_root = os.geteuid() == 0
    subprocess.run(  # noqa: S603  the programs found above
        [str(part) for part in command],
        user=user if as_root else None,
        group=user if as_root else None,
        extra_groups=[] if as_root else None,
        cwd="/tmp",  # noqa: S108  one that every user may stand in
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=START_SECONDS,
    )
