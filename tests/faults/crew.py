"""Workers as in earnest: real processes on a real Redis and a real database, watched over as `earshot up` does.

They are forked from one that has loaded everything, so that hundreds can be killed in minutes.
"""

import logging
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import psutil
from rq import Worker
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

import workers
from models import AuthorHistory, Mention, Verdict
from models.errors import RetryableError
from settings import Settings
from store.queue import EAR_LANES, HAND_LANES, JUDGE_LANES, Lane, Queues, Timetable, work
from store.store import Store
from tests.faults.victim import POLICY
from tests.faults.world import ChannelOnDisk, DeskOnDisk, Effects, Reach
from tests.flow.keyword_classifier import KeywordClassifier
from workers import Flow

fresh = multiprocessing.get_context("forkserver")
fresh.set_forkserver_preload(["tests.faults.crew", "tests.faults.victim"])

LANES: dict[str, tuple[Lane, ...]] = {"judge": JUDGE_LANES, "hands": HAND_LANES, "ears": EAR_LANES}
SWEEP_SECONDS = 1
PATIENCE_SECONDS = 600.0
"""A slow machine is no fault: what never comes to rest is."""
SETTLED = (
    "messages",
    "messages_total",
    "duplicates",
    "decisions",
    "cases",
    "complaints",
    "register",
    "tickets",
    "outbox",
)
"""Counts that come out the same, whatever was killed on the way."""


@dataclass(frozen=True)
class Place:
    """Where a crew works."""

    folder: Path
    database: str
    redis: str
    lease_seconds: float = 5.0
    judge_batch: int = 16
    is_blind: bool = False

    def settings(self) -> Settings:
        return Settings(
            home=self.folder,
            database_url=self.database,
            redis_url=self.redis,
            lease_seconds=self.lease_seconds,
            judge_batch=self.judge_batch,
        )

    def flow(self, reach: Reach = lambda _name: None) -> Flow:
        effects = Effects(self.folder, reach)
        flow = Flow(
            self.settings(),
            classifier=ClassifierOnDisk(self.folder),
            desk=DeskOnDisk(effects, reach),
            channel=lambda _name: ChannelOnDisk(effects, reach, is_blind=self.is_blind),
        )
        flow.__dict__["policy"] = POLICY
        return flow


