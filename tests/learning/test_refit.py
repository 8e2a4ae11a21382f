import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from learning.refit import CARD, LEARNT, SHIPPED_LABELS, Wish, learnt, mark_of, refit
from learning.versions import SHIPPED, Versions
from models.errors import SetupError
from tests.learning.versions import load_keywords, make_version

TRAINER = (sys.executable, "-m", "tests.learning.trainer")
SHIPPED_NAMES = [f"0-{path.name}" for path in sorted(SHIPPED_LABELS.glob("*.jsonl"))]


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "home", load=load_keywords)


def wish(version: str = "firm-1", **changes: Any) -> Wish:
    return Wish(version, **{"data": None, "own_labels": [], "corrections": []} | changes)


def told(versions: Versions, version: str = "firm-1") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((versions.path(version) / CARD).read_text())
    return found


def test_the_trainer_gets_shipped_labels_own_files_and_corrections_and_makes_a_version(
    versions: Versions, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    for name in ("more/b.jsonl", "more/a.jsonl", "one.jsonl"):
        (tmp_path / name).write_text('{"text": "no refund", "label": "complaint"}\n')
    own = [tmp_path / "more", tmp_path / "one.jsonl"]
    made = refit(
        wish(data=tmp_path, own_labels=own, corrections=[{"text": "ü"}] * 3, options=["--no-encoder"]),
        versions,
        command=TRAINER,
    )
    given = told(versions)
    names = ["1-000-a.jsonl", "1-001-b.jsonl", "1-002-one.jsonl", "2-corrections.jsonl"]
    assert list(given["labels"]) == SHIPPED_NAMES + names
    assert given["labels"]["2-corrections.jsonl"] == 3
    assert (given["data"], given["version"], given["no_encoder"]) == (str(tmp_path), "firm-1", True)
    assert (made.name, made.version, made.folder) == ("firm-1", "firm-1", versions.folder / "firm-1")
    assert versions.names() == [SHIPPED, "firm-1"]
    assert not Path(given["own_labels"]).exists()


def test_a_version_remembers_what_it_learnt_from_and_not_in_words(versions: Versions, tmp_path: Path) -> None:
    made = refit(wish(corrections=[{"text": "@user Charged TWICE"}]), versions, command=TRAINER)
    shipped = learnt(versions.find(SHIPPED))
    assert mark_of("@larkbank charged twice") in learnt(made) - shipped
    assert shipped and shipped <= learnt(made)
    assert "charged" not in (made.folder / LEARNT).read_text().lower()
    assert learnt(replace(made, folder=tmp_path)) == set()


def test_without_corrections_there_is_no_file_of_them(versions: Versions) -> None:
    refit(wish(), versions, command=TRAINER)
    assert list(told(versions)["labels"]) == SHIPPED_NAMES
    assert told(versions)["data"] is None


@pytest.mark.parametrize(
    ("option", "words"),
    [("--fail", "exit code 3"), ("--corrupt", "SHA-256"), ("--rename", "holds version 'other'")],
)
def test_what_fails_leaves_no_version_behind(versions: Versions, option: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        refit(wish(options=[option]), versions, command=TRAINER)
    assert list(versions.folder.iterdir()) == []


def test_a_version_is_never_written_over(versions: Versions, tmp_path: Path) -> None:
    make_version(tmp_path / "home", "firm-1")
    with pytest.raises(SetupError, match="is there already"):
        refit(wish(), versions, command=TRAINER)
    assert not (versions.path("firm-1") / CARD).exists()


def test_labels_that_are_not_there_are_named_before_anything_runs(versions: Versions, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"gone\.jsonl is no file"):
        refit(wish(own_labels=[tmp_path / "gone.jsonl"]), versions, command=TRAINER)
    assert versions.names() == [SHIPPED]
