"""The process tree: what dies is started again, what is held is given up, all of it stops."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from models.errors import SetupError
from running.children import Child
from running.tree import Tree, worker_name
from settings import Settings
from store.queue import Queues

ROOT = Path(__file__).resolve().parents[2]
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]


def wait_for(happened: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)


@pytest.fixture
def released() -> list[str | None]:
    return []


def tree_on(redis_url: str, tmp_path: Path, released: list[str | None], *parts: Child) -> Tree:
    settings = Settings(home=tmp_path, redis_url=redis_url)
    return Tree(settings, queues=Queues(redis_url), release=released.append, parts=parts)


def test_a_dead_child_is_started_again_and_its_leases_are_given_up(
    redis_url: str, tmp_path: Path, released: list[str | None]
) -> None:
    child = Child("judge1", SLEEP)
    tree = tree_on(redis_url, tmp_path, released, child)
    with tree.running():
        first = child.pid
        os.kill(first, signal.SIGKILL)

        def is_back() -> bool:
            tree.look()
            return child.pid != first

        wait_for(is_back)
        assert released == [worker_name("judge1", first)]
        assert psutil.pid_exists(child.pid)
    assert not psutil.pid_exists(child.pid)


def test_a_child_that_does_not_listen_is_killed(redis_url: str, tmp_path: Path, released: list[str | None]) -> None:
    child = Child("deaf", DEAF)
    child.start()
    wait_for(lambda: psutil.Process(child.pid).num_threads() >= 1)
    child.ask_to_stop()
    child.wait(0.3)
    assert child.has_ended()


def test_children_end_with_their_supervisor_even_if_it_is_killed(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ends a child with its parent")
    program = "import sys, time; from running.children import Child\n"
    program += f"child = Child('c', {SLEEP!r}); child.start(); print(child.pid, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        assert psutil.pid_exists(pid)
        supervisor.kill()
        supervisor.wait()
        wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_the_embedded_redis_is_started_and_stopped_with_the_tree(tmp_path: Path, released: list[str | None]) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    queues = Queues(settings.queue_url)
    tree = Tree(settings, queues=queues, release=released.append, parts=[])
    with tree.running():
        queues.ping()
        assert (settings.redis_socket.stat().st_mode & 0o777) == 0o700
    assert not settings.redis_socket.exists()


def test_a_redis_that_cannot_be_reached_is_said_to_be_so(
    tmp_path: Path, released: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("running.tree.ELSEWHERE_SECONDS", 0.2)
    child = Child("never", SLEEP)
    tree = tree_on(f"unix://{tmp_path}/nowhere.sock", tmp_path, released, child)
    with pytest.raises(SetupError, match="nothing was started: Redis does not answer"):
        tree.start()
    assert child.process is None


def test_a_child_that_cannot_run_like_this_stops_everything(
    redis_url: str, tmp_path: Path, released: list[str | None]
) -> None:
    log = tmp_path / "workers.log"
    child = Child("judge1", [sys.executable, "-c", "import sys; print('no weights'); sys.exit(2)"], log)
    other = Child("other", SLEEP)
    tree = tree_on(redis_url, tmp_path, released, child, other)
    with pytest.raises(SetupError, match="judge1 cannot run with these settings.*workers.log"), tree.running():
        wait_for(child.has_ended)
        tree.look()
    assert log.read_text() == "no weights\n"
    assert not psutil.pid_exists(other.pid)
