"""`earshot replay` and `earshot sandbox`: what they print, what they refuse, and that they leave the database alone."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from policy.loading import PACKS
from tests.cli.conftest import Earshot
from tests.flow.bench import NOW, Bench, mention

HOUSE = (PACKS / "house" / "pack.toml").read_text(encoding="utf-8")
DAYS = ("--from", (NOW - timedelta(days=3)).date().isoformat(), "--to", (NOW + timedelta(days=3)).date().isoformat())


@pytest.fixture
def filled(bench: Bench) -> Bench:
    bench.source.mentions += [
        mention("I was charged twice, refund me", id="1"),
        mention("is the app down for everyone", id="2", author={"id": "u2", "handle": "tom"}),
        mention("thank you", id="3", author={"id": "u3", "handle": "ann"}),
    ]
    bench.flow.pull("x")
    bench.drain()
    bench.store.close()
    return bench


def edited(tmp_path: Path) -> str:
    path = tmp_path / "edited.toml"
    path.write_text(
        HOUSE.replace("tier = 3", "tier = 2").replace('version = "', 'version = "try-', 1), encoding="utf-8"
    )
    return str(path)


def test_the_same_rules_change_nothing(earshot: Earshot, filled: Bench) -> None:
    done = earshot("replay", *DAYS)
    assert done.code == 0, done.err
    assert "3 cases looked at, 0 would change; nothing was written" in done.err
    assert "complaints lost" in done.out


def test_edited_rules_are_shown_case_by_case_in_every_format(earshot: Earshot, filled: Bench, tmp_path: Path) -> None:
    policy = edited(tmp_path)
    told = json.loads(earshot("replay", *DAYS, "--policy", policy, "--format", "json").out)
    assert list(told) == ["rules", "summary", "cases"]
    changed = {
        one["case_id"]: {each["what"]: (each["before"], each["after"]) for each in one["changes"]}
        for one in told["cases"]
    }
    assert changed
    assert all(fields["tier"] == ("3", "2") for fields in changed.values())
    rows = list(csv.DictReader(io.StringIO(earshot("replay", *DAYS, "--policy", policy, "--format", "csv").out)))
    assert {int(row["case"]) for row in rows} == set(changed)
    table = earshot("replay", *DAYS, "--policy", policy).out
    assert "tier: 3 → 2" in table


def test_one_rule_alone_is_shown_with_its_cases(earshot: Earshot, filled: Bench, tmp_path: Path) -> None:
    told = json.loads(earshot("replay", *DAYS, "--rule", "complaint", "--format", "json").out)
    assert list(told["rules"]) == ["complaint"]
    assert told["rules"]["complaint"]["before"] == len(told["cases"]) > 0


def test_another_classifier_judges_again(
    earshot: Earshot, filled: Bench, version: Callable[[str], Path], tmp_path: Path
) -> None:
    version("tried")
    done = earshot("replay", *DAYS, "--classifier", "tried", "--format", "json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["summary"]["cases replayed"] == 3
    refused = earshot("replay", *DAYS, "--classifier", "unknown")
    assert (refused.code, "classifier 'unknown' is not in" in refused.err) == (2, True)


def test_the_database_is_byte_for_byte_as_before(earshot: Earshot, filled: Bench, home: Path, tmp_path: Path) -> None:
    earshot("replay", *DAYS)
    database = home / "earshot.db"
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    earshot("replay", *DAYS, "--policy", edited(tmp_path))
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before
    written = home / "earshot.db-wal"
    assert not written.exists() or written.stat().st_size == 0


def test_what_cannot_be_asked_is_refused_with_the_way_out(earshot: Earshot, filled: Bench, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(HOUSE.replace("repeat_contacts_from", "repeat_contact_from"))
    for arguments, said in (
        (("--from", "2026-06-05", "--to", "2026-06-01"), "is before --from"),
        ((*DAYS, "--format", "xml"), "is not known; use one of table, csv, json"),
        ((*DAYS, "--policy", str(wrong)), "wrong.toml: key 'thresholds.repeat_contacts_from' is missing"),
        ((*DAYS, "--policy", str(tmp_path / "none.toml")), "cannot be read"),
        ((*DAYS, "--house", "nobody"), "policy pack 'nobody' with topics is unknown"),
    ):
        done = earshot("replay", *arguments)
        assert (done.code, said in done.err) == (2, True), done.err


def test_a_sandbox_is_made_and_started_in_a_home_of_its_own(
    earshot: Earshot, filled: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_FIRM_NAME", "Acme")
    done = earshot("sandbox", "make", *DAYS, "--out", "training", "--cases", "2")
    assert done.code == 0, done.err
    assert "2 cases with 2 messages" in done.err
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr("os.execve", lambda _, words, env: started.append((words, env)))
    monkeypatch.setenv("EARSHOT_DESK", "webhook")
    assert earshot("sandbox", "run", "training").code == 0
    [(words, environment)] = started
    assert words[-2:] == ["cli", "up"]
    given = {name: value for name, value in environment.items() if name.startswith("EARSHOT_")}
    assert given == {"EARSHOT_HOME": str(tmp_path / "training")}
    assert "Acme" in (tmp_path / "training" / ".env").read_text()
    assert earshot("sandbox", "run", str(tmp_path)).code == 2
