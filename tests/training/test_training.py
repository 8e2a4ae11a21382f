import json

import numpy as np
import pytest

from models.errors import SetupError
from tests.training.tiny import train_tiny
from training.__main__ import main
from training.datasets import DATASETS, OWN_LABELS, Status
from training.fitting import balanced_weights
from training.metrics import calibration_error, confusion, figure, macro_f1
from training.rows import chosen_datasets, read


def dataset(name):
    return next(one for one in DATASETS if one.name == name)


def labels(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_two_runs_give_the_same_bytes(tmp_path):
    folders = [train_tiny(tmp_path / name) for name in ("one", "two") if (tmp_path / name).mkdir() is None]

    for path in sorted(folders[0].iterdir()):
        assert path.read_bytes() == (folders[1] / path.name).read_bytes(), path.name


def test_excluded_sets_are_never_used():
    excluded = {one.name for one in DATASETS if one.status is Status.EXCLUDED}

    assert {"tr-fsmtsa", "bg-cinexio"} <= excluded
    assert not excluded & {one.name for one in chosen_datasets(only_clear=False)}


def test_only_clear_licences_leaves_unclear_sets_out():
    assert {one.status for one in chosen_datasets(only_clear=True)} == {Status.CLEAR}


def test_only_clear_licences_leaves_unclear_rows_of_mixed_sets_out(tmp_path):
    path = labels(
        tmp_path / "data.jsonl",
        {"text": "one", "label": "other", "source": "olid", "lang": "en"},
        {"text": "two", "label": "complaint", "source": "xci", "lang": "en"},
    )

    (row,) = read({dataset("noise-composite"): [path]}, only_clear=True)

    assert row.targets["label"] == "complaint"


def test_a_text_said_in_two_sets_is_one_row_with_both_answers(tmp_path):
    first = labels(tmp_path / "a.jsonl", {"text": "@A bad!!", "complaint": 1, "severity": 2, "fold": 3, "lang": "en"})
    second = labels(tmp_path / "b.jsonl", {"text": "@B bad!!", "label": "offensive", "split": "dev", "lang": "en"})

    (row,) = read({dataset("xci"): [first], dataset("tweeteval-offensive"): [second]}, only_clear=False)

    assert row.targets == {"complaint": 1, "severity": 2, "abuse": 1}
    assert row.fold == 3
    assert row.is_dev


def test_a_complaint_of_ours_does_not_say_whether_it_is_abusive(tmp_path):
    path = labels(tmp_path / "a.jsonl", {"text": "where is my damn card", "label": "complaint", "lang": "en"})

    (row,) = read({dataset(OWN_LABELS): [path]}, only_clear=False)

    assert "abuse" not in row.targets
    assert row.targets["complaint"] == 1


def test_a_bad_line_is_named(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "a", "label": "other"}\nnonsense\n')

    with pytest.raises(SetupError, match=r"bad.jsonl line 2: not JSON"):
        read({dataset(OWN_LABELS): [path]}, only_clear=False)


def test_a_missing_set_ends_with_one_and_says_where(tmp_path, capsys):
    arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--card", str(tmp_path / "card.md")]

    assert main(arguments) == 1
    assert "labelled set xci" in capsys.readouterr().err


def test_no_language_stands_for_a_class():
    langs = ["tr"] * 10 + ["en"] * 10
    is_abuse = [True] * 9 + [False] + [True] * 5 + [False] * 5
    weights = balanced_weights(is_abuse, langs, [1.0] * 20)

    assert weights[:9].sum() == pytest.approx(weights[9])
    assert weights[10:15].sum() == pytest.approx(weights[15:].sum())


def test_macro_f1_is_the_mean_over_classes():
    truth, found = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])

    assert macro_f1(confusion(truth, found, 2)) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_a_figure_lies_within_its_interval():
    truth = np.array([0, 1] * 50)
    found = np.where(np.arange(100) < 20, 1 - truth, truth)
    one = figure("x", "accuracy", truth, found, 2)

    assert one.value == pytest.approx(0.8)
    assert one.low < 0.8 < one.high
    assert one.count == 100


def test_calibration_error_is_the_distance_of_promise_and_outcome():
    truth = np.array([1, 1, 1, 0])

    assert calibration_error(truth, np.full((4, 1), 0.75)) == pytest.approx(0)
    assert calibration_error(truth, np.full((4, 1), 0.25)) == pytest.approx(0.5)
