"""Jobs on a real Redis."""

import json
import os
import signal
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from rq import Queue
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from store.queue import HAND_LANES, JUDGE_LANES, Lane, QueueDownError, Queues, Timetable, job_id, with_followers, work


@pytest.fixture
def queues(redis_url: str) -> Queues:
    return Queues(redis_url)


def test_the_same_job_waits_once_and_a_renewed_try_is_another(queues: Queues) -> None:
    assert queues.enqueue("classify_mentions", ["m_1", "m_2"], lane=Lane.JUDGE)
    assert not queues.enqueue("classify_mentions", ["m_1", "m_2"], lane=Lane.JUDGE)
    assert queues.enqueue("classify_mentions", ["m_1", "m_2"], lane=Lane.JUDGE, attempt=1)
    assert queues.enqueue("classify_mentions", ["m_3"], lane=Lane.JUDGE)
    assert queues.lengths() == {
        "judge": 3,
        "bulk": 0,
        "shadow": 0,
        "push": 0,
        "backlog": 0,
        "pull": 0,
        "upkeep": 0,
        "slow": 0,
    }


def killed_in_the_middle(queues: Queues, *, alive_until: float) -> None:
    """A sweep whose worker is gone: off its lane, said to be running, kept alive by nobody after that instant."""
    queues.enqueue("sweep", lane=Lane.UPKEEP)
    queue = queues.queue(Lane.UPKEEP)
    (job,) = queue.get_jobs()
    queue.remove(job)
    job.set_status(JobStatus.STARTED)
    execution = Execution.create(job, ttl=60, pipeline=queues.redis.pipeline())
    queues.redis.zadd(StartedJobRegistry(queue=queue).key, {execution.composite_key: alive_until})


def test_a_start_forgets_what_a_killed_worker_was_doing(queues: Queues) -> None:
    killed_in_the_middle(queues, alive_until=time.time() + 600)
    assert not queues.enqueue("sweep", lane=Lane.UPKEEP)

    assert queues.forget_orphans() == 1
    assert queues.enqueue("sweep", lane=Lane.UPKEEP)


def test_what_a_dead_worker_was_doing_is_forgotten_and_nothing_else(queues: Queues) -> None:
    killed_in_the_middle(queues, alive_until=time.time() + 600)
    job = queues.queue(Lane.UPKEEP).fetch_job(job_id("sweep", (), 0))
    assert job is not None
    job.worker_name = "ears-7"
    job.save()

    assert queues.forget_orphans("ears-8") == 0
    assert not queues.enqueue("sweep", lane=Lane.UPKEEP)
    assert queues.forget_orphans("ears-7") == 1
    assert queues.enqueue("sweep", lane=Lane.UPKEEP)


def test_a_dead_job_stands_in_the_way_once(queues: Queues) -> None:
    killed_in_the_middle(queues, alive_until=time.time() - 1)

    assert not queues.enqueue("sweep", lane=Lane.UPKEEP)
    assert queues.enqueue("sweep", lane=Lane.UPKEEP)


def test_a_job_that_was_taken_off_its_lane_and_never_begun_is_put_back(queues: Queues) -> None:
    """As by a worker that is told to stop, or killed, between the two."""
    queues.enqueue("sweep", lane=Lane.UPKEEP)
    queue = queues.queue(Lane.UPKEEP)
    assert queues.redis.lpop(queue.key) == job_id("sweep", (), 0).encode()
    queues.enqueue("tick", lane=Lane.UPKEEP)

    assert queues.enqueue("sweep", lane=Lane.UPKEEP, at_front=True)
    assert not queues.enqueue("sweep", lane=Lane.UPKEEP, at_front=True)
    assert [job.func_name for job in queue.get_jobs()] == ["workers.sweep", "workers.tick"]