class ClassifierOnDisk(KeywordClassifier):
    """`kill me` in a message kills the process that judges it; a file `healed` ends that. `freeze` stops it, once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        for mention in mentions:
            if "kill me" in mention.text and not (self._folder / "healed").exists():
                os.kill(os.getpid(), signal.SIGKILL)
        stop_here(self._folder, "judging")
        return super().judge(mentions, histories)


def stop_here(folder: Path, name: str) -> None:
    """A process that finds its name in `freeze` stands still there, as by SIGSTOP; the file is taken by one."""
    asked = folder / "freeze"
    if not asked.exists() or asked.read_text() != name:
        return
    try:
        asked.rename(folder / f"frozen-{os.getpid()}")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGSTOP)


def slow_here(folder: Path) -> None:
    asked = folder / "slow"
    if asked.exists():
        time.sleep(float(asked.read_text()))


def member(place: Place, part: str) -> None:
    """One process of the crew, until it is told to stop."""
    logging.basicConfig(filename=place.folder / "crew.log", level=logging.WARNING, force=True)
    if part == "cron":
        timetable = Timetable(Queues(place.redis))
        timetable.every(SWEEP_SECONDS, "sweep", lane=Lane.UPKEEP)
        timetable.every(SWEEP_SECONDS * 20, "tick", lane=Lane.UPKEEP)
        timetable.run()
        return

    def reach(name: str) -> None:
        stop_here(place.folder, name)
        if name.startswith("before"):
            slow_here(place.folder)

    flow = place.flow(reach)
    workers.engine = lambda: flow  # type: ignore[assignment]
    kind = part.rstrip("0123456789")
    name = f"{part}-{os.getpid()}"
    work(flow.queues, LANES[kind], name=name, on_killed=lambda dead: _release(place, dead))


def _release(place: Place, worker: str) -> None:
    flow = place.flow()
    flow.release(worker)
    flow.store.close()
    flow.queues.close()


@dataclass
class Crew:
    """`parts` by name: a kind of `LANES` with a number, or `cron`."""

    place: Place
    parts: Sequence[str] = ("judge1", "judge2", "hands1", "ears1", "cron")
    running: dict[str, ForkServerProcess] = field(default_factory=dict)
    releases: int = 0

    def start(self) -> None:
        for part in self.parts:
            self.start_one(part)

    def start_one(self, part: str) -> None:
        process = fresh.Process(target=member, args=(self.place, part), name=part)
        process.start()
        self.running[part] = process

    def look(self) -> None:
        """What died is started again, and what it held is free."""
        for part, process in list(self.running.items()):
            if process.exitcode is None:
                continue
            try:
                dead = f"{part}-{process.pid}"
                Queues(self.place.redis).forget_orphans(dead)
                _release(self.place, dead)
            except RetryableError:  # the database is being killed, too: look again
                logging.getLogger(__name__).warning("not released yet")
                continue
            self.releases += 1
            self.start_one(part)

    def kill(self, part: str) -> None:
        process = self.running[part]
        if process.pid is not None and process.exitcode is None:
            process.kill()
            process.join()

    def kill_horse(self, random_choice: random.Random) -> bool:
        """The child that does a job, if there is one just now."""
        horses = [horse for part in self.running if part.startswith(("hands", "ears")) for horse in self.horses(part)]
        if not horses:
            return False
        try:
            random_choice.choice(horses).kill()
        except psutil.NoSuchProcess:
            return False
        return True

    def horses(self, part: str) -> list[psutil.Process]:
        try:
            return psutil.Process(self.running[part].pid).children()
        except psutil.NoSuchProcess:
            return []

    def replace(self, part: str, by: str) -> None:
        """A rolling restart: the new one is there before the old one goes, which finishes what it has begun."""
        self.start_one(by)
        for each in (part, by):
            self.wait_until_ready(each)
        old = self.running.pop(part)
        old.terminate()
        old.join(60)
        assert old.exitcode == 0, f"{part} ended with {old.exitcode}"

    def wait_until_ready(self, part: str) -> None:
        """It asks for jobs, or does one: told to stop before that it would not know how to."""
        name, queues = f"{part}-{self.running[part].pid}", Queues(self.place.redis)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            found = Worker.all(connection=queues.redis, serializer=JSONSerializer)
            if any(one.name == name and one.get_state() in (WorkerStatus.IDLE, WorkerStatus.BUSY) for one in found):
                return
            time.sleep(0.05)
        raise AssertionError(f"{name} was not ready within {PATIENCE_SECONDS:.0f} s: {[one.name for one in found]}")

    def stop(self) -> None:
        """All at once, and as they should."""
        for process in self.running.values():
            if process.exitcode is None:
                process.terminate()
        for process in self.running.values():
            process.join(20)
            process.kill()
            process.join()


def wait_for(happened: Callable[[], bool], crew: Crew, *, seconds: float = PATIENCE_SECONDS) -> float:
    """Looks after the crew meanwhile; gives the seconds it took."""
    began = time.monotonic()
    while not happened():
        crew.look()
        if time.monotonic() - began > seconds:
            log = crew.place.folder / "crew.log"
            said = log.read_text()[-3000:] if log.exists() else ""
            lanes: dict[str, Any] = {part: process.exitcode for part, process in crew.running.items()}
            found = counts(crew.place)
            queues = Queues(crew.place.redis)
            lanes |= queues.lengths() | {"workers": queues.workers()}
            raise AssertionError(f"did not happen within {seconds:.0f} s: {found}\n{lanes}\n{said}")
        time.sleep(0.05)
    return time.monotonic() - began


def counts(place: Place) -> dict[str, Any]:
    store = Store(place.database)
    try:
        with store.reading() as transaction:
            return transaction.counts.all(now=datetime.now(UTC))
    finally:
        store.close()
