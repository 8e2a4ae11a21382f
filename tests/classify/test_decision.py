import pytest

from classify.decision import decide
from classify.manifest import Thresholds
from models.verdict import Label

LIMITS = Thresholds(complaint_low=0.3, complaint_high=0.6, least_label_probability=0.4, unproven_language_margin=0.15)


@pytest.mark.parametrize(
    ("label", "probability", "complaint_score", "decision"),
    [
        (Label.COMPLAINT, 0.9, 0.9, "complaint"),
        (Label.COMPLAINT, 0.9, 0.5, "unsure"),
        (Label.COMPLAINT, 0.9, 0.1, "unsure"),
        (Label.COMPLAINT, 0.39, 0.9, "unsure"),
        (Label.PRAISE, 0.9, 0.1, "praise"),
        (Label.PRAISE, 0.3, 0.1, "unsure"),
        (Label.ABUSE, 0.9, 0.8, "unsure"),
        (Label.ABUSE, 0.9, 0.31, "unsure"),
        (Label.ABUSE, 0.9, 0.2, "abuse"),
    ],
)
def test_a_decision_needs_both_questions_to_agree(label, probability, complaint_score, decision):
    assert decide(label, {label: probability}, complaint_score, LIMITS, is_proven_language=True) == decision


@pytest.mark.parametrize(("label", "complaint_score"), [(Label.ABUSE, 0.2), (Label.COMPLAINT, 0.7)])
def test_a_language_without_known_complaints_widens_the_band(label, complaint_score):
    assert decide(label, {label: 0.9}, complaint_score, LIMITS, is_proven_language=True) == label
    assert decide(label, {label: 0.9}, complaint_score, LIMITS, is_proven_language=False) == "unsure"


@pytest.mark.parametrize(("second", "decision"), [(0.39, "other"), (0.4, "unsure")])
def test_a_likely_complaint_that_comes_second_is_not_passed_over(second, decision):
    probabilities = {Label.OTHER: 0.5, Label.COMPLAINT: second}

    assert decide(Label.OTHER, probabilities, 0.1, LIMITS, is_proven_language=True) == decision
