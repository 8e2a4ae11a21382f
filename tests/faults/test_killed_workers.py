"""Whatever is killed in the middle, the end is the same: real processes, real Redis, real kills."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis

from tests.faults.crew import SETTLED
from tests.program import Program

pytestmark = pytest.mark.slow

MESSAGES = 400
SUBJECTS = (
    "charged twice for one transfer",
    "card never arrived",
    "app is down",
    "how do I close my account",
    "lovely staff",
)


@pytest.fixture(scope="session")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred messages, in threads of four by two people each."""
    path = tmp_path_factory.mktemp("posts") / "posts.jsonl"
    lines = []
    for number in range(MESSAGES):
        said_at = f"2026-06-{1 + number // 40:02d}T{number % 24:02d}:{number % 60:02d}:00Z"
        lines.append(
            {
                "id": str(number),
                "channel": "x",
                "account": "acme",
                "text": f"{SUBJECTS[number % len(SUBJECTS)]}, this is message {number} of mine",
                "created_at": said_at,
                "conversation_id": str(number // 4),
                "author": {"id": f"u{number // 2}", "followers": number * 100},
            }
        )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


SETTINGS = {"EARSHOT_JUDGE_BATCH": "16", "EARSHOT_SWEEP_SECONDS": "1", "EARSHOT_LEASE_SECONDS": "5"}


def settled(program: Program) -> dict[str, Any]:
    status = program.status()
    assert status["messages"]["received"] == status["messages"]["classified"] == 0
    return {name: status[name] for name in SETTLED}


@pytest.fixture(scope="session")
def undisturbed(posts: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What it comes to when nothing goes wrong."""
    program = Program(tmp_path_factory.mktemp("undisturbed") / "home", SETTINGS)
    done = program.run("ingest", str(posts), "--wait")
    assert done.returncode == 0, done.stderr.decode()
    found = settled(program)
    assert found["messages"]["triaged"] == MESSAGES
    assert found["tickets"]["sent"] > 10
    assert found["register"]["opened"] > 10
    return found


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    yield Program(tmp_path / "home", SETTINGS)
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


def kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def at_rest(program: Program) -> bool:
    status = program.status()
    waiting = [status["messages"]["received"], status["messages"]["classified"]]
    waiting += [status["outbox"][state] for state in ("pending", "sending", "unknown")]
    return status["messages_total"] == MESSAGES and not any(waiting)


@pytest.mark.parametrize("victim", ["judge1", "hands", "ears", "redis-server"])
def test_a_killed_process_changes_nothing_in_the_end(
    program: Program, posts: Path, undisturbed: dict[str, Any], victim: str
) -> None:
    with program.up() as process:
        ingesting = program.start("ingest", str(posts), "--wait")
        for share in (0.1, 0.4, 0.7):
            program.wait_for(
                lambda share=share: program.status()["messages"]["triaged"] >= MESSAGES * share, process=process
            )
            for child in program.children(process, victim):
                kill(child)
        assert ingesting.wait(120) == 0, program.log()[-3000:]
        program.wait_for(lambda: at_rest(program), process=process)
        assert settled(program) == undisturbed
    assert process.returncode == 0
    assert program.run("register", "verify").returncode == 0


def test_killing_everything_at_once_and_starting_again_changes_nothing(
    program: Program, posts: Path, undisturbed: dict[str, Any]
) -> None:
    process = program.start("up")
    program.wait_for(lambda: bool(program.children(process, "judge1")) and program.lanes_answer(), process=process)
    assert program.run("ingest", str(posts)).returncode == 0
    program.wait_for(lambda: program.status()["messages"]["triaged"] >= 50, process=process)
    for child in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
        kill(child)
    process.wait()
    done = program.run("ingest", str(posts), "--wait")
    assert done.returncode == 0, done.stderr.decode()
    assert b"0 new" in done.stdout
    assert settled(program) == undisturbed
    again = program.run("ingest", str(posts), "--wait")
    assert again.returncode == 0
    assert settled(program) == undisturbed


def test_emptying_redis_in_the_middle_loses_nothing(program: Program, posts: Path, undisturbed: dict[str, Any]) -> None:
    with program.up() as process:
        assert program.run("ingest", str(posts)).returncode == 0
        for _ in range(5):
            with Redis.from_url(f"unix://{program.home / 'redis.sock'}") as client:
                client.flushall()
        program.wait_for(lambda: at_rest(program), process=process)
        assert settled(program) == undisturbed


def test_ctrl_c_stops_all_and_leaves_no_process(program: Program) -> None:
    process = program.start("up")
    program.wait_for(lambda: bool(program.children(process, "web")) and program.lanes_answer(), process=process)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 5
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(30) == 0
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    assert "nothing is lost" in program.log()


def test_a_second_up_in_the_same_folder_is_refused(program: Program) -> None:
    with program.up():
        second: subprocess.CompletedProcess[bytes] = program.run("up", timeout=60)
    assert second.returncode == 2
    assert b"another `earshot up` runs in" in second.stderr
