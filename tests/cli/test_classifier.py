"""`earshot classifier …`, with weights trained in seconds."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import ChangeKind
from tests.cli.conftest import Earshot
from tests.flow.bench import Bench, message
from tests.flow.test_drift import judge
from tests.learning.versions import make_version


def test_a_version_is_promoted_listed_and_rolled_back(earshot: Earshot, version: Callable[[str], Path]) -> None:
    version("firm-1")
    promoting = ("classifier", "promote", "firm-1", "--by", "Agnes", "--reason", "fewer missed")
    refused = earshot(*promoting)
    assert refused.code == 2 and "version firm-1 was never evaluated" in " ".join(refused.err.split())
    assert earshot(*promoting, "--anyway", "a trial week").code == 0
    listed = json.loads(earshot("classifier", "list", "--json").out)
    assert (listed["live"], listed["shadow"]) == ("firm-1", "off")
    assert {row["version"]: row["role"] for row in listed["versions"]} == {"shipped": "", "firm-1": "live"}
    assert "firm-1" in earshot("status").out
    assert json.loads(earshot("status", "--json").out)["classifier"]["live"] == "firm-1"
    assert "version firm-1, hashes are right" in earshot("doctor").out
    back = earshot("classifier", "rollback", "--by", "Agnes")
    assert (back.code, back.out) == (0, "shipped is live again; firm-1 is not any more\n")
    told = earshot("classifier", "history").out
    assert all(word in told for word in ("promoted", "rolled back", "Agnes", "fewer missed", "a trial week"))
    kinds = [one["kind"] for one in json.loads(earshot("classifier", "history", "--json").out)]
    assert kinds == ["promoted", "rolled_back"]


def test_a_folder_that_does_not_verify_is_refused_and_shown(earshot: Earshot, version: Callable[[str], Path]) -> None:
    weights = version("firm-1") / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00\x01")
    done = earshot("classifier", "promote", "firm-1", "--by", "Agnes", "--reason", "r")
    assert done.code == 2
    assert "weights.safetensors: SHA-256 is" in done.err
    assert "SHA-256 is" in earshot("classifier", "list").out
    assert "2026" in json.loads(earshot("status", "--json").out)["classifier"]["live"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["promote", "firm-9", "--by", "A", "--reason", "r"], "known versions: shipped"),
        (["promote", "firm-9", "--by", "A"], "--reason"),
        (["promote", "firm-9", "--reason", "r"], "--by"),
        (["rollback"], "--by"),
        (["rollback", "--by", "A"], "nothing to go back to"),
        (["shadow", "firm-9"], "known versions: shipped"),
        (["shadow", "shipped"], "only another one can run in its shadow"),
        (["compare"], "no version ever ran in the shadow"),
        (["compare", "firm-9"], "'firm-9' never ran in the shadow"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(earshot: Earshot, arguments: list[str], words: str) -> None:
    done = earshot("classifier", *arguments)
    assert done.code == 2
    assert words in " ".join(done.err.split())


def test_the_shadow_is_compared_with_the_live_one(earshot: Earshot, home: Path, bench: Bench) -> None:
    make_version(home, "timid")
    assert "timid runs in the shadow" in earshot("classifier", "shadow", "timid", "--by", "Agnes").out
    bench.time = datetime.now(UTC) + timedelta(seconds=1)
    bench.read(message("@larkbank charged twice, card 4556", id="1"), message("thank you", id="2", author={"id": "u2"}))
    bench.drain()
    bench.relabel("2", "complaint")
    told = earshot("classifier", "compare")
    assert told.code == 0
    assert "2 of the 2 messages" in told.out
    assert "left to people: live 0.0%" in told.out and "shadow 100.0%" in told.out
    assert "a person said complaint" in told.out and "neither 1" in told.out
    assert "charged" not in told.out
    texts = earshot("classifier", "compare", "timid", "--texts", "--limit", "2").out
    assert "@user charged twice, card 0000" in texts and "4556" not in texts
    found = json.loads(earshot("classifier", "compare", "--json").out)
    assert (found["all"]["count"], found["judged_live"], found["failed"], found["texts"]) == (2, 2, 0, {})
    assert "timid is out of the shadow" in earshot("classifier", "shadow", "off").out
    assert "nothing was in the shadow" in earshot("classifier", "shadow", "off").out
    assert "2 of the 2 messages" in earshot("classifier", "compare").out


def test_a_shadow_that_could_not_be_loaded_says_so(earshot: Earshot, home: Path, bench: Bench) -> None:
    make_version(home, "unloadable")
    earshot("classifier", "shadow", "unloadable")
    bench.time = datetime.now(UTC) + timedelta(seconds=1)
    bench.read(message("thank you", id="1"))
    bench.drain()
    done = earshot("classifier", "compare")
    assert "0 of the 1 messages" in done.out and "ValueError while loading" in done.err


def test_drift_is_shown_and_an_alarm_is_exit_code_1(earshot: Earshot, home: Path, bench: Bench) -> None:
    make_version(home, "firm-1")
    first = earshot("classifier", "drift")
    assert (first.code, "nothing to compare yet" in first.out) == (0, True)
    now = datetime.now(UTC)
    judge(bench.store, 600, complaints=0.1, at=now - timedelta(days=30), seed=1)
    with bench.store.writing() as transaction:
        found = bench.flow.versions.find("firm-1")
        transaction.classifiers.decide(
            ChangeKind.PROMOTED, "firm-1", digest=found.digest, person="A", reason="r", now=now - timedelta(days=31)
        )
    steady = earshot("classifier", "drift")
    assert (steady.code, "unknown" in steady.out) == (0, True)
    judge(bench.store, 600, complaints=0.7, at=now - timedelta(days=1), seed=2)
    alarm = earshot("classifier", "drift")
    assert (alarm.code, "complaint scores moved" in alarm.out) == (1, True)
    assert json.loads(earshot("classifier", "drift", "--json").out)["level"] == "alarm"
    bench.time = now
    bench.flow.tick()
    assert json.loads(earshot("status", "--json").out)["classifier"]["drift"] == "alarm, all on all, en on x"
    assert "drift: alarm" in earshot("doctor").out


def test_every_command_has_help_with_an_example(earshot: Earshot) -> None:
    for command in ("list", "history", "promote", "rollback", "shadow", "compare", "drift"):
        done = earshot("classifier", command, "--help")
        assert done.code == 0 and "Example: earshot classifier" in done.out
    for command in ("corrections", "train", "evaluate"):
        done = earshot(command, "--help")
        assert done.code == 0 and f"Example: earshot {command}" in done.out
