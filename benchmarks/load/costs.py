"""What each stage costs when nothing else runs: seconds on the wall, of our processor and of the database's, a message.

The simulation in `tests/simulation/scale` is given these and nothing else.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.databases import Database
from benchmarks.load.reading import jobs
from benchmarks.load.run import Installation, running, wait_for_all
from benchmarks.load.watching import POSTGRES, uses_below
from benchmarks.messages import Messages
from benchmarks.stages import DELIVER, JUDGE, READ, STORE, TRIAGE, VERDICTS, StageRun, run_stages
from classify.classifier import Classifier
from store.queue import Lane

NAMES = {READ: "read", STORE: "store", JUDGE: "judge", VERDICTS: "verdicts", TRIAGE: "triage", DELIVER: "deliver"}
PROBES = 40
"""Jobs without work, to find what a job costs by itself."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds a message; of `deliver`, an effect."""

    wall: float
    processor: float
    """Of our own process."""


@dataclass(frozen=True, slots=True)
class Costs:
    database: str
    stages: Mapping[str, Cost]
    database_share: float
    """Of the time in which we wait for the database, the part in which its processor works."""
    judge_job: float
    """Seconds between the ends of two jobs without work, of a process that holds the classifier."""
    hand_job: float
    """The same of the hands, who fork a child for each."""
    effects: float
    """A message."""
    tickets: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def measured_costs(database: Database, messages: Messages, classifier: Classifier, *, home: Path) -> Costs:
    """One pass with the wall's clock and one with the processor's, and jobs without work on real processes."""
    wall = run_stages(database.new(), messages, classifier, home=home)
    url = database.new()
    before = _postgres_seconds(url)
    processor = run_stages(url, messages, classifier, home=home, clock=time.process_time)
    theirs = _postgres_seconds(url) - before
    effects = wall.counts["outbox"]["sent"]
    stages = {short: _cost(wall, processor, stage, messages.count, effects) for stage, short in NAMES.items()}
    waited = sum(wall.seconds.get(stage, 0.0) - processor.seconds.get(stage, 0.0) for stage in NAMES if stage != JUDGE)
    with running(database, judges=1) as here:
        judge_job = _job_seconds(here, "classify_mentions", Lane.JUDGE)
        hand_job = _job_seconds(here, "deliver_each", Lane.PUSH)
    share = min(1.0, theirs / waited) if waited > 0 else 0.0
    tickets = wall.counts["tickets"]["sent"]
    return Costs(database.name, stages, share, judge_job, hand_job, effects / messages.count, tickets / messages.count)


def _cost(wall: StageRun, processor: StageRun, stage: str, messages: int, effects: int) -> Cost:
    each = max(effects if stage == DELIVER else messages, 1)
    seconds = wall.seconds.get(stage, 0.0) / each
    return Cost(seconds, min(seconds, processor.seconds.get(stage, 0.0) / each))


def _postgres_seconds(url: str) -> float:
    """Processor seconds of the whole server since its start; 0 without one."""
    folder = Path(url.partition("?host=")[2]) / "data" / "postmaster.pid"
    if "?host=" not in url:
        return 0.0
    postmaster = int(folder.read_text().splitlines()[0])
    return uses_below(postmaster, {}, itself=POSTGRES)[POSTGRES].processor_seconds


def _job_seconds(here: Installation, job: str, lane: Lane) -> float:
    began = here.flow.now()
    for number in range(PROBES):
        here.flow.queues.enqueue(job, [], lane=lane, attempt=1000 + number)
    wait_for_all(here.flow, here.tree)
    while here.flow.queues.lengths()[lane.value]:
        here.tree.look()
        time.sleep(0.1)
    ends = [each.ended_at for each in jobs(here.log, since=began) if each.name == job and each.outcome == 0]
    return median((after - before).total_seconds() for before, after in zip(ends, ends[1:], strict=False))
