"""A disk that is truly full, below either database: a small file system of its own, filled up by somebody else."""

import errno
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from models.errors import RetryableError
from register.verify import verify_stored
from store.store import Store
from tests.faults.servers import MortalPostgres, run_as_owner
from tests.faults.test_in_process import said, tickets
from tests.flow.bench import Bench
from tests.servers.postgres import INITDB

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


def work(bench: Bench) -> int:
    """What the clock and the workers do for forty minutes; gives how often they were refused."""
    refused = 0
    for _ in range(8):
        bench.time += timedelta(minutes=5)
        try:
            bench.flow.sweep()
        except RetryableError:
            refused += 1
        while (job := bench.queues.take()) is not None:
            try:
                getattr(bench.flow, job[0])(*job[1])
            except RetryableError:
                refused += 1
    return refused


def work_through_a_full_disk(disk: SmallDisk, url: str, *, leave_kb: int, mend: Callable[[], None]) -> None:
    with closing(Store(url)) as store:
        bench = Bench(store)
        bench.read(*(said(number) for number in range(MESSAGES)))
        store.close()
        disk.fill(leave_kb=leave_kb)
        assert work(bench) > 0, "the disk was never full"
        disk.clear()
        store.close()
        mend()
        assert bench.counts()["messages"]["quarantined"] == 0, "a full disk is no message's fault"
        bench.recover()
        assert bench.counts()["messages"]["triaged"] == MESSAGES
        assert set(tickets(bench).values()) == {1}
        assert bench.counts()["tickets"]["sent"] == len(bench.desk.tickets) == MESSAGES
        with store.reading() as transaction:
            assert verify_stored(transaction.register.stored(), head=transaction.register.head()).fault is None


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

    def __init__(self, folder: Path, log_folder: Path) -> None:
        super().__init__(folder)
        self.INITDB = (*INITDB, "--wal-segsize=1", "--waldir", str(log_folder / "wal"))

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
    server = PostgresOnSmallDisk(folder, log_folder)
    server.folder.mkdir(exist_ok=True)
    for each in (folder, log_folder):
        each.chmod(0o777)
    server.make()
    try:
        yield server
    finally:
        run_as_owner(server.user, server.programs / "pg_ctl", "stop", "-D", server.data, "-m", "immediate")


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
