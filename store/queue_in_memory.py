"""Queues that live in this process, for tests and for looking at the flow step by step: the same promises, no Redis."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from store.queue import MOST_JOBS, Lane, QueueDownError, Queues, job_id


class QueuesInMemory(Queues):
    """Jobs wait until somebody takes them with `take`. `is_down` makes it behave like a Redis that does not answer."""

    def __init__(self) -> None:
        super().__init__("redis://in-memory.invalid")
        self.is_down = False
        self.added: dict[str, float] = {}
        self.ahead = timedelta()
        """How far its clock goes ahead of ours."""
        self._lanes: dict[Lane, deque[tuple[str, str, tuple[Any, ...]]]] = {lane: deque() for lane in Lane}

    def enqueue(self, job: str, *arguments: Any, lane: Lane, attempt: int = 0, at_front: bool = False) -> bool:
        self.ping()
        name = job_id(job, arguments, attempt)
        if any(name == waiting for jobs in self._lanes.values() for waiting, *_ in jobs):
            return False
        add = self._lanes[lane].appendleft if at_front else self._lanes[lane].append
        add((name, job, arguments))
        return True

    def take(self, lanes: Sequence[Lane] = tuple(Lane)) -> tuple[str, tuple[Any, ...]] | None:
        """The next job of these lanes and its arguments, by the urgency of its lane; None where none waits."""
        for lane in lanes:
            if self._lanes[lane]:
                _, job, arguments = self._lanes[lane].popleft()
                return job, arguments
        return None

    def empty(self) -> None:
        """Lose everything, as a Redis that is started anew."""
        for jobs in self._lanes.values():
            jobs.clear()

    def ping(self) -> None:
        if self.is_down:
            raise QueueDownError("Redis does not answer (in memory)")

    def lengths(self) -> dict[str, int]:
        self.ping()
        return {lane.value: len(jobs) for lane, jobs in self._lanes.items()}

    def tally(self, amounts: Mapping[str, float]) -> None:
        for name, amount in amounts.items():
            self.added[name] = self.added.get(name, 0.0) + amount

    def tallies(self) -> dict[str, float]:
        self.ping()
        return dict(self.added)

    def time(self) -> datetime:
        self.ping()
        return datetime.now(UTC) + self.ahead

    def forget_orphans(self, worker: str | None = None) -> int:
        return 0  # a job is gone from here once it is taken

    def is_crowded(self, lane: Lane, *, beyond: int | None = None) -> bool:
        return len(self._lanes[lane]) > (MOST_JOBS if beyond is None else beyond)

    def workers(self) -> dict[str, list[str]]:
        self.ping()
        return {lane.value: [] for lane in Lane}
