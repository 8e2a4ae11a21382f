"""Every stage is timed once, and its time is its own."""

from itertools import count
from pathlib import Path

import pytest

from benchmarks.databases import Database
from benchmarks.messages import prepare
from benchmarks.stages import DELIVER, JUDGE, STAGES, Stopwatch, run_stages, stage_figures
from tests.flow.keyword_classifier import KeywordClassifier


def test_a_stage_inside_another_takes_its_time_away_from_the_outer_one() -> None:
    ticks = count()
    watch = Stopwatch(clock=lambda: float(next(ticks)))
    with watch.on("outer"), watch.on("inner"):
        pass
    assert watch.seconds == {"outer": 2.0, "inner": 1.0}


def test_messages_go_from_the_file_to_the_desk_and_every_stage_has_a_share(tmp_path: Path, sqlite_url: str) -> None:
    messages = prepare(tmp_path, file=None, number=60)
    classifier = KeywordClassifier()
    run = run_stages(sqlite_url, messages, classifier, home=tmp_path)
    assert len(classifier.judged) == 60
    assert run.counts["messages"]["triaged"] == 60
    assert run.counts["outbox"]["sent"] == sum(run.counts["outbox"].values()) > 0
    figures = stage_figures(Database("SQLite", lambda: sqlite_url), [run], messages)
    assert [figure.name for figure in figures] == ["all stages", *STAGES]
    assert sum(figure.share or 0 for figure in figures[1:]) == pytest.approx(1)
    assert all(run.seconds[stage] > 0 for stage in (JUDGE, DELIVER))
