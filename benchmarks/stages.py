"""The flow in one process and without Redis, so that each step's own time can be seen."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.databases import Database
from benchmarks.figures import Figure
from benchmarks.messages import SAID_AT, Messages, source_of
from classify.classifier import Classifier
from connectors.base import Source
from models import AuthorHistory, Mention, Page, Verdict
from settings import Settings
from store.migrate import upgrade
from store.queue import Lane
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from workers import Flow

READ, STORE = "read and parse", "normalise, thread, store"
JUDGE, VERDICTS = "judge", "claim, author histories, write verdicts"
TRIAGE, DELIVER = "triage: decision, case, clocks, register, outbox", "deliver to the local desk"
STAGES = (READ, STORE, JUDGE, VERDICTS, TRIAGE, DELIVER)
JOBS = {"classify_mentions": VERDICTS, "triage_mentions": TRIAGE, "deliver": DELIVER, "deliver_each": DELIVER}


class Stopwatch:
    """Seconds by stage. A stage begun inside another takes its time away from the outer one."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._clock, self._inner = clock, 0.0

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        before, self._inner, began = self._inner, 0.0, self._clock()
        yield
        spent = self._clock() - began
        self.seconds[stage] += spent - self._inner
        self._inner = before + spent


@dataclass(frozen=True, slots=True)
class Timed:
    """A classifier whose own time is measured. Implements `classify.classifier.Classifier`."""

    inside: Classifier
    watch: Stopwatch

    @property
    def version(self) -> str:
        return self.inside.version

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        with self.watch.on(JUDGE):
            return self.inside.judge(mentions, histories)


class TimedSource:
    """A source whose own time is measured. Implements `connectors.base.Source`."""

    def __init__(self, inside: Source, watch: Stopwatch) -> None:
        self.name, self._inside, self._watch = inside.name, inside, watch

    def pull(self, cursor: str | None) -> Page:
        with self._watch.on(READ):
            return self._inside.pull(cursor)


class Waiting(QueuesInMemory):
    """Jobs in the order they came, in a plain list: what a queue costs is left out here."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: deque[tuple[str, tuple[Any, ...]]] = deque()

    def enqueue(self, job: str, *arguments: Any, lane: Lane, attempt: int = 0, at_front: bool = False) -> bool:
        self.jobs.append((job, arguments))
        return True


@dataclass(frozen=True, slots=True)
class StageRun:
    seconds: dict[str, float]
    counts: dict[str, Any]


def run_stages(
    url: str, messages: Messages, classifier: Classifier, *, home: Path, clock: Callable[[], float] = time.perf_counter
) -> StageRun:
    """The whole file through all stages on an empty database; `clock` counts the wall's seconds or the processor's."""
    watch, queues, store = Stopwatch(clock), Waiting(), Store(url)
    try:
        upgrade(store.engine)
        flow = Flow(Settings(home=home), store=store, queues=queues, classifier=Timed(classifier, watch))
        _ = flow.policy, flow.desk
        with watch.on(STORE):
            flow.hearing.read(TimedSource(source_of(messages.path), watch), lane=Lane.BULK)
        while queues.jobs:
            name, arguments = queues.jobs.popleft()
            with watch.on(JOBS[name]):
                getattr(flow, name)(*arguments)
        with store.reading() as transaction:
            return StageRun(dict(watch.seconds), transaction.counts.all(now=SAID_AT))
    finally:
        store.close()


def stage_figures(database: Database, runs: Sequence[StageRun], messages: Messages) -> list[Figure]:
    """One figure per stage and one for all together."""
    group = f"one process, stage by stage, {database.name}"
    totals = tuple(sum(run.seconds.values()) for run in runs)
    sent = runs[0].counts["outbox"]["sent"]
    figures = [Figure(group, "all stages", messages.count, totals, what_came(runs[0].counts), share=1.0)]
    for stage in STAGES:
        seconds = tuple(max(run.seconds.get(stage, 0.0), 1e-9) for run in runs)
        note = f"{sent} effects" if stage == DELIVER else ""
        figures.append(Figure(group, stage, messages.count, seconds, note, share=sum(seconds) / sum(totals)))
    return figures


def what_came(counts: dict[str, Any]) -> str:
    return (
        f"{counts['cases_total']} cases, {counts['register_entries']} register entries, "
        f"{counts['tickets']['sent']} tickets, {counts['outbox']['sent']} effects"
    )
