"""Background work on RQ: jobs by name, in lanes, with JSON arguments that are ids and never text.

Redis is a hint. Losing all of it loses nothing: `sweep` finds in the database what stands still.
"""

import ctypes
import hashlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker, Worker, get_current_job
from rq.cron import CronJob, CronScheduler
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from models.errors import RetryableError
from store import tallies

logger = logging.getLogger(__name__)

JOB_TIMEOUT_SECONDS = 120
SLOW_JOB_TIMEOUT_SECONDS = 3600
FAILED_JOB_SECONDS = 60
"""A failed job's trace stays this long in Redis; the row it worked on says what became of it."""
MAINTENANCE_SECONDS = 60
MOST_JOBS = 2_000
DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl(2)."""


class Lane(StrEnum):
    """Queues, each with its own urgency. The judge's process takes `judge` before `bulk`, so a back-fill never
    stands before news, and `shadow` last of all; the others are served by forking workers, which take `push` before
    `backlog`: what a back-fill has to tell the desk. What may take minutes waits in `slow`, with a worker of its own,
    so that neither clocks nor channels wait for it."""

    JUDGE = "judge"
    BULK = "bulk"
    SHADOW = "shadow"
    PUSH = "push"
    BACKLOG = "backlog"
    PULL = "pull"
    UPKEEP = "upkeep"
    SLOW = "slow"


JUDGE_LANES = (Lane.JUDGE, Lane.BULK, Lane.SHADOW)
HAND_LANES = (Lane.PUSH, Lane.BACKLOG)
EAR_LANES = (Lane.UPKEEP, Lane.PULL)
"""Apart from the hands: a slow desk must not keep us from listening."""
SLOW_LANES = (Lane.SLOW,)


class QueueDownError(RetryableError):
    """Redis does not answer. What was stored is safe and is worked on once it is back."""


class Queues:
    """Connects on first use; cheap to make, safe to make before a fork."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def redis(self) -> Redis:
        return Redis.from_url(self._url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))

    def queue(self, lane: Lane) -> Queue:
        longest = SLOW_JOB_TIMEOUT_SECONDS if lane in SLOW_LANES else JOB_TIMEOUT_SECONDS
        return Queue(lane.value, connection=self.redis, serializer=JSONSerializer, default_timeout=longest)

    def enqueue(self, job: str, *arguments: Any, lane: Lane, attempt: int = 0, at_front: bool = False) -> bool:
        """Add a job of `workers` by its name; False where the same one waits already.

        `attempt` tells a renewed try from a first one that may have died with its worker.

        Raises: QueueDownError.
        """
        name = job_id(job, arguments, attempt)
        try:
            return self._add(name, job, arguments, lane, at_front=at_front)
        except RedisError as error:
            raise QueueDownError(
                f"Redis does not answer ({type(error).__name__}); {job} is found by sweep later"
            ) from error

    def _add(self, name: str, job: str, arguments: tuple[Any, ...], lane: Lane, *, at_front: bool) -> bool:
        try:
            self.queue(lane).enqueue_call(
                f"workers.{job}",
                args=arguments,
                job_id=name,
                unique=True,
                at_front=at_front,
                result_ttl=0,
                failure_ttl=FAILED_JOB_SECONDS,
                description=job,
            )
        except DuplicateJobError:
            return self._take_up(lane, name, at_front=at_front)
        return True

    def _take_up(self, lane: Lane, name: str, *, at_front: bool) -> bool:
        """A job whose worker is gone stands in the way of the next of its name; gives whether it waits again.

        A worker that is stopped or killed between taking a job off its lane and beginning it leaves it off every list,
        and RQ never looks for it: it is put back. One that is killed at it is given up by RQ minutes later; we forget
        it as soon as nobody keeps it alive.
        """
        queue = self.queue(lane)
        StartedJobRegistry(queue=queue).cleanup()  # what no worker keeps alive any more has failed
        job = queue.fetch_job(name)
        status = job.get_status(refresh=False) if job is not None else None  # as fetched: it may be gone by now
        if job is not None and status is JobStatus.FAILED:
            _forget(job)
        elif status is JobStatus.QUEUED and queue.get_job_position(name) is None:
            queue.push_job_id(name, at_front=at_front)  # begun just now, its row is held by a lease
            return True
        return False

    def forget_orphans(self, worker: str | None = None) -> int:
        """Drop the jobs that are said to be running in a worker that is dead, or in any (None): for a start, at which
        none can be alive. Gives how many.

        Else the next of their name, `sweep` among them, waits until RQ gives them up, a minute and a half later. What
        they worked on stands in the database, where `sweep` finds it. Raises: QueueDownError.
        """
        self.ping()
        orphans = [
            job
            for queue in map(self.queue, Lane)
            for name in StartedJobRegistry(queue=queue).get_job_ids(cleanup=False)
            if (job := queue.fetch_job(name)) is not None and worker in (None, job.worker_name)
        ]
        for job in orphans:
            _forget(job)
        return len(orphans)

    def ping(self) -> None:
        """Raises: QueueDownError."""
        try:
            self.redis.ping()
        except RedisError as error:
            what = f"Redis does not answer ({type(error).__name__})"
            message = f"{what}: start it, or unset EARSHOT_REDIS_URL to use the embedded one"
            raise QueueDownError(message) from error

    def lengths(self) -> dict[str, int]:
        """Jobs waiting, by lane. Raises: QueueDownError."""
        self.ping()
        return {lane.value: self.queue(lane).count for lane in Lane}

    def is_crowded(self, lane: Lane, *, beyond: int | None = None) -> bool:
        """Whether more jobs than that wait in it; without a number so many that more is better left to `sweep`: the
        queue's memory is not to grow. Without Redis nobody knows, and it is not."""
        try:
            return self.queue(lane).count > (MOST_JOBS if beyond is None else beyond)
        except RedisError:
            return False

    def workers(self) -> dict[str, list[str]]:
        """Names of the live workers, by lane. Raises: QueueDownError."""
        self.ping()
        found: dict[str, list[str]] = {lane.value: [] for lane in Lane}
        for worker in Worker.all(connection=self.redis, serializer=JSONSerializer):
            for name in worker.queue_names():
                if name in found:
                    found[name].append(worker.name)
        return found

    def tally(self, amounts: Mapping[str, float]) -> None:
        """Add to what all processes add up. Nothing depends on it: without Redis it is not counted."""
        try:
            tallies.add(self.redis, amounts)
        except RedisError as error:
            logger.debug("what was done could not be added up: %s", type(error).__name__)

    def tallies(self) -> dict[str, float]:
        """Since Redis was empty. Raises: QueueDownError."""
        self.ping()
        return tallies.read(self.redis)

    def time(self) -> datetime:
        """By the clock of Redis. Raises: QueueDownError."""
        self.ping()
        seconds, millionths = self.redis.time()
        return datetime.fromtimestamp(seconds + millionths / 1_000_000, UTC)

    def is_stopping(self) -> bool:
        """Whether the worker that this job runs in was asked to stop: what can wait is then left to another."""
        job = get_current_job()
        if job is None or job.worker_name is None:
            return False
        try:
            key = f"{Worker.redis_worker_namespace_prefix}{job.worker_name}"
            return bool(self.redis.hexists(key, "shutdown_requested_date"))
        except RedisError:
            return False

    def close(self) -> None:
        if "redis" in self.__dict__:
            self.redis.close()
            del self.__dict__["redis"]


