"""`earshot corrections`, `train` and `evaluate`; what the trainer is given is in `tests/learning/test_refit.py`."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.identity import mention_id
from store.encoding import encode
from tests.cli.conftest import Earshot
from tests.flow.bench import Bench, message

SAID = "how nice of you, Mira Field, 0412 345 678"


@pytest.fixture
def corrected(bench: Bench) -> Bench:
    """One correction on X and one in an e-mail."""
    bench.read(message(SAID, id="1", channel="email"), message("how very nice", id="2"))
    bench.drain()
    for channel, native_id in (("email", "1"), ("x", "2")):
        with bench.store.writing() as transaction:
            key = mention_id(channel, "acme", native_id)
            transaction.mentions.relabel(key, "complaint", person="agnes", now=bench.time)
    return bench


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_corrections_are_written_without_names_and_without_channels_that_forbid_it(
    earshot: Earshot, corrected: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = earshot("corrections")
    assert [(row["text"], row["label"]) for row in rows(done.out)] == [
        ("how nice of you, @user, 0000 000 000", "complaint")
    ]
    assert "corrections: 1" in done.err
    assert "1 left out, the terms of its channel forbid training" in done.err and "x 1" in done.err
    monkeypatch.setenv("EARSHOT_TRAINING_CHANNELS_DENIED", "none")
    assert len(rows(earshot("corrections").out)) == 2


def test_the_two_parts_are_written_to_files(earshot: Earshot, corrected: Bench, tmp_path: Path) -> None:
    for part in ("learn", "frozen"):
        assert earshot("corrections", "--part", part, "--output", f"{part}.jsonl").code == 0
    both = [row for part in ("learn", "frozen") for row in rows((tmp_path / f"{part}.jsonl").read_text())]
    assert len(both) == 1
    assert not list(tmp_path.glob("*.part"))


def test_two_versions_are_measured_side_by_side(
    earshot: Earshot, version: Callable[[str], Path], tmp_path: Path
) -> None:
    version("firm-1")
    texts = [("my card was charged twice", "complaint"), ("great lamp, thank you", "praise")] * 10
    (tmp_path / "frozen.jsonl").write_text("".join(json.dumps({"text": t, "label": x}) + "\n" for t, x in texts))
    done = earshot("evaluate", "firm-1", "--data", "frozen.jsonl")
    assert done.code == 0
    assert all(word in done.out for word in ("complaint, F1", "six labels, macro F1", "left to a person", "firm-1"))
    assert all(word in done.out for word in ("after: firm-1, decided as", "labelled", "unsure", "precision", "recall"))
    found = json.loads(earshot("evaluate", "firm-1", "--data", "frozen.jsonl", "--against", "firm-1", "--json").out)
    assert (found["before"], found["after"]) == ("firm-1", "firm-1")
    assert {line["verdict"] for line in found["lines"]} == {"no clear difference"}
    assert {line["before"]["count"] for line in found["lines"]} == {20, 10}
    told = found["confusion"]["after"]
    assert sum(map(sum, told["labelled"].values())) == 20
    assert told["labels"]["complaint"]["recall"]["count"] == 10


def test_what_was_found_is_kept_once_and_without_words(
    earshot: Earshot, version: Callable[[str], Path], bench: Bench, tmp_path: Path
) -> None:
    version("firm-1")
    texts = [("my card was charged twice", "complaint", "en"), ("great lamp, thank you", "praise", "tr")] * 10
    lines = (json.dumps({"text": text, "label": label, "lang": lang}) + "\n" for text, label, lang in texts)
    data = tmp_path / "frozen.jsonl"
    data.write_text("".join(lines))
    command = ("evaluate", "firm-1", "--data", "frozen.jsonl")
    assert earshot(*command, "--no-keep").code == 0
    with bench.store.reading() as transaction:
        assert transaction.evaluations.all() == []
    for _ in range(2):
        assert earshot(*command).code == 0
    with bench.store.reading() as transaction:
        [kept] = transaction.evaluations.all()
    assert (kept.version, kept.row_count, kept.is_of_itself) == ("firm-1", 20, False)
    assert kept.rows_digest == hashlib.sha256(data.read_bytes()).hexdigest()
    assert {(line.name, line.lang) for line in kept.figures.lines} >= {("complaint, F1", ""), ("complaint, F1", "en")}
    assert sum(map(sum, kept.figures.after.labelled.values())) == 20
    assert kept.figures.after.labels[0].recall is not None and kept.figures.after.labels[0].recall.count == 10
    assert not any(word in str(encode(kept)) for word in ("charged", "lamp"))


def test_texts_that_a_version_learnt_from_are_told(
    earshot: Earshot, version: Callable[[str], Path], tmp_path: Path
) -> None:
    (version("firm-1") / "learnt.txt").write_text("")
    shipped = (Path(__file__).parents[2] / "training" / "labels" / "en.jsonl").read_text().splitlines()[0]
    (tmp_path / "frozen.jsonl").write_text(f'{shipped}\n{{"text": "hello you", "label": "other"}}\n')
    done = earshot("evaluate", "firm-1", "--data", "frozen.jsonl")
    assert "learnt from 1 of these 2 texts" in " ".join(done.err.split())


def test_what_cannot_be_done_is_said_with_exit_code_2(
    earshot: Earshot, version: Callable[[str], Path], tmp_path: Path
) -> None:
    version("firm-1")
    (tmp_path / "rows.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "good.jsonl").write_text('{"text": "a", "label": "spam"}\n')
    for arguments, words in (
        (["evaluate", "firm-9", "--data", "good.jsonl"], "known versions: shipped, firm-1"),
        (["evaluate", "firm-1", "--data", "rows.jsonl"], "rows.jsonl line 1: label None"),
        (["evaluate", "firm-1", "--data", "gone.jsonl"], "gone.jsonl cannot be read"),
        (["train", "--version", "firm-1"], "is there already"),
        (["train", "--version", "../x"], "is no version"),
        (["train", "--own-labels", "gone.jsonl"], "is no file"),
        (["train", "--multilingual", "--passes", "3"], "--multilingual and --passes: only where everything is trained"),
        (["corrections", "--part", "half"], "half"),
        (["corrections", "--output", "/proc/x/y.jsonl"], "cannot write"),
    ):
        done = earshot(*arguments)
        assert (done.code, words in " ".join(done.err.split())) == (2, True), (arguments, done.err)
        assert "Traceback" not in done.err
