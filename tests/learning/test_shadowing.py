"""Versions and the shadow in the flow: what is promised while messages come in, on both databases."""

from pathlib import Path

import pytest

from learning.deciding import end_shadow, promote, put_into_shadow, roll_back
from learning.kept import TRY_AGAIN
from learning.shadowing import MOST_DEAD_LOADS
from models import ClassifierChange, JudgedTwice
from models.identity import mention_id
from store.queue import Lane
from store.shadow import ShadowRun
from store.store import Store
from tests.flow.bench import Bench, message
from tests.learning.versions import make_version

NAMES = ("a", "timid", "broken", "deaf", "unloadable")


@pytest.fixture
def bench(store: Store, tmp_path: Path) -> Bench:
    for name in NAMES:
        make_version(tmp_path, name)
    return Bench(store, home=tmp_path)


def say(bench: Bench, *texts: str) -> None:
    """New messages, each of another author."""
    number = bench.counts()["messages_total"]
    bench.read(*(message(text, id=f"{number + at}", author={"id": f"u{number + at}"}) for at, text in enumerate(texts)))


def shadow(bench: Bench, name: str) -> ClassifierChange:
    return put_into_shadow(bench.store, bench.flow.versions, name, person="agnes", now=bench.time)


def judged_by(bench: Bench) -> dict[str, int]:
    """Version → how many verdicts it gave as the live one."""
    with bench.store.reading() as transaction:
        ids = [mention_id("x", "acme", str(number)) for number in range(bench.counts()["messages_total"])]
        given = [verdict.classifier for verdict in transaction.verdicts.latest(ids).values()]
    return {name: given.count(name) for name in given}


def twice(bench: Bench, change: ClassifierChange) -> list[JudgedTwice]:
    with bench.store.reading() as transaction:
        return transaction.shadow.judged_twice(change.version, since=change.at)


def run_of(bench: Bench, change: ClassifierChange) -> ShadowRun:
    with bench.store.reading() as transaction:
        return transaction.shadow.run(change.id)


def test_a_promoted_version_judges_from_the_next_job_on_without_a_restart_and_after_one(bench: Bench) -> None:
    shipped = bench.flow.live.get().version
    say(bench, "hello")
    bench.drain()
    promote(bench.store, bench.flow.versions, "a", person="agnes", reason="r", now=bench.time, anyway="trial")
    say(bench, "hello again")
    bench.drain()
    bench.flow = bench.new_flow()
    say(bench, "and again")
    bench.drain()
    assert judged_by(bench) == {shipped: 1, "a": 2}
    roll_back(bench.store, bench.flow.versions, person="agnes", reason="", now=bench.time)
    say(bench, "once more")
    bench.drain()
    assert judged_by(bench) == {shipped: 2, "a": 2}


def test_a_live_folder_that_goes_bad_leaves_the_one_before_at_work_and_says_so(bench: Bench, tmp_path: Path) -> None:
    shipped = bench.flow.live.get().version
    promote(bench.store, bench.flow.versions, "a", person="agnes", reason="r", now=bench.time, anyway="trial")
    words = tmp_path / "classifiers" / "a" / "words.txt"
    before = words.read_text()
    words.write_text("changed")
    say(bench, "hello")
    bench.drain()
    assert judged_by(bench) == {shipped: 1}
    with bench.store.reading() as transaction:
        assert "SHA-256" in (transaction.connections.get("classifier").last_error or "")
    words.write_text(before)
    bench.time += TRY_AGAIN
    say(bench, "hello again")
    bench.drain()
    assert judged_by(bench) == {shipped: 1, "a": 1}
    with bench.store.reading() as transaction:
        assert transaction.connections.get("classifier").last_error is None


def test_without_a_shadow_nothing_is_judged_twice(bench: Bench) -> None:
    say(bench, "charged twice")
    bench.flow.classify_mentions([mention_id("x", "acme", "0")])
    assert bench.queues.lengths()[Lane.SHADOW.value] == 0


def test_the_shadow_judges_what_the_live_one_has_judged_and_nothing_acts_on_it(bench: Bench) -> None:
    change = shadow(bench, "timid")
    say(bench, "charged twice", "thank you")
    bench.drain()
    found = {one.live_decision: one for one in twice(bench, change)}
    assert set(found) == {"complaint", "praise"}
    assert {one.shadow_decision for one in found.values()} == {"unsure"}
    assert (found["complaint"].live_score, found["complaint"].shadow_score) == (0.95, 0.5)
    assert (found["praise"].lang, found["praise"].channel, found["praise"].correction) == ("en", "x", None)
    assert "timid" not in judged_by(bench)
    assert bench.counts()["decisions"] == {"complaint": 1, "praise": 1}
    with bench.store.reading() as transaction:
        assert (transaction.shadow.counts(change), transaction.shadow.live_count(since=change.at)) == ((2, 0), 2)


