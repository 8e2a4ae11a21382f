"""Everything in one process tree: Redis, workers, scheduler, web page; restarted when they die, stopped in order."""

import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from models.errors import RetryableError, SetupError
from running import redis_server
from running.children import Child
from running.home import make_private_folder
from settings import Settings
from store.queue import EAR_LANES, HAND_LANES, JUDGE_LANES, SLOW_LANES, QueueDownError, Queues

logger = logging.getLogger("earshot.running")

READY_SECONDS = 15.0
ELSEWHERE_SECONDS = 3.0
"""A Redis that is not ours to start has to be there already."""
STOP_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 30.0
LOOK_SECONDS = 0.2
LONG_RUN_SECONDS = 60.0
"""Who ran for so long before dying is started again at once."""
CANNOT_RUN = 2
"""Exit code of a SetupError: starting again would not help."""


class Tree:
    """Children in order of need: each is started after, and stopped before, those in front of it."""

    def __init__(
        self,
        settings: Settings,
        *,
        queues: Queues,
        release: Callable[[str | None], None],
        parts: Sequence[Child],
        needs_redis: bool = True,
    ) -> None:
        """`release` is called with a dead worker's name, so that what it held is taken up at once; with None where no
        worker can be alive. `needs_redis` False: none is started or waited for, since pages are served without it."""
        self._settings = settings
        self._queues = queues
        self._release = release
        self._needs_redis = needs_redis
        starts_one = needs_redis and settings.redis_is_embedded
        self._redis = Child("redis", redis_server.command(settings)) if starts_one else None
        self._parts = list(parts)
        self._stopping = False

    def start(self) -> None:
        """Raises: SetupError where Redis does not come up."""
        if self._redis is not None:
            make_private_folder(self._settings.redis_socket.parent)
            self._redis.start()
        if self._needs_redis:
            self._wait_for_redis()
        if self._redis is not None:
            self._free(None)  # the queue is ours alone, so nobody is working on it now
        for child in self._parts:
            child.start()
            logger.info("started %s (pid %d)", child.name, child.pid)

    def _wait_for_redis(self) -> None:
        patience = time.monotonic() + (READY_SECONDS if self._redis is not None else ELSEWHERE_SECONDS)
        while True:
            try:
                self._queues.ping()
            except QueueDownError as error:
                if time.monotonic() > patience or (self._redis is not None and self._redis.has_ended()):
                    self.stop()
                    raise SetupError(f"nothing was started: {error}") from error
                time.sleep(0.05)
            else:
                return

    def look(self) -> None:
        """Start again what has died; each time in a row a little later."""
        now = time.monotonic()
        for child in [*([self._redis] if self._redis else []), *self._parts]:
            if child.start_again_at:
                if now >= child.start_again_at:
                    child.start_again_at = 0.0
                    child.start()
                    logger.info("started %s again (pid %d)", child.name, child.pid)
            elif child.has_ended():
                self._bury(child, now)

    def _bury(self, child: Child, now: float) -> None:
        """Plan its next start and free what it held.

        Raises: SetupError where it says of itself that it cannot run like this.
        """
        child.failures = 1 if now - child.started_at > LONG_RUN_SECONDS else child.failures + 1
        pause = min(0.2 * 2 ** (child.failures - 1), LONGEST_PAUSE_SECONDS)
        child.start_again_at = now + pause
        code = child.process.returncode if child.process is not None else None
        if code == CANNOT_RUN:
            where = f"see {child.log}" if child.log else "see above"
            raise SetupError(f"{child.name} cannot run with these settings, so all is stopped: {where}")
        logger.warning("%s (pid %d) ended with %s; started again in %.1f s", child.name, child.pid, code, pause)
        self._free(worker_name(child.name, child.pid))

    def _free(self, worker: str | None) -> None:
        try:
            self._queues.forget_orphans(worker)
        except RetryableError as error:
            logger.warning("%s", error)
        try:
            self._release(worker)
        except RetryableError as error:
            logger.warning("what a dead worker held is free once its lease ends: %s", error)

    @contextmanager
    def running(self) -> Iterator[None]:
        """For as long as the block lasts; the caller looks after the children."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    def run(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Watch over the children until SIGINT or SIGTERM comes, or `until` says so; then stop them all."""
        before = {number: signal.signal(number, self._ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self._stopping and not until():
                self.look()
                time.sleep(LOOK_SECONDS)
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def stop(self) -> None:
        """Ask all, wait for all, Redis last: workers finish the job at hand."""
        for child in self._parts:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._parts:
            if not child.wait(max(0.1, deadline - time.monotonic())):
                self._free(worker_name(child.name, child.pid))  # nobody waits for its lease after the next start
        if self._redis is not None:
            self._redis.ask_to_stop()
            self._redis.wait(STOP_SECONDS)


def worker_name(part: str, pid: int) -> str:
    """The same in the worker and in its supervisor, so that a dead one's leases can be released."""
    return f"{part}-{socket.gethostname().split('.')[0][:40]}-{pid}"


def worker_parts(settings: Settings, *, log: Path | None = None) -> list[Child]:
    """The processes that do the work: the classifier's, those that talk to the world, and the scheduler."""
    judges = [f"judge{number}" for number in range(1, settings.judge_processes + 1)]
    return [
        *(Child(name, _earshot("work", *JUDGE_LANES, "--name", name), log) for name in judges),
        Child("hands", _earshot("work", *HAND_LANES, "--name", "hands"), log),
        Child("ears", _earshot("work", *EAR_LANES, "--name", "ears"), log),
        Child("slow", _earshot("work", *SLOW_LANES, "--name", "slow"), log),
        Child("cron", _earshot("cron"), log),
    ]


def web_parts(settings: Settings, port: int) -> list[Child]:
    """The processes of the inbox. `port` is the file number of the open port, of which each takes up connections."""
    command = _earshot("web", "--no-greet", "--fd", str(port))
    return [Child(f"web{number}", command, pass_fds=[port]) for number in range(1, settings.web_processes + 1)]


def _earshot(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cli", *(str(argument) for argument in arguments)]
