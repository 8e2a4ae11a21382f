"""Every job is killed at each of its points, in a process of its own, and in the end all is as if nothing had happened.

`FAULTS=all` kills at every statement, with the queue kept and with the queue lost; without it the points are those
where something lasting changes (`points.worth_killing_at`), and the queue is kept at every other.
"""

import inspect
import json
import multiprocessing
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import workers
from register.verify import verify_stored
from store.tables import metadata
from tests.faults import victim
from tests.faults.points import worth_killing_at
from tests.faults.scenarios import SCENARIOS, START, Scenario, drain
from tests.faults.victim import Clock, flow_on
from tests.faults.world import Effects
from tests.servers.postgres import Cluster
from workers import Flow

EVERY = os.environ.get("FAULTS") == "all"
CHILD_SECONDS = 120
ONCE = ("ticket", "note", "answer")
"""An update and hiding may be repeated: setting the same twice changes nothing."""
UNEQUAL = {"attempts", "alembic_version"}
"""How often something was tried is what differs."""

fresh = multiprocessing.get_context("forkserver")
fresh.set_forkserver_preload(["tests.faults.crew", "tests.faults.victim"])


@dataclass(frozen=True)
class Stage:
    """A database, and a world, as they are when the job begins."""

    url: str
    folder: Path
    time: datetime
    arguments: list[Any]


Copy = Callable[[Stage, Path], Any]


@dataclass(frozen=True)
class End:
    """What it came to."""

    rows: dict[str, int]
    counts: dict[str, Any]
    events: Counter[str]
    effects: Counter[tuple[str, str]]
    """Each once. Which message of a conversation makes the ticket, and which the note, is a matter of order."""


def run_job(stage: Stage, scenario: Scenario, kill_at: int | None, *, is_blind: bool = False) -> int:
    """In a child; gives how it ended."""
    arguments = (stage.folder, stage.url, stage.time, scenario.job, stage.arguments, kill_at, is_blind)
    child = fresh.Process(target=victim.run, args=arguments)
    child.start()
    child.join(CHILD_SECONDS)
    assert child.exitcode is not None, "the child hangs"
    code = child.exitcode
    child.close()
    return code


def recover(stage: Stage, scenario: Scenario, *, keeps_queue: bool, is_blind: bool = False) -> tuple[End, float]:
    """What the supervisor, the clock and the queue do then; gives the end, and how many seconds that took."""
    began = time.monotonic()
    clock = Clock(stage.time)
    flow = flow_on(stage.folder, stage.url, clock, is_blind=is_blind)
    try:
        flow.release(None)
        if keeps_queue:
            flow.queues.load()  # type: ignore[attr-defined]
        if scenario.is_by_clock:
            getattr(flow, scenario.job)(*stage.arguments)
        _come_to_rest(flow, clock)
        seconds = time.monotonic() - began
        return _end(flow, stage), seconds
    finally:
        flow.store.close()


def _come_to_rest(flow: Flow, clock: Clock) -> None:
    for _ in range(12):
        ran = drain(flow)
        clock.time += timedelta(seconds=6)
        flow.sweep()
        if not drain(flow) and not ran:
            return
    raise AssertionError("twelve sweeps did not bring the flow to rest")


def _end(flow: Flow, stage: Stage) -> End:
    with flow.store.reading() as transaction:
        counts = transaction.counts.all(now=flow.now())
        result = verify_stored(transaction.register.stored(), head=transaction.register.head())
        assert result.fault is None, result.fault
        connection = transaction._connection
        rows = {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
            if table.name not in UNEQUAL
        }
        kinds = Counter(connection.scalars(select(metadata.tables["events"].c.kind)))
    assert sum(flow.queues.lengths().values()) == 0
    assert counts["messages"]["received"] == counts["messages"]["classified"] == 0
    assert not any(counts["outbox"][state] for state in ("pending", "sending", "unknown"))
    counts.pop("oldest_unprocessed_seconds")
    effects = Effects(stage.folder).counted()
    doubled = [effect for effect, number in effects.items() if effect[0] in ONCE and number > 1]
    assert not doubled, f"done twice: {doubled}"
    return End(rows, counts, kinds, Counter((what, key.split()[0]) for what, key in set(effects.elements())))


def prepared(scenario: Scenario, url: str, folder: Path) -> Stage:
    folder.mkdir()
    clock = Clock(START)
    flow = flow_on(folder, url, clock)
    arguments = scenario.prepare(flow, clock)
    flow.store.close()
    (folder / "queue.jsonl").unlink(missing_ok=True)
    return Stage(url, folder, clock.time, arguments)


