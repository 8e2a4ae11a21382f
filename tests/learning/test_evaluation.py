import json
from pathlib import Path

import pytest

from learning.evaluation import evaluate, read_labelled
from models.errors import SetupError
from tests.learning.versions import VersionedKeywords

TEXTS = [
    ("charged twice", "complaint", "en"),
    ("where is my refund", "complaint", "en"),
    ("it never came", "complaint", "tr"),
    ("thank you", "praise", "en"),
    ("perhaps a refund", "other", "tr"),
    ("nice weather", "other", "en"),
] * 30


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "frozen.jsonl"
    rows = ({"text": text, "label": label, "lang": lang} for text, label, lang in TEXTS)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "\n")
    return path


def test_both_are_measured_on_the_same_texts_with_count_and_interval(file: Path) -> None:
    lines = evaluate(read_labelled(file), VersionedKeywords("live"), VersionedKeywords("timid")).lines
    found = {line.name: line for line in lines}
    unsure, missed = found["left to a person"], found["complaints missed"]
    assert (unsure.before.value, unsure.after.value, unsure.before.count) == (pytest.approx(1 / 6), 1.0, 180)
    assert unsure.before.low < 1 / 6 < unsure.before.high
    assert (missed.before.value, missed.after.value, missed.before.count) == (pytest.approx(1 / 3), 0.0, 90)
    assert (unsure.verdict, missed.verdict) == ("worse", "better")
    complaint = found["complaint, F1"]
    assert complaint.before.value == pytest.approx(2 * 60 / (60 + 90 + 30))
    assert complaint.difference.value == pytest.approx(complaint.after.value - complaint.before.value)
    six = found["six labels, macro F1"]
    assert (six.difference.value, six.verdict) == (0.0, "no clear difference")
    assert {"complaint, F1, en", "complaint, F1, tr", "complaints missed, tr"} <= set(found)


def test_each_is_held_beside_what_people_said_label_by_label(file: Path) -> None:
    found = evaluate(read_labelled(file), VersionedKeywords("live"), VersionedKeywords("timid"))
    complaint, praise = (
        next(line for line in found.before.labels if line.label == name) for name in ("complaint", "praise")
    )
    assert (complaint.given, complaint.decided, complaint.both) == (90, 60, 60)
    assert (complaint.precision.value, complaint.recall.value) == (1.0, pytest.approx(2 / 3))
    assert complaint.recall.low < 2 / 3 < complaint.recall.high
    assert (praise.precision.value, praise.recall.value) == (1.0, 1.0)
    rows = {label: dict(zip(found.before.columns, row, strict=True)) for label, row in found.before.rows.items()}
    assert rows["complaint"]["other"] == 30
    assert rows["other"]["unsure"] == 30
    assert set(rows) == {"complaint", "praise", "other"}
    assert sum(map(sum, found.after.rows.values())) == 180
    assert {line.label: line.precision for line in found.after.labels}["complaint"] is None


def test_a_version_beside_itself_differs_in_nothing(file: Path) -> None:
    lines = evaluate(read_labelled(file), VersionedKeywords("a"), VersionedKeywords("a")).lines
    assert {(line.difference.value, line.difference.low, line.difference.high) for line in lines} == {(0.0, 0.0, 0.0)}
    assert {line.verdict for line in lines} == {"no clear difference"}


def test_rows_that_only_say_whether_it_is_a_complaint_will_do(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "charged twice", "complaint": 1}\n{"text": "hello", "complaint": 0}\n')
    lines = evaluate(read_labelled(path), VersionedKeywords("a"), VersionedKeywords("b")).lines
    assert evaluate(read_labelled(path), VersionedKeywords("a"), VersionedKeywords("b")).before.rows == {}
    assert [line.name for line in lines] == ["complaint, F1", "left to a person", "complaints missed"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2 is no JSON"),
        ("[1]", "line 2 has no text"),
        ('{"label": "spam"}', "line 2 has no text"),
        ('{"text": "a", "label": "shouting"}', "line 2: label 'shouting' is none of complaint, abuse"),
        ('{"text": "a"}', "line 2: label None"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"text": "a", "label": "spam"}}\n{line}\n')
    with pytest.raises(SetupError, match=words.replace("[", r"\[")):
        read_labelled(path)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_file_without_rows_says_the_way_out(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SetupError, match="rows.jsonl"):
        read_labelled(path)