def _forget(job: Job) -> None:
    """With what is said of its execution: RQ would look that up first, and fails where it has expired.

    That somebody else forgot it meanwhile is as good.
    """
    job.connection.delete(job.execution_registry.key)
    with suppress(InvalidJobOperation, NoSuchJobError):
        job.delete()


def job_id(job: str, arguments: Sequence[Any], attempt: int) -> str:
    """The same job on the same ids has one id, so that it waits at most once. Letters, digits, `_` and `-` only."""
    named = hashlib.sha256(repr(arguments).encode()).hexdigest()[:16]
    return f"{job}-{named}-{attempt}"


def current_lane() -> str:
    """Lane this job came by; `inline` outside a worker."""
    job = get_current_job()
    return (job.origin or "inline") if job is not None else "inline"


def current_worker() -> str:
    """Name of the worker this job runs in; `inline` outside one."""
    job = get_current_job()
    return (job.worker_name or "inline") if job is not None else "inline"


class _Beating(BaseWorker):
    """Touches a file whenever RQ says that the worker lives: as it waits, before each job, and while a child works."""

    alive: Path | None = None

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        _touch(self.alive)


def _touch(file: Path | None) -> None:
    """Who looks at it learns soon enough where it cannot be written; work goes on."""
    if file is not None:
        with suppress(OSError):
            file.touch()