def test_a_job_that_ends_while_it_is_looked_at_is_no_fault(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    queues.enqueue("sweep", lane=Lane.UPKEEP)
    fetch = Queue.fetch_job

    def ends_right_after(queue: Queue, name: str) -> Job | None:
        job = fetch(queue, name)
        queues.redis.delete(f"rq:job:{name}")
        return job

    monkeypatch.setattr(Queue, "fetch_job", ends_right_after)
    assert not queues.enqueue("sweep", lane=Lane.UPKEEP)


def test_a_redis_that_dies_while_a_dead_job_is_let_go_is_a_retryable_error(queues: Queues) -> None:
    class DyingOnTheWay(Queues):
        def _take_up(self, lane: Lane, name: str, *, at_front: bool) -> bool:
            raise RedisConnectionError("gone")

    queues.enqueue("sweep", lane=Lane.UPKEEP)
    with pytest.raises(QueueDownError, match="sweep is found by sweep later"):
        DyingOnTheWay(queues._url).enqueue("sweep", lane=Lane.UPKEEP)


def test_a_running_job_is_left_alone(queues: Queues) -> None:
    killed_in_the_middle(queues, alive_until=time.time() + 600)

    assert not queues.enqueue("sweep", lane=Lane.UPKEEP)
    assert not queues.enqueue("sweep", lane=Lane.UPKEEP)


def test_jobs_travel_as_json_and_hold_ids_only(queues: Queues, redis_url: str) -> None:
    queues.enqueue("deliver", 17, lane=Lane.PUSH)
    with Redis.from_url(redis_url) as client:
        stored = client.hget(f"rq:job:{job_id('deliver', (17,), 0)}", "data")
    assert json.loads(zlib.decompress(stored)) == ["workers.deliver", None, [17], {}]


def test_urgent_jobs_can_go_to_the_front(queues: Queues) -> None:
    queues.enqueue("classify_mentions", ["m_1"], lane=Lane.BULK)
    queues.enqueue("triage_mentions", ["m_0"], lane=Lane.BULK, at_front=True)
    waiting = [job.func_name for job in queues.queue(Lane.BULK).get_jobs()]
    assert waiting == ["workers.triage_mentions", "workers.classify_mentions"]


def test_a_redis_that_does_not_answer_is_a_retryable_error() -> None:
    queues = Queues("redis://127.0.0.1:1/0")
    for call in (queues.ping, queues.lengths, queues.workers, lambda: queues.enqueue("sweep", lane=Lane.UPKEEP)):
        with pytest.raises(QueueDownError, match="Redis does not answer"):
            call()


def test_a_worker_runs_what_waits_and_forgets_it(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []
    monkeypatch.setattr("workers.classify_mentions", lambda ids: ran.append(ids))
    queues.enqueue("classify_mentions", ["m_1"], lane=Lane.BULK)
    queues.enqueue("classify_mentions", ["m_2"], lane=Lane.JUDGE)
    work(queues, JUDGE_LANES, name="judge-test", on_killed=lambda name: None, burst=True)
    assert ran == [["m_2"], ["m_1"]]
    assert queues.enqueue("classify_mentions", ["m_1"], lane=Lane.BULK)


def test_a_forked_child_that_is_killed_is_reported_with_its_workers_name(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[str] = []
    monkeypatch.setattr("workers.deliver", lambda outbox_id: os.kill(os.getpid(), signal.SIGKILL))
    queues.enqueue("deliver", 1, lane=Lane.PUSH)
    work(queues, HAND_LANES, name="hands-test", on_killed=killed.append, burst=True)
    assert killed == ["hands-test"]


def test_the_timetable_enqueues_each_job_once_however_long_nobody_works(queues: Queues) -> None:
    timetable = Timetable(queues)
    timetable.every(1, "sweep", lane=Lane.UPKEEP)
    timetable.every(1, "pull", "bluesky", lane=Lane.PULL)
    for _ in range(3):
        for job in timetable.get_jobs():
            job.enqueue(queues.redis)
    assert queues.lengths()["upkeep"] == queues.lengths()["pull"] == 1
    assert queues.queue(Lane.PULL).get_jobs()[0].args == ["bluesky"]
    assert timetable.enqueue_jobs()


def test_workers_are_counted_by_lane(queues: Queues) -> None:
    worker = BaseWorker([queues.queue(Lane.PUSH)], name="hands-1", connection=queues.redis, serializer=JSONSerializer)
    worker.register_birth()
    assert queues.workers()["push"] == ["hands-1"]
    worker.register_death()
    assert queues.workers()["push"] == []


def test_a_dead_job_whose_execution_has_expired_does_not_stop_the_sweep(queues: Queues) -> None:
    """RQ looks an execution up before it deletes a job, and fails where it is gone: nothing was ever swept again."""
    killed_in_the_middle(queues, alive_until=time.time() - 1)
    for key in queues.redis.scan_iter("rq:execution:*"):
        queues.redis.delete(key)
    job = queues.queue(Lane.UPKEEP).fetch_job(job_id("sweep", (), 0))
    assert job is not None

    assert not queues.enqueue("sweep", lane=Lane.UPKEEP)
    assert queues.enqueue("sweep", lane=Lane.UPKEEP)


def test_whoever_serves_push_serves_the_backlog_behind_it() -> None:
    assert with_followers([Lane.UPKEEP, Lane.PUSH, Lane.PULL]) == [Lane.UPKEEP, Lane.PUSH, Lane.BACKLOG, Lane.PULL]
    assert with_followers(HAND_LANES) == list(HAND_LANES)


def test_a_clock_that_is_put_back_does_not_stop_the_timetable(queues: Queues) -> None:
    timetable = Timetable(queues)
    timetable.every(15, "sweep", lane=Lane.UPKEEP)
    [recurring] = timetable.get_jobs()
    assert recurring.should_run()
    recurring.set_enqueue_time(datetime.now(UTC) + timedelta(hours=1))  # as it was before the clock was put back
    assert recurring.should_run()
    recurring.set_enqueue_time(datetime.now(UTC))
    assert not recurring.should_run()
