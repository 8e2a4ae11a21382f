"""What the load figures are made of: arrivals, waits, slopes, pictures, and what Linux says of processes."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from benchmarks.load.arrivals import Arriving, Stretch, instants
from benchmarks.load.picture import Line, picture
from benchmarks.load.reading import Waits, jobs, outcome, seconds_by_job
from benchmarks.load.slope import slope
from benchmarks.load.watching import watching
from models import Page
from models.identity import mention_id
from store.store import Store
from tests.flow.bench import NOW, Bench, mention


def test_messages_come_at_the_stated_rates_and_the_same_in_every_run() -> None:
    stretches = [Stretch(100, 5), Stretch(10, 100), Stretch(100, 0)]
    found = instants(stretches)
    assert found == instants(stretches) == sorted(found)
    assert sum(at < 100 for at in found) == pytest.approx(500, rel=0.15)
    assert sum(100 <= at < 110 for at in found) == pytest.approx(1000, rel=0.15)
    assert found[-1] < 110


def test_a_message_is_given_once_it_is_due_and_said_at_that_instant() -> None:
    said = [mention(f"hello {place}", id=str(place)) for place in range(3)]
    source = Arriving(said, [0.0, 0.0, 0.01], meanwhile=lambda: None)
    page = source.pull(None)
    more = source.pull(page.cursor) if len(page.mentions) < 3 else page
    assert source.pull(more.cursor).is_empty
    assert set(source.came_at) == {each.id for each in said}
    assert page.mentions[0].created_at == source.came_at[said[0].id] == source.began_at


def test_waits_are_counted_from_the_door_to_the_decision_and_to_the_ticket(store: Store) -> None:
    bench = Bench(store)
    bench.keep(page_of("I was charged twice", "lol nice hat"))
    bench.time += timedelta(minutes=16)
    bench.flow.sweep()
    bench.drain()
    keys = [mention_id("x", "acme", name) for name in ("0", "1")]
    found = outcome(store, dict.fromkeys(keys, NOW), first=NOW)
    assert {tier: len(waits.seconds) for tier, waits in found.decided.items()} == {"high priority": 1, "noise": 1}
    assert len(found.to_ticket.seconds) == len(found.urgent_tickets.seconds) == 1
    assert found.to_ticket.seconds[0] == found.seconds == (bench.time - NOW).total_seconds()


def page_of(*texts: str) -> Page:
    return Page([mention(text, id=str(place), conversation_id=str(place)) for place, text in enumerate(texts)], "")


def test_cuts_of_one_wait_are_that_wait_and_of_none_there_are_none() -> None:
    assert Waits((2.0,)).at(99) == 2.0
    assert Waits(()).at(50) is None
    assert Waits(tuple(float(number) for number in range(1, 101))).at(95) == pytest.approx(95, abs=1)


def test_jobs_are_read_from_the_log_and_their_seconds_added_up(tmp_path: Path) -> None:
    log = tmp_path / "workers.log"
    line = '{"at": "2026-06-05T14:00:0%d.000+00:00", "job": "%s", "outcome": 1, "seconds": %s}'
    lines = [line % (1, "triage_mentions", 0.5), 'no JSON "job"', line % (2, "triage_mentions", 0.25)]
    log.write_text("\n".join(lines))
    assert seconds_by_job(list(jobs(log, since=NOW))) == {"triage_mentions": 0.75}
    assert list(jobs(log, since=NOW.replace(second=5))) == []


def test_what_grows_is_told_from_what_is_only_restless() -> None:
    chance = Random(7)
    restless = [(number / 60, 500 + chance.gauss(0, 5)) for number in range(300)]
    growing = [(at, value + 30 * at) for at, value in restless]
    assert slope(restless).low < 0 < slope(restless).high
    assert slope(growing).low > 20
    assert slope([(at, 7.0) for at, _ in restless]).high == 0


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        slope([(0.0, 1.0), (1.0, 1.0)])


def test_the_picture_has_a_panel_a_line_and_begins_at_nought() -> None:
    drawn = ElementTree.fromstring(picture("Soak", [Line("judge1", "MB", [(0, 500), (30, 510)])] * 4))  # noqa: S314
    lines = drawn.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 4
    assert {label.text for label in drawn.iter("{http://www.w3.org/2000/svg}text")} >= {"0", "600 MB", "30 min"}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_is_seen_with_its_memory_its_files_and_its_time() -> None:
    work = (
        "import time; held = bytearray(40_000_000); sum(range(3_000_000)); print('ready', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        with watching(os.getpid(), lambda: {child.pid: "judge1"}, every=60) as watch:
            pass
    finally:
        child.kill()
        child.communicate()
    use = watch.samples[0].uses["judge1"]
    assert use.memory >= use.heap > 40_000_000
    assert use.files >= 3
    assert use.processor_seconds > 0
    assert watch.peak_memory >= use.memory
