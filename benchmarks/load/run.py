"""One run: real Redis, worker processes and database; messages arrive, and it ends when nothing waits any more."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.databases import Database
from benchmarks.load.arrivals import Arriving
from benchmarks.load.reading import Outcome, jobs, outcome, seconds_by_job
from benchmarks.load.watching import POSTGRES, Use, Watch, uses_below, watching
from benchmarks.messages import some_others, source_of
from benchmarks.processes import WARM_UP, fresh, in_background
from benchmarks.stages import Stopwatch, what_came
from intake import take_in
from models import Mention
from models.errors import SetupError
from running.children import Child
from running.home import prepare_home
from running.tree import Tree, worker_parts
from settings import Settings
from store.migrate import upgrade
from store.queue import Lane
from workers import Flow

LONGEST_SECONDS = 900.0
LOOK_SECONDS = 0.25
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Installation:
    """One that runs: its flow in this process, its tree of processes beside it."""

    settings: Settings
    flow: Flow
    tree: Tree
    parts: Sequence[Child]
    """Of the tree."""
    before: int
    """Messages that have gone through already."""

    def names(self) -> dict[int, str]:
        return {part.pid: part.name for part in self.parts}

    def postgres(self) -> dict[str, Use]:
        """What the whole server uses, where the database is one of ours."""
        host = self.flow.store.engine.url.query.get("host")
        if not isinstance(host, str):
            return {}
        postmaster = int((Path(host) / "data" / "postmaster.pid").read_text().splitlines()[0])
        return uses_below(postmaster, {}, itself=POSTGRES)

    @property
    def log(self) -> Path:
        return self.settings.home / "workers.log"


@contextmanager
def running(database: Database, *, judges: int, warm_up: bool = True) -> Iterator[Installation]:
    """On an empty database; warm messages have gone through before the block begins."""
    with ExitStack() as stack:
        settings = stack.enter_context(fresh(database, judge_processes=judges))
        prepare_home(settings)
        flow = Flow(settings)
        stack.callback(flow.queues.close)
        stack.callback(flow.store.close)
        upgrade(flow.store.engine)
        parts = [in_background(part, settings) for part in worker_parts(settings)]
        tree = Tree(settings, queues=flow.queues, release=flow.release, parts=parts)
        stack.enter_context(tree.running())
        _until_all_serve(flow, tree, judges)
        others = source_of(some_others(settings.home, number=WARM_UP))
        before = take_in(flow, others, wait=True, meanwhile=tree.look).new if warm_up else 0
        yield Installation(settings, flow, tree, parts, before)


def _until_all_serve(flow: Flow, tree: Tree, judges: int) -> None:
    """Weights are loaded before a worker takes its first job."""
    patience = time.monotonic() + LONGEST_SECONDS
    while len(flow.queues.workers()[Lane.JUDGE.value]) < judges or not flow.queues.workers()[Lane.PUSH.value]:
        tree.look()
        time.sleep(LOOK_SECONDS)
        if time.monotonic() > patience:
            raise SetupError(f"{judges} judges did not start within {LONGEST_SECONDS:.0f} s")


@dataclass(frozen=True, slots=True)
class LoadRun:
    database: str
    judges: int
    messages: int
    asked_rate: float | None
    """Messages a second; None where all were there at the start."""
    outcome: Outcome
    watch: Watch
    busy: Mapping[str, float]
    """Seconds of work by job; the door is ours."""
    processor: Mapping[str, float]
    """Seconds of processor by part."""
    came: str

    @property
    def rate(self) -> float:
        return self.messages / self.outcome.seconds if self.outcome.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        found = self.outcome
        return {
            "database": self.database,
            "judges": self.judges,
            "messages": self.messages,
            "asked_rate": self.asked_rate,
            "seconds": round(found.seconds, 3),
            "rate": round(self.rate, 2),
            "to_ticket": found.to_ticket.as_json(),
            "to_ticket_tier_3": found.urgent_tickets.as_json(),
            "to_decision": {tier: waits.as_json() for tier, waits in sorted(found.decided.items())},
            "peak_memory_mb": round(self.watch.peak_memory / MEGABYTE),
            "memory_mb": {name: round(use.memory / MEGABYTE) for name, use in self.watch.samples[-1].uses.items()},
            "busy_seconds": {name: round(seconds, 3) for name, seconds in self.busy.items()},
            "processor_seconds": {name: round(seconds, 3) for name, seconds in self.processor.items()},
            "came": self.came,
        }


def load_run(
    database: Database, mentions: Sequence[Mention], due: Sequence[float], *, judges: int, asked: float | None
) -> LoadRun:
    """Let them arrive at a fresh installation and wait for the end of all.

    Raises: SetupError where something stands still, or where fewer came out than went in.
    """
    with running(database, judges=judges) as here:
        served, watch, busy = arrive(here, mentions, due)
        found = outcome(here.flow.store, served.came_at, first=served.began_at)
        check_all_came_out(here.flow, expected=len(due) + here.before)
        with here.flow.store.reading() as transaction:
            came = what_came(transaction.counts.all(now=here.flow.now()))
    return LoadRun(database.name, judges, len(due), asked, found, watch, busy, watch.processor_seconds(), came)


def arrive(
    here: Installation, mentions: Sequence[Mention], due: Sequence[float], *, every: float = 1.0
) -> tuple[Arriving, Watch, dict[str, float]]:
    """The source with when each came, the samples, and the busy seconds by job."""
    source, door = Arriving(mentions, due, meanwhile=here.tree.look), Stopwatch()
    with watching(os.getpid(), here.names, every=every, also=here.postgres) as watch:
        with door.on("asleep"):
            here.flow.hearing.read(_Awake(source, door), lane=Lane.JUDGE)
        wait_for_all(here.flow, here.tree)
    busy = seconds_by_job(list(jobs(here.log, since=source.began_at)))
    return source, watch, {"door": door.seconds["asleep"], **busy}


class _Awake:
    """A source whose waiting is no work of the door. Implements `connectors.base.Source`."""

    def __init__(self, inside: Arriving, watch: Stopwatch) -> None:
        self.name, self._inside, self._watch = inside.name, inside, watch

    def pull(self, cursor: str | None) -> Any:
        with self._watch.on("waiting"):
            return self._inside.pull(cursor)


def wait_for_all(flow: Flow, tree: Tree, *, longest: float = LONGEST_SECONDS) -> None:
    """Until no message and no effect waits. Raises: SetupError where that takes too long."""
    patience = time.monotonic() + longest
    while True:
        tree.look()
        with flow.store.reading() as transaction:
            messages, effects = transaction.counts.waiting()
        if not (messages or effects):
            return
        if time.monotonic() > patience:
            raise SetupError(f"the flow stood still: {messages} messages and {effects} effects wait")
        time.sleep(LOOK_SECONDS)


def check_all_came_out(flow: Flow, *, expected: int) -> list[str]:
    """Why messages were set aside for a person, one line each. Raises: SetupError where one is missing."""
    with flow.store.reading() as transaction:
        states = transaction.counts.all(now=flow.now())["messages"]
        aside = [fault for *_, fault in transaction.mentions.parked()]
    if states["triaged"] + states["quarantined"] != expected:
        raise SetupError(f"{expected} messages came and {states['triaged']} were triaged: {states}")
    return aside
