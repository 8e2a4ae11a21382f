"""One installation in virtual time: pages come to the door, jobs wait in lanes, workers take them.

Whose turn it is, how big a job is and what goes to the front is read from the program itself (`store.queue`, `workers`,
`flow.standstill`); only the work is replaced by the time it takes.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import simpy

from flow.standstill import FEW_JOBS
from settings import Settings
from store.queue import HAND_LANES, JUDGE_LANES, MOST_JOBS, Lane
from tests.simulation.scale.costs import Costs, Step
from workers import BATCH_AFTER_ATTEMPTS, DELIVERIES, SWEEP_BATCHES

SLICE = 0.02
"""Seconds a process keeps a processor that others want too."""
SWEEP_SECONDS = Settings.model_fields["sweep_seconds"].default
HIGH = 3
Steps = Iterator[simpy.Event]
Lot = tuple[float, int, int]
"""Messages that came at one instant: (when, tier, how many)."""


@dataclass(frozen=True, slots=True)
class Machines:
    judges: int = 1
    hands: int = 1
    doors: int = 1
    cores: int | None = 2
    """All that all processes and the database have together; None: each process and each connection has its own."""
    batch: int = BATCH_AFTER_ATTEMPTS[0]
    with_bulk: int | None = None
    """So many judges serve the lane for back-fills as well (`earshot work judge bulk`), the others news; None: all."""
    registers: int = 1
    """Registers that are locked apart from each other: 1 today."""


@dataclass(slots=True)
class Job:
    kind: str
    lots: list[Lot]

    @property
    def count(self) -> int:
        return sum(number for _, _, number in self.lots)


@dataclass(slots=True)
class Told:
    """What came of it."""

    came: int = 0
    triaged: int = 0
    delivered: float = 0.0
    last: float = 0.0
    waits: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    """Tier → (seconds from the door to the decision, how many)."""
    ticket_arrivals: list[tuple[float, float, int]] = field(default_factory=list)
    """Of tier 3: (when it came, seconds to its ticket, how many)."""
    busy: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    most_jobs: int = 0
    """That waited in Redis at one time."""
    jobs: int = 0

    @property
    def ticket_waits(self) -> list[tuple[float, int]]:
        return [(seconds, number) for _, seconds, number in self.ticket_arrivals]


class Site:
    def __init__(self, costs: Costs, machines: Machines, *, seed: int = 1) -> None:
        self.env = simpy.Environment()
        self.told = Told()
        self._costs, self._machines, self._chance = costs, machines, Random(seed)
        self._cores = simpy.Resource(self.env, machines.cores) if machines.cores is not None else None
        self._writer = simpy.Resource(self.env, 1)
        self._registers = simpy.Resource(self.env, machines.registers)
        self._lanes: dict[Lane, deque[Job]] = {lane: deque() for lane in Lane}
        self._idle: dict[str, list[simpy.Event]] = {"judges of news": [], "judges": [], "hands": []}
        self._waiting = self._busy = 0
        self._left: dict[tuple[str, Lane], deque[Lot]] = defaultdict(deque)
        self._pages: deque[list[Lot]] = deque()
        self._idle_doors: list[simpy.Event] = []
        self.env.process(self._sweep())
        for number in range(machines.judges):
            has_bulk = machines.with_bulk is None or number < machines.with_bulk
            kind = "judges" if has_bulk else "judges of news"
            self.env.process(self._serve(kind, JUDGE_LANES if has_bulk else (Lane.JUDGE,), self._judges_job))
        for _ in range(machines.hands):
            self.env.process(self._serve("hands", HAND_LANES, self._hands_job))
        for _ in range(machines.doors):
            self.env.process(self._door())

    def comes(self, lots: list[Lot]) -> None:
        """A page stands at the door."""
        self.told.came += sum(number for _, _, number in lots)
        self._pages.append(lots)
        if self._idle_doors:
            self._idle_doors.pop().succeed()

    @property
    def at_door(self) -> int:
        return sum(number for lots in self._pages for _, _, number in lots)

    @property
    def is_done(self) -> bool:
        return self.told.triaged == self.told.came and not self._waiting and self._busy == 0

    # who works

    def _door(self) -> Steps:
        while True:
            if not self._pages:
                self._idle_doors.append(woken := self.env.event())
                yield woken
                continue
            lots = self._pages.popleft()
            yield from self._write(self._costs.store, sum(number for _, _, number in lots), "door")
            self._enqueue_batches("classify", lots, Lane.JUDGE)

    def _serve(self, kind: str, lanes: Sequence[Lane], work: Callable[[Lane, Job], Steps]) -> Steps:
        while True:
            found = next((lane for lane in lanes if self._lanes[lane]), None)
            if found is None:
                self._idle[kind].append(woken := self.env.event())
                yield woken
                continue
            self._waiting -= 1
            self.told.jobs += 1
            self._busy += 1
            yield from work(found, self._lanes[found].popleft())
            self._busy -= 1

    def _judges_job(self, lane: Lane, job: Job) -> Steps:
        yield from self._compute(self._costs.judge_job, "job")
        if job.kind == "classify":
            yield from self._compute(self._costs.judge.own * job.count, "judge")
            yield from self._write(self._costs.verdicts, job.count, "verdicts")
            self._to_triage(lane, job)
        else:
            yield from self._triage(lane, job)

    def _sweep(self) -> Steps:
        """What was left in the database is found once its lane is short; see `Flow.sweep`."""
        while True:
            yield self.env.timeout(SWEEP_SECONDS)
            for (kind, lane), lots in self._left.items():
                room = SWEEP_BATCHES * self._machines.batch if len(self._lanes[lane]) <= FEW_JOBS else 0
                found = list[Lot]()
                while lots and room > 0:
                    found.append(lots.popleft())
                    room -= found[-1][2]
                self._enqueue_batches(kind, found, lane, is_swept=True)

    def _to_triage(self, lane: Lane, job: Job) -> None:
        """As `Flow.classify_mentions`: to the front, and under pressure what is not urgent behind the news."""
        is_crowded = lane is Lane.JUDGE and len(self._lanes[Lane.JUDGE]) > FEW_JOBS
        later = [lot for lot in job.lots if is_crowded and lot[1] < HIGH]
        self._enqueue_batches("triage", [lot for lot in job.lots if lot not in later], lane, at_front=True)
        self._enqueue_batches("triage", later, Lane.BULK, at_front=True)

    def _triage(self, lane: Lane, job: Job) -> Steps:
        """The register's end is held from the beginning to the commit."""
        with self._registers.request() as turn:
            yield turn
            yield from self._write(self._costs.triage, job.count, "triage")
        now, effects = self.env.now, self._effects_of(job)
        self.told.triaged += job.count
        self.told.last = now
        for came, tier, number in job.lots:
            self.told.waits[tier].append((now - came, number))
        if effects:
            urgent = [lot for lot in job.lots if lot[1] == HIGH] or job.lots
            self._enqueue_deliveries(urgent, effects, Lane.PUSH)

    def _effects_of(self, job: Job) -> int:
        """As many as there are on average, and of the highest tier where there is any."""
        share = self._costs.shares[HIGH]
        if share:
            expected = self._costs.effects / share * sum(number for _, tier, number in job.lots if tier == HIGH)
        else:
            expected = self._costs.effects * job.count
        return int(expected) + (self._chance.random() < expected % 1)

    def _enqueue_deliveries(self, lots: list[Lot], effects: int, lane: Lane) -> None:
        for start in range(0, effects, DELIVERIES):
            some = min(DELIVERIES, effects - start)
            share = lots[start * len(lots) // effects : max(1, (start + some) * len(lots) // effects)] or lots[-1:]
            self._put(lane, Job(f"deliver {some}", share), at_front=False)

    def _hands_job(self, _lane: Lane, job: Job) -> Steps:
        yield from self._compute(self._costs.hand_job, "fork")
        some = int(job.kind.split()[1])
        yield from self._write(self._costs.deliver, some, "deliver")
        self.told.delivered += some
        self.told.last = self.env.now
        waits = [(came, self.env.now - came, number) for came, tier, number in job.lots if tier == HIGH]
        self.told.ticket_arrivals += waits

    # what it takes

    def _compute(self, seconds: float, what: str) -> Steps:
        self.told.busy[what] += seconds
        if self._cores is None:
            yield self.env.timeout(seconds)
            return
        while seconds > 0:
            with self._cores.request() as turn:
                yield turn
                yield self.env.timeout(min(SLICE, seconds))
            seconds -= SLICE

    def _write(self, step: Step, number: int, what: str) -> Steps:
        if self._costs.one_writer:
            with self._writer.request() as turn:
                yield turn
                yield from self._steps(step, number, what)
        else:
            yield from self._steps(step, number, what)

    def _steps(self, step: Step, number: int, what: str) -> Steps:
        yield from self._compute((step.own + step.database) * number, what)
        if step.idle:
            self.told.busy[f"{what}, disk"] += step.idle * number
            yield self.env.timeout(step.idle * number)

    # lanes

    def _enqueue_batches(
        self, kind: str, lots: list[Lot], lane: Lane, *, at_front: bool = False, is_swept: bool = False
    ) -> None:
        """Into Redis, or left in the database where the lane is full: what is urgent is triaged all the same."""
        is_urgent = kind == "triage" and lane is Lane.JUDGE
        if len(self._lanes[lane]) > MOST_JOBS and not (is_swept or is_urgent):
            self._left[kind, lane].extend(lots)
            return
        for batch in batches(lots, self._machines.batch):
            self._put(lane, Job(kind, batch), at_front=at_front)

    def _put(self, lane: Lane, job: Job, *, at_front: bool) -> None:
        (self._lanes[lane].appendleft if at_front else self._lanes[lane].append)(job)
        self._waiting += 1
        self.told.most_jobs = max(self.told.most_jobs, self._waiting)
        kinds = (
            ("hands",) if lane in HAND_LANES else ("judges of news", "judges") if lane is Lane.JUDGE else ("judges",)
        )
        idle = next((self._idle[kind] for kind in kinds if self._idle[kind]), None)
        if idle:
            idle.pop().succeed()


def batches(lots: Sequence[Lot], size: int) -> Iterator[list[Lot]]:
    """Of at most `size` messages each, in order."""
    batch, room = list[Lot](), size
    for came, tier, number in lots:
        while number:
            taken = min(number, room)
            batch.append((came, tier, taken))
            number, room = number - taken, room - taken
            if not room:
                yield batch
                batch, room = [], size
    if batch:
        yield batch


def at(waits: Sequence[tuple[float, int]], percent: float) -> float:
    """Nearest rank of weighted values; nought of nothing."""
    ordered, left = sorted(waits), sum(number for _, number in waits) * percent / 100
    for seconds, number in ordered:
        left -= number
        if left <= 0:
            return seconds
    return ordered[-1][0] if ordered else 0.0
