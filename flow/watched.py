"""What a job leaves behind of itself: one line in the log, its place in the figures, and a span if that is asked for.

Ids and numbers, never words.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from store.queue import JUDGE_LANES, Queues, current_lane
from tracing import spans
from tracing.spans import start_tracing

__all__ = ["judging", "start_tracing", "watched"]

logger = logging.getLogger("earshot.workers")

JUDGE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper ends of the steps in which a judged batch is counted by its seconds."""
BEYOND = "inf"
DONE = {"classify_mentions": "judged", "triage_mentions": "triaged"}
"""Jobs that give how many messages they are done with."""
_noted: ContextVar[dict[str, float] | None] = ContextVar("noted", default=None)


def watched(queues: Queues, job: str, subject: str, call: Callable[..., object], *arguments: object) -> None:
    """Run one job."""
    began, lane = time.monotonic(), current_lane()
    outcome: object = "failed"
    noted: dict[str, float] = {}
    token = _noted.set(noted)
    try:
        with spans.span(f"job {job}", {"earshot.job": job, "earshot.lane": lane, **_ids(arguments)}):
            outcome = call(*arguments)
    finally:
        _noted.reset(token)
        seconds = time.monotonic() - began
        facts = {"job": job, "subject": subject, "outcome": outcome, "seconds": round(seconds, 3)}
        logger.info("%s %s: %s in %.3f s", job, subject, outcome, facts["seconds"], extra={"facts": facts})
        ended = "failed" if outcome == "failed" else "done"
        if job in DONE and isinstance(outcome, int):
            noted[f"messages:{DONE[job]}"] = outcome
        queues.tally({f"jobs:{lane}:{job}:{ended}": 1, f"seconds:{lane}:{job}": seconds} | noted)
        if lane not in JUDGE_LANES:
            spans.flush()  # this is a child that ends with its job


def _ids(arguments: Sequence[object]) -> dict[str, Sequence[str]]:
    """Of messages or effects; a name of a source is one of ours."""
    first = arguments[0] if arguments else None
    if isinstance(first, list | tuple):
        return {"earshot.ids": [str(each) for each in first]}
    return {"earshot.ids": [str(first)]} if isinstance(first, int | str) else {}


@contextmanager
def judging(messages: int) -> Iterator[None]:
    """The classifier at work on so many."""
    began = time.monotonic()
    with spans.span("judge", {"earshot.messages": messages}):
        yield
    seconds = time.monotonic() - began
    step = next((f"{end:g}" for end in JUDGE_SECONDS if seconds <= end), BEYOND)
    noted = _noted.get()
    if noted is not None:  # what runs outside a job is not counted
        noted[f"judge:{step}"] = noted.get(f"judge:{step}", 0.0) + 1
        noted["judge_seconds"] = noted.get("judge_seconds", 0.0) + seconds
