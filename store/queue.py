"""Background work on RQ: jobs by name, in lanes, with JSON arguments that are ids and never text.

Redis is a hint. Losing all of it loses nothing: `sweep` finds in the database what stands still.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker, Worker, get_current_job
from rq.cron import CronJob, CronScheduler
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from models.errors import RetryableError

logger = logging.getLogger(__name__)

JOB_TIMEOUT_SECONDS = 120
FAILED_JOB_SECONDS = 60
"""A failed job's trace stays this long in Redis; the row it worked on says what became of it."""
MAINTENANCE_SECONDS = 60


class Lane(StrEnum):
    """Queues, each with its own urgency. The judge's process takes `judge` before `bulk`, so a back-fill never
    stands before news, and `shadow` last of all; the others are served by forking workers."""

    JUDGE = "judge"
    BULK = "bulk"
    SHADOW = "shadow"
    PUSH = "push"
    PULL = "pull"
    UPKEEP = "upkeep"


JUDGE_LANES = (Lane.JUDGE, Lane.BULK, Lane.SHADOW)
HAND_LANES = (Lane.PUSH,)
EAR_LANES = (Lane.UPKEEP, Lane.PULL)
"""Apart from the hands: a slow desk must not keep us from listening."""


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
        return Queue(lane.value, connection=self.redis, serializer=JSONSerializer, default_timeout=JOB_TIMEOUT_SECONDS)

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
            self._let_go(lane, name)
            return False
        return True

    def _let_go(self, lane: Lane, name: str) -> None:
        """A job whose worker was killed stands in the way of the next of its name until RQ tidies up, minutes later."""
        queue = self.queue(lane)
        StartedJobRegistry(queue=queue).cleanup()  # what no worker keeps alive any more has failed
        job = queue.fetch_job(name)
        if job is not None and job.is_failed:
            job.delete()

    def forget_orphans(self) -> int:
        """Drop the jobs that are said to be running; gives how many. For a start, at which no worker can be alive.

        What they worked on stands in the database, where `sweep` finds it. Raises: QueueDownError.
        """
        self.ping()
        orphans = [
            job
            for queue in map(self.queue, Lane)
            for name in StartedJobRegistry(queue=queue).get_job_ids(cleanup=False)
            if (job := queue.fetch_job(name)) is not None
        ]
        for job in orphans:
            job.delete()
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

    def workers(self) -> dict[str, list[str]]:
        """Names of the live workers, by lane. Raises: QueueDownError."""
        self.ping()
        found: dict[str, list[str]] = {lane.value: [] for lane in Lane}
        for worker in Worker.all(connection=self.redis, serializer=JSONSerializer):
            for name in worker.queue_names():
                if name in found:
                    found[name].append(worker.name)
        return found

    def close(self) -> None:
        if "redis" in self.__dict__:
            self.redis.close()
            del self.__dict__["redis"]


def job_id(job: str, arguments: Sequence[Any], attempt: int) -> str:
    """The same job on the same ids has one id, so that it waits at most once. Letters, digits, `_` and `-` only."""
    named = hashlib.sha256(repr(arguments).encode()).hexdigest()[:16]
    return f"{job}-{named}-{attempt}"


def current_worker() -> str:
    """Name of the worker this job runs in; `inline` outside one."""
    job = get_current_job()
    return (job.worker_name or "inline") if job is not None else "inline"


class JudgeWorker(SimpleWorker):
    """Runs jobs in its own process, so that the weights are loaded once. It must live under a supervisor."""


def work(
    queues: Queues, lanes: Sequence[Lane], *, name: str, on_killed: Callable[[str], None], burst: bool = False
) -> None:
    """Serve lanes until told to stop. Lanes with the classifier run in this process; the others fork a child a job.

    `on_killed` is called with the worker's name when a forked child died without a word.
    """
    in_process = any(lane in JUDGE_LANES for lane in lanes)
    kind: type[SimpleWorker] | type[Worker] = JudgeWorker if in_process else Worker
    worker = kind(
        [queues.queue(lane) for lane in lanes],
        name=name,
        connection=queues.redis,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
        default_result_ttl=0,
        work_horse_killed_handler=lambda *_: on_killed(name),
        log_job_description=False,
    )
    worker.work(burst=burst, logging_level="WARNING")


class _Recurring(CronJob):
    """RQ's own recurring job would be pickled, and would pile up behind a stopped worker; ours does neither."""

    def __init__(self, queues: Queues, job: str, arguments: tuple[Any, ...], *, lane: Lane, seconds: int) -> None:
        super().__init__(lane.value, func_name=job, args=arguments, interval=seconds)
        self._queues = queues

    def enqueue(self, connection: Redis) -> Job:
        self._queues.enqueue(self.func_name, *self.args, lane=Lane(self.queue_name))
        return Job(self.func_name, connection=connection, serializer=JSONSerializer)


class Timetable(CronScheduler):
    """RQ's scheduler with our recurring jobs."""

    def __init__(self, queues: Queues) -> None:
        super().__init__(queues.redis, logging_level="WARNING")
        self._queues = queues

    def every(self, seconds: float, job: str, *arguments: Any, lane: Lane) -> None:
        """Whole seconds, at least one."""
        recurring = _Recurring(self._queues, job, arguments, lane=lane, seconds=max(1, round(seconds)))
        self._cron_jobs.append(recurring)

    def run(self) -> None:
        """Until SIGINT or SIGTERM."""
        self.start()  # type: ignore[no-untyped-call]  # RQ gives it no types
