import numpy as np
import pytest

from tests.training.judged import judged, row
from training.evaluation import calibration, class_figures, figures
from training.published import SWEARING_AS_ABUSE, SWEARING_KEPT
from training.questions import SEVERITIES


def named(found, name):
    return next(one for one in found if one.name == name)


def test_rows_that_were_not_held_back_are_not_measured():
    rows = [row("complaint"), row("other"), row("other")]
    found = figures(rows, judged(rows, ["complaint", "other", None]))

    assert named(found, "own labels complaint, English, macro F1").count == 2
    assert named(found, "own labels complaint, English, macro F1").value == 1
    assert {count for name, _, count in calibration(rows, judged(rows, ["complaint", None, None]))} == {1}


def test_swearing_complaints_are_measured_by_their_most_probable_label():
    rows = [row("complaint", marks=["swearing"])] * 4 + [row("complaint"), row("abuse", marks=["swearing"])]
    found = figures(rows, judged(rows, ["complaint", "complaint", "complaint", "abuse", "abuse", "abuse"]))

    assert named(found, SWEARING_AS_ABUSE).value == 0.25
    assert named(found, SWEARING_KEPT).value == 0.75
    assert named(found, SWEARING_KEPT).count == 4


def test_severity_of_complaints_leaves_no_complaints_out():
    levels = [0, 0, 1, 2, 3, 4]
    rows = [row("complaint" if level else "other", tag="xci", severity=level) for level in levels]
    held_back = judged(rows, ["other"] * len(rows))
    held_back["severity"] = np.eye(len(SEVERITIES))[[0, 4, 1, 2, 3, 4]]
    found = figures(rows, held_back)

    assert named(found, "severity 1-4 of complaints (X-CI), macro F1").value == 1
    assert named(found, "severity 1-4 of complaints (X-CI), rank correlation").value == pytest.approx(1)
    assert named(found, "severity 0-4 (X-CI), macro F1").value < 1
    assert named(found, "severity 0-4 (X-CI), rank correlation").value < 1


def test_urgency_is_also_measured_as_high_or_not():
    rows = [row("other", tag="crisislex-t26", urgency=urgency) for urgency in ("low", "medium", "high")]
    held_back = judged(rows, ["other"] * 3)
    held_back["urgency"] = np.array([[0.2, 0.7, 0.1], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    found = figures(rows, held_back)

    assert named(found, "urgency high against rest, weak (CrisisLex), macro F1").value == 1
    assert named(found, "urgency, weak (CrisisLex), macro F1").value < 0.5


def test_each_class_is_measured_in_each_language_that_has_enough_texts():
    rows = [row("complaint")] * 30 + [row("praise")] * 30 + [row("praise", lang="tr")] * 3
    found = class_figures(rows, judged(rows, ["complaint"] * 30 + ["praise"] * 33))

    assert {(one.lang, one.label, one.f1.count) for one in found} == {
        ("all", "complaint", 30),
        ("all", "praise", 33),
        ("en", "complaint", 30),
        ("en", "praise", 30),
    }
