"""Probabilities → the decision: a label to act on, or `unsure`, which sends the mention to a person."""

from collections.abc import Mapping

from classify.manifest import Thresholds
from models.verdict import UNSURE, Label


def decide(
    label: Label,
    probabilities: Mapping[Label, float],
    complaint_score: float,
    thresholds: Thresholds,
    *,
    is_proven_language: bool,
) -> str:
    """`label`, or `unsure` where the two questions disagree or one of them has no clear answer.

    A complaint that comes second is not passed over where it is as likely as a label must be to be relied on.
    """
    margin = 0.0 if is_proven_language else thresholds.unproven_language_margin
    least = thresholds.least_label_probability
    if probabilities[label] < least:
        return UNSURE
    if label is not Label.COMPLAINT and probabilities.get(Label.COMPLAINT, 0.0) >= least:
        return UNSURE
    if complaint_score < max(thresholds.complaint_low - margin, 0.0):
        return UNSURE if label is Label.COMPLAINT else label
    if complaint_score >= min(thresholds.complaint_high + margin, 1.0):
        return label if label is Label.COMPLAINT else UNSURE
    return UNSURE
