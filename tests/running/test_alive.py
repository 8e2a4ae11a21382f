"""Whether a worker lives is told by the age of the file that it touches."""

import os
import time
from pathlib import Path

import pytest
from redis import Redis

from running import alive
from store.queue import HandWorker, JudgeWorker, Lane, Queues, Timetable, work


def test_a_file_that_was_touched_lately_is_a_life_sign_and_an_old_one_is_none(tmp_path: Path, capsys) -> None:
    file = tmp_path / "alive"
    assert alive.main([str(file), "900"]) == 1
    assert "is not there" in capsys.readouterr().err
    file.touch()
    assert alive.main([str(file), "900"]) == 0
    before = time.time() - 1000
    os.utime(file, (before, before))
    assert alive.main([str(file), "900"]) == 1
    assert "s ago" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["file"], ["file", "soon"], ["file", "-1"]])
def test_what_cannot_be_looked_at_is_told_apart(arguments: list[str]) -> None:
    assert alive.main(arguments) == alive.USAGE


@pytest.mark.servers
@pytest.mark.parametrize("lane", [Lane.JUDGE, Lane.PUSH])
def test_a_worker_touches_its_file(redis_url: str, tmp_path: Path, lane: Lane) -> None:
    queues = Queues(redis_url)
    work(queues, [lane], name=f"w-{lane}", on_killed=lambda _: None, burst=True, alive=tmp_path / "alive")
    queues.close()
    assert (tmp_path / "alive").exists()


@pytest.mark.servers
def test_a_timetable_touches_its_file_and_works_on_where_it_cannot(redis_url: str, tmp_path: Path) -> None:
    queues = Queues(redis_url)
    Timetable(queues, alive=tmp_path / "alive").heartbeat()
    Timetable(queues, alive=tmp_path / "no folder/alive").heartbeat()
    queues.close()
    assert (tmp_path / "alive").exists()


@pytest.mark.servers
@pytest.mark.parametrize("kind", [JudgeWorker, HandWorker])
def test_both_kinds_of_workers_touch_it_at_every_beat(redis_url: str, tmp_path: Path, kind: type) -> None:
    with Redis.from_url(redis_url) as client:
        worker = kind(["push"], connection=client, name=f"beat-{kind.__name__}")
        worker.alive = tmp_path / "alive"
        worker.heartbeat()
    assert (tmp_path / "alive").exists()
