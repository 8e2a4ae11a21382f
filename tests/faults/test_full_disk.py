"""A full disk: SQLite at each page, and truly full below either database, a small file system of its own that somebody
else filled up."""

import errno
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import event

from models.errors import RetryableError
from register.verify import verify_stored
from store.store import Store
from tests.faults.servers import MortalPostgres
from tests.faults.test_in_process import said, tickets
from tests.flow.bench import Bench

KB = 1024
MESSAGES = 200


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, *, leave_kb: int) -> None:
        """But for so much."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(64 * KB))
            except OSError as error:
                assert error.errno == errno.ENOSPC
            file.truncate(max(0, file.tell() - leave_kb * KB))

    def clear(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    folder = Path(tempfile.mkdtemp(prefix="earshot-full-", dir="/tmp"))  # a socket's path must be short
    try:
        command = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("a small disk cannot be mounted here: that needs the rights of an administrator")
        try:
            yield SmallDisk(folder)
        finally:
            subprocess.run(("umount", "--lazy", str(folder)), check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def work(bench: Bench) -> Counter[str]:
    """What the clock and the workers do for forty minutes; gives the jobs that were refused, and how often."""
    refused = Counter[str]()

    def carry_out(job: str, *arguments: object) -> None:
        try:
            getattr(bench.flow, job)(*arguments)
        except RetryableError:
            refused[job] += 1

    for _ in range(8):
        bench.time += timedelta(minutes=5)
        carry_out("sweep")
        while (job := bench.queues.take()) is not None:
            carry_out(job[0], *job[1])
    return refused


def comes_to_its_end(bench: Bench, messages: int) -> None:
    """There is room again."""
    assert bench.counts()["messages"]["quarantined"] == 0, "a full disk is no message's fault"
    bench.recover()
    assert bench.counts()["messages"]["triaged"] == messages
    assert set(tickets(bench).values()) == {1}
    assert bench.counts()["tickets"]["sent"] == len(bench.desk.tickets) == messages
    with bench.store.reading() as transaction:
        assert verify_stored(transaction.register.stored(), head=transaction.register.head()).fault is None


def limit_pages(store: Store, *, more: int) -> None:
    """From now on the file may grow by so many pages: the next write that needs more is told that the disk is full."""

    def limit(connection: Any, _record: object = None) -> None:
        [[used]] = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count={used + more}")

    store.engine.dispose()
    event.listen(store.engine, "connect", limit)


@pytest.mark.parametrize("pages", [0, 1, 3, 8])
def test_a_full_disk_loses_nothing_and_blames_no_message(sqlite_store: Store, pages: int) -> None:
    bench = Bench(sqlite_store)
    bench.read(*(said(number) for number in range(30)))
    limit_pages(bench.store, more=pages)
    refused = work(bench)
    assert refused.total() > 0
    assert "sweep" not in refused
    bench.store.close()
    comes_to_its_end(bench, 30)


def work_through_a_full_disk(disk: SmallDisk, url: str, *, leave_kb: int, mend: Callable[[], None]) -> None:
    with closing(Store(url)) as store:
        bench = Bench(store)
        bench.read(*(said(number) for number in range(MESSAGES)))
        store.close()
        disk.fill(leave_kb=leave_kb)
        assert work(bench).total() > 0, "the disk was never full"
        disk.clear()
        store.close()
        mend()
        comes_to_its_end(bench, MESSAGES)


@pytest.mark.parametrize("leave_kb", [0, 32, 96])
def test_sqlite_on_a_full_disk_loses_nothing_and_blames_no_message(empty_sqlite: Path, leave_kb: int) -> None:
    with small_disk(16) as disk:
        database = disk.folder / "earshot.db"
        shutil.copyfile(empty_sqlite, database)
        work_through_a_full_disk(disk, f"sqlite:///{database}", leave_kb=leave_kb, mend=lambda: None)


class PostgresOnSmallDisk(MortalPostgres):
    """Whole, or with its log of changes alone. That comes in small pieces, and none is used a second time, since there
    is no checkpoint: a new one is needed within the test, however fast the machine is."""

    OPTIONS = f"{MortalPostgres.OPTIONS} -c checkpoint_timeout=1h -c max_wal_size=1GB"

    def start_again(self) -> None:
        """It may have given up, and lies where it fell."""
        lock = self.data / "postmaster.pid"
        if lock.exists() and psutil.pid_exists(int(lock.read_text().splitlines()[0])):
            self.kill()
        self.start()

    @property
    def said(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def postgres_on(folder: Path, log_folder: Path) -> Iterator[PostgresOnSmallDisk]:
    server = PostgresOnSmallDisk(folder)
    server.folder.mkdir(exist_ok=True)
    for each in (folder, log_folder):
        each.chmod(0o777)
    server.make("--wal-segsize=1", "--waldir", str(log_folder / "wal"))
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.postgres
@pytest.mark.parametrize("leave_kb", [0, 600])
def test_postgresql_on_a_full_disk_loses_nothing_and_blames_no_message(leave_kb: int) -> None:
    with small_disk(160) as disk, postgres_on(disk.folder / "pg", disk.folder) as server, server.database() as url:
        work_through_a_full_disk(disk, url, leave_kb=leave_kb, mend=server.start_again)
        assert "No space left on device" in server.said


@pytest.mark.postgres
def test_postgresql_that_falls_because_its_log_has_no_room_loses_nothing() -> None:
    """It cannot be started before there is room again."""
    with tempfile.TemporaryDirectory(prefix="earshot-pg-", dir="/tmp") as folder, small_disk(96) as disk:
        with postgres_on(Path(folder), disk.folder) as server, server.database() as url:
            work_through_a_full_disk(disk, url, leave_kb=0, mend=server.start_again)
            assert "PANIC" in server.said