class JudgeWorker(_Beating, SimpleWorker):
    """Runs jobs in its own process, so that the weights are loaded once. It must live under a supervisor."""


class HandWorker(_Beating, Worker):
    """Forks a child a job. The child ends with its parent: what a dead worker held is released at once, and must not be
    sent by anybody who is left over."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        _die_with(os.getppid())
        super().main_work_horse(job, queue)


def _die_with(parent: int) -> None:
    """Linux only; elsewhere the lease tells the child that it has lost what it held."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before it could tell


def with_followers(lanes: Sequence[Lane]) -> list[Lane]:
    """Whoever serves `push` takes what a back-fill has to tell the desk right after it, named or not."""
    found = list(lanes)
    if Lane.PUSH in found and Lane.BACKLOG not in found:
        found.insert(found.index(Lane.PUSH) + 1, Lane.BACKLOG)
    return found


def work(
    queues: Queues,
    lanes: Sequence[Lane],
    *,
    name: str,
    on_killed: Callable[[str], None],
    burst: bool = False,
    alive: Path | None = None,
) -> None:
    """Serve lanes until told to stop. Lanes with the classifier run in this process; the others fork a child a job.

    `on_killed` is called with the worker's name when a forked child died without a word; `alive` is touched while this
    process does what it should.
    """
    in_process = any(lane in JUDGE_LANES for lane in lanes)
    kind: type[JudgeWorker] | type[HandWorker] = JudgeWorker if in_process else HandWorker
    worker = kind(
        [queues.queue(lane) for lane in with_followers(lanes)],
        name=name,
        connection=queues.redis,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
        default_result_ttl=0,
        work_horse_killed_handler=lambda *_: on_killed(name),
        log_job_description=False,
    )
    worker.alive = alive
    worker.work(burst=burst, logging_level="WARNING")


class _Recurring(CronJob):
    """RQ's own recurring job would be pickled, and would pile up behind a stopped worker; ours does neither."""

    def __init__(self, queues: Queues, job: str, arguments: tuple[Any, ...], *, lane: Lane, seconds: int) -> None:
        super().__init__(lane.value, func_name=job, args=arguments, interval=seconds)
        self._queues = queues

    def should_run(self) -> bool:
        """Also where the clock was put back: else nothing would be swept until it is where it was."""
        latest = self.latest_enqueue_time
        return super().should_run() or (latest is not None and datetime.now(UTC) < latest)

    def enqueue(self, connection: Redis) -> Job:
        self._queues.enqueue(self.func_name, *self.args, lane=Lane(self.queue_name))
        return Job(self.func_name, connection=connection, serializer=JSONSerializer)


class Timetable(CronScheduler):
    """RQ's scheduler with our recurring jobs."""

    def __init__(self, queues: Queues, *, alive: Path | None = None) -> None:
        """`alive` is touched at every round."""
        super().__init__(queues.redis, logging_level="WARNING")
        self._queues = queues
        self._alive = alive

    def heartbeat(self) -> None:
        super().heartbeat()
        _touch(self._alive)

    def every(self, seconds: float, job: str, *arguments: Any, lane: Lane) -> None:
        """Whole seconds, at least one."""
        recurring = _Recurring(self._queues, job, arguments, lane=lane, seconds=max(1, round(seconds)))
        self._cron_jobs.append(recurring)

    def run(self) -> None:
        """Until SIGINT or SIGTERM."""
        self.start()  # type: ignore[no-untyped-call]  # RQ gives it no types
