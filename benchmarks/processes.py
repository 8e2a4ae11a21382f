"""The whole way with real processes: Redis, workers and scheduler as `earshot ingest --wait` runs them."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.databases import Database
from benchmarks.messages import Messages, some_others, source_of
from benchmarks.stages import what_came
from intake import take_in
from models.errors import SetupError
from running.children import Child
from running.home import prepare_home
from running.tree import Tree, worker_parts
from settings import PREFIX, Settings
from store.migrate import upgrade
from workers import Flow

ROOT = Path(__file__).parents[1]
WARM_UP = 200
LONGEST_SECONDS = 3600


@contextmanager
def fresh(database: Database, *, judge_processes: int) -> Iterator[Settings]:
    """Settings of an installation that has seen nothing yet; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-", dir="/tmp") as home:  # noqa: S108  a short socket path
        given = {"home": home, "database_url": database.new(), "judge_processes": judge_processes}
        yield Settings.model_validate(given)


def cold(settings: Settings, messages: Messages) -> float:
    """Seconds of one `earshot ingest FILE --wait`: from its start to its end, all processes started and stopped."""
    command = [*as_if_in(settings), sys.executable, "-m", "cli", "ingest", str(messages.path), "--wait"]
    began = time.perf_counter()
    run = subprocess.run(  # noqa: S603  our own program
        command, cwd=settings.home, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
    )
    seconds = time.perf_counter() - began
    if run.returncode:
        raise SetupError(
            f"`earshot ingest --wait` ended with {run.returncode}:\n{run.stdout[-800:]}{run.stderr[-1500:]}"
        )
    return seconds


def warm(settings: Settings, messages: Messages) -> tuple[float, str]:
    """Seconds from the first line read to the last effect carried out, by workers that run already; what came of it."""
    prepare_home(settings)
    flow = Flow(settings)
    try:
        upgrade(flow.store.engine)
        parts = [in_background(part, settings) for part in worker_parts(settings)]
        tree = Tree(settings, queues=flow.queues, release=flow.release, parts=parts)
        with tree.running():
            take_in(flow, source_of(some_others(settings.home, number=WARM_UP)), wait=True, meanwhile=tree.look)
            intake = take_in(flow, source_of(messages.path), wait=True, meanwhile=tree.look)
        if intake.still_waiting or intake.undelivered:
            left = f"{intake.still_waiting} messages and {intake.undelivered} effects still wait"
            raise SetupError(f"the flow stood still: {left}; look at {settings.home}/workers.log with --keep")
        with flow.store.reading() as transaction:
            return intake.seconds, "with the warm-up: " + what_came(transaction.counts.all(now=flow.now()))
    finally:
        flow.store.close()
        flow.queues.close()


def in_background(part: Child, settings: Settings) -> Child:
    """The same process with our settings, its log in a file."""
    log = ["sh", "-c", 'cd "$1" && shift && exec "$@" >>workers.log 2>&1', "sh", str(settings.home)]
    return Child(part.name, [*log, *as_if_in(settings), *part.command])


def as_if_in(settings: Settings) -> list[str]:
    """A command's beginning that gives it these settings and no others, whatever the caller's environment says."""
    given = {
        "HOME": str(settings.home),
        "DATABASE_URL": settings.store_url,
        "JUDGE_PROCESSES": str(settings.judge_processes),
    }
    others = [f"--unset={PREFIX}{name.upper()}" for name in Settings.model_fields if name.upper() not in given]
    return ["env", *others, *(f"{PREFIX}{name}={value}" for name, value in given.items()), f"PYTHONPATH={ROOT}"]