def test_the_shadow_waits_until_no_message_does(bench: Bench) -> None:
    shadow(bench, "a")
    say(bench, "charged twice")
    name, arguments = bench.queues.take() or ("", ())
    getattr(bench.flow, name)(*arguments)
    say(bench, "thank you")
    order = []
    while (job := bench.queues.take()) is not None:
        order.append(job[0])
        getattr(bench.flow, job[0])(*job[1])
    assert order.index("shadow_mentions") > max(at for at, name in enumerate(order) if name == "triage_mentions")


@pytest.mark.parametrize(("name", "failed"), [("broken", 3), ("deaf", 1)])
def test_messages_the_shadow_fails_on_are_counted_not_asked_about_again_and_hurt_nobody(
    bench: Bench, name: str, failed: int
) -> None:
    change = shadow(bench, name)
    say(bench, "charged twice", "thank you", "hello")
    bench.drain()
    bench.recover()
    with bench.store.reading() as transaction:
        assert transaction.shadow.counts(change) == (3 - failed, failed)
    assert len(twice(bench, change)) == 3 - failed
    assert bench.counts()["messages"]["triaged"] == 3
    assert bench.counts()["cases_total"] == 3


def test_a_shadow_that_cannot_be_loaded_hurts_nobody_and_says_so(bench: Bench) -> None:
    change = shadow(bench, "unloadable")
    say(bench, "charged twice", "thank you", "hello")
    bench.drain()
    assert run_of(bench, change).last_error == "ValueError while loading"
    assert bench.counts()["messages"]["triaged"] == 3
    with bench.store.reading() as transaction:
        assert transaction.shadow.counts(change) == (0, 0)


def test_what_redis_lost_on_the_way_to_the_shadow_is_found_again_once_it_loads(bench: Bench, tmp_path: Path) -> None:
    words = tmp_path / "classifiers" / "a" / "words.txt"
    change, before = shadow(bench, "a"), words.read_text()
    words.write_text("changed")
    say(bench, "charged twice", "thank you")
    bench.drain()
    say(bench, "hello")
    bench.flow.classify_mentions([mention_id("x", "acme", "2")])
    bench.queues.empty()
    words.write_text(before)
    bench.time += TRY_AGAIN * 2
    bench.recover()
    assert len(twice(bench, change)) == 3
    assert run_of(bench, change).last_error is None


def test_a_version_that_kills_its_workers_while_loading_is_left_alone(bench: Bench) -> None:
    change = shadow(bench, "a")
    for _ in range(MOST_DEAD_LOADS + bench.flow.settings.judge_processes):
        with bench.store.writing() as transaction:
            transaction.shadow.load_begins(change.id)  # and then the process was no more
    say(bench, "charged twice")
    bench.drain()
    assert "while loading" in (run_of(bench, change).last_error or "")
    assert twice(bench, change) == []
    again = shadow(bench, "a")
    bench.time += TRY_AGAIN
    say(bench, "thank you")
    bench.drain()
    assert [one.live_decision for one in twice(bench, again)] == ["praise"]


def test_a_shadow_that_was_ended_judges_nothing_more_even_if_a_job_still_waits(bench: Bench) -> None:
    change = shadow(bench, "a")
    say(bench, "charged twice")
    bench.flow.classify_mentions([mention_id("x", "acme", "0")])
    end_shadow(bench.store, person="agnes", now=bench.time)
    bench.drain()
    assert twice(bench, change) == []


def test_judging_the_same_messages_again_in_the_shadow_changes_nothing(bench: Bench) -> None:
    change = shadow(bench, "a")
    say(bench, "charged twice")
    bench.drain()
    before = twice(bench, change)
    bench.flow.shadow_mentions([mention_id("x", "acme", "0"), "m_nobody"])
    assert twice(bench, change) == before
    assert run_of(bench, change).loads_begun == 1


def test_what_a_person_corrected_stands_beside_what_both_said(bench: Bench) -> None:
    change = shadow(bench, "timid")
    say(bench, "hello", "thank you")
    bench.drain()
    bench.relabel("0", "complaint")
    bench.relabel("0", "spam")
    assert {one.live_decision: one.correction for one in twice(bench, change)} == {"other": "spam", "praise": None}


def test_after_its_promotion_a_version_is_not_compared_with_itself(bench: Bench) -> None:
    change = shadow(bench, "a")
    say(bench, "hello")
    bench.drain()
    promote(bench.store, bench.flow.versions, "a", person="agnes", reason="r", now=bench.time, anyway="trial")
    say(bench, "thank you")
    bench.drain()
    assert [one.live_decision for one in twice(bench, change)] == ["other"]
