import pytest

from classify.manifest import Thresholds
from tests.training.judged import judged, row, unsure
from training.fairness import called_abuse, called_complaint, of_complaints

THRESHOLDS = Thresholds(0.3, 0.7, 0.4, 0.15)
COMPLAINTS = [row("complaint", marks=["swearing"])] * 20 + [row("complaint")] * 20
SAYS = ["complaint"] * 10 + [unsure()] * 4 + ["abuse"] * 4 + ["other"] * 2 + ["complaint"] * 20


def line(found, mark="swearing", lang="all", *, is_marked=True):
    return next(one for one in found if (one.mark, one.lang, one.is_marked) == (mark, lang, is_marked))


def test_swearing_complaints_stand_beside_the_others():
    found = of_complaints(COMPLAINTS, judged(COMPLAINTS, SAYS), THRESHOLDS)
    swearing, others = line(found).shares, line(found, is_marked=False).shares

    assert {name: one.value for name, one in swearing.items()} == {
        "most probable label: abuse": 0.2,
        "most probable label: complaint": 0.7,
        "judged complaint": 0.5,
        "unsure": 0.2,
        "judged abuse": 0.2,
        "abuse score of one half or more": 0,
        "lost": pytest.approx(0.3),
    }
    assert others["judged complaint"].value == 1
    assert swearing["lost"].low < 0.3 < swearing["lost"].high
    assert swearing["lost"].count == others["lost"].count == 20


def test_a_complaint_that_also_scores_as_abuse_is_shown():
    held_back = judged(COMPLAINTS, SAYS)
    held_back["abuse"][:5] = 0.5

    shares = line(of_complaints(COMPLAINTS, held_back, THRESHOLDS)).shares

    assert shares["abuse score of one half or more"].value == 0.25


def test_a_language_with_few_marked_texts_gets_no_line():
    rows = [*COMPLAINTS, *[row("complaint", lang="tr", marks=["swearing"])] * 9, *[row("complaint", lang="tr")] * 50]
    found = of_complaints(rows, judged(rows, ["complaint"] * len(rows)), THRESHOLDS)

    assert {(one.mark, one.lang) for one in found} == {("swearing", "all"), ("swearing", "en")}
    assert line(found).shares["lost"].count == 29


def test_a_text_with_two_marks_counts_for_both():
    rows = [row("complaint", marks=["dialect", "broken"])] * 10
    found = of_complaints(rows, judged(rows, ["complaint"] * 10), THRESHOLDS)

    assert {one.mark for one in found} == {"dialect", "broken"}
    assert line(found, "dialect", is_marked=False).shares["lost"].count == 0


def test_only_our_own_held_back_labels_are_looked_at():
    rows = [*COMPLAINTS, *[row("complaint", tag="noise-composite", marks=["swearing"])] * 5]
    found = of_complaints(rows, judged(rows, [None, *SAYS[1:], *["abuse"] * 5]), THRESHOLDS)

    assert line(found).shares["lost"].count == 19


def test_swearing_praise_is_not_to_be_called_a_complaint_or_abuse():
    rows = [row("praise", marks=["swearing"])] * 10 + [row("abuse", marks=["swearing"])] * 10 + [row("praise")] * 10
    held_back = judged(rows, ["complaint", "abuse", *["praise"] * 8, *["abuse"] * 9, "complaint", *["praise"] * 10])

    complaint = line(called_complaint(rows, held_back, THRESHOLDS)).shares["judged complaint"]
    abuse = line(called_abuse(rows, held_back, THRESHOLDS)).shares["judged abuse"]

    assert (complaint.value, complaint.count) == (0.1, 20)
    assert (abuse.value, abuse.count) == (0.1, 10)
