"""Probabilities → the decision: a label to act on, or `unsure`, which sends the mention to a person."""

from classify.manifest import Thresholds
from models.verdict import UNSURE, Label


def decide(
    label: Label, probability: float, complaint_score: float, thresholds: Thresholds, *, is_proven_language: bool
) -> str:
    """`label`, or `unsure` where the two questions disagree or one of them has no clear answer."""
    margin = 0.0 if is_proven_language else thresholds.unproven_language_margin
    if probability < thresholds.least_label_probability:
        return UNSURE
    if complaint_score < max(thresholds.complaint_low - margin, 0.0):
        return UNSURE if label is Label.COMPLAINT else label
    if complaint_score >= min(thresholds.complaint_high + margin, 1.0):
        return label if label is Label.COMPLAINT else UNSURE
    return UNSURE