def kill_at_each_point(scenario: Scenario, stage: Stage, copy: Copy, tmp_path: Path, *, every: bool) -> None:
    with copy(stage, tmp_path / "undisturbed") as undisturbed:
        assert run_job(undisturbed, scenario, None) == 0
        passed = json.loads((undisturbed.folder / "points.json").read_text())
        expected, _ = recover(undisturbed, scenario, keeps_queue=True)
    numbers = worth_killing_at(passed, every=every)
    assert numbers, "nothing happens in this job"
    times = []
    for number in numbers:
        for keeps_queue in (True, False) if EVERY else (number % 2 == 0,):
            with copy(stage, tmp_path / f"killed-{number}-{keeps_queue}") as killed:
                assert run_job(killed, scenario, number) == -signal.SIGKILL
                end, seconds = recover(killed, scenario, keeps_queue=keeps_queue)
            where = f"{scenario}, killed at point {number} of {len(passed)}: {passed[number - 1]}"
            assert end == expected, f"{where}; queue kept: {keeps_queue}"
            times.append(seconds)
    print(f"{scenario}: killed {len(times)} times at {len(numbers)} of {len(passed)} points;", end=" ")  # noqa: T201
    print(f"recovered in {sorted(times)[len(times) // 2]:.2f} s, at most {max(times):.2f} s")  # noqa: T201


@contextmanager
def copied_file(stage: Stage, folder: Path) -> Iterator[Stage]:
    shutil.copytree(stage.folder, folder)
    yield Stage(f"sqlite:///{folder / 'earshot.db'}", folder, stage.time, stage.arguments)
    shutil.rmtree(folder)


def test_every_job_is_killed() -> None:
    jobs = {name for name, each in vars(workers).items() if inspect.isfunction(each) and each.__module__ == "workers"}
    in_another = {"deliver"}  # which is what deliver_each does for each
    assert jobs - {"_logged"} - in_another <= {each.job for each in SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_job_killed_at_any_point_changes_nothing_in_the_end(
    scenario: Scenario, empty_sqlite: Path, tmp_path: Path
) -> None:
    stage_folder = tmp_path / "stage"
    url = f"sqlite:///{stage_folder / 'earshot.db'}"
    first = tmp_path / "first.db"
    shutil.copyfile(empty_sqlite, first)
    stage = prepared(scenario, f"sqlite:///{first}", stage_folder)
    shutil.copyfile(first, stage_folder / "earshot.db")
    stage = Stage(url, stage_folder, stage.time, stage.arguments)
    kill_at_each_point(scenario, stage, copied_file, tmp_path, every=EVERY)


ON_POSTGRES = [each for each in SCENARIOS if EVERY or each.job in ("triage_mentions", "deliver_each")]


@pytest.mark.postgres
@pytest.mark.parametrize("scenario", ON_POSTGRES, ids=str)
def test_the_same_on_postgresql(scenario: Scenario, postgres: Cluster, empty_postgres: str, tmp_path: Path) -> None:
    with postgres.database(like=empty_postgres) as url:
        stage = prepared(scenario, url, tmp_path / "stage")

        @contextmanager
        def copied(original: Stage, folder: Path) -> Iterator[Stage]:
            shutil.copytree(original.folder, folder)
            with postgres.database(like=postgres.name_of(original.url)) as copy:
                yield Stage(copy, folder, original.time, original.arguments)

        kill_at_each_point(scenario, stage, copied, tmp_path, every=EVERY)


def test_an_answer_that_nobody_can_be_asked_about_is_never_sent_twice_wherever_its_worker_is_killed(
    empty_sqlite: Path, tmp_path: Path
) -> None:
    scenario = next(each for each in SCENARIOS if each.job == "deliver_each")
    first = tmp_path / "first.db"
    shutil.copyfile(empty_sqlite, first)
    stage = prepared(scenario, f"sqlite:///{first}", tmp_path / "stage")
    shutil.copyfile(first, stage.folder / "earshot.db")
    with copied_file(stage, tmp_path / "undisturbed") as undisturbed:
        assert run_job(undisturbed, scenario, None, is_blind=True) == 0
        passed = json.loads((undisturbed.folder / "points.json").read_text())
    around = [place for place, name in enumerate(passed, 1) if name.endswith("answer")]
    for number in range(min(around) - 6, max(around) + 12):
        with copied_file(stage, tmp_path / f"killed-{number}") as killed:
            run_job(killed, scenario, number, is_blind=True)
            end, _ = recover(killed, scenario, keeps_queue=True, is_blind=True)
        is_sent = ("answer", "reply:1") in end.effects
        assert is_sent or end.counts["outbox"]["failed"] == 1, "neither sent nor left to a person"
