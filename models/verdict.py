"""What the classifier says about one mention, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """The six answers to "what is this message". Exactly one is the most probable."""

    COMPLAINT = "complaint"
    ABUSE = "abuse"
    SPAM = "spam"
    PRAISE = "praise"
    ENQUIRY = "enquiry"
    OTHER = "other"


UNSURE = "unsure"
"""The decision inside the abstain band: a person must look."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A piece of the text, or a named fact, and how far it moved the score (log-odds; negative speaks against)."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """All scores are probabilities between 0 and 1, calibrated on held-back data."""

    lang: str
    """Two-letter language of the text as detected, `und` where there is too little to tell."""
    label: Label
    decision: str
    """`label`, or `unsure` inside the abstain band."""
    probabilities: Mapping[Label, float]
    """One per label; they sum to 1."""
    complaint_score: float
    """Is this a complaint, asked on its own: may be high together with `abuse_score`."""
    abuse_score: float
    spam_score: float
    lead_score: float
    bad_faith_score: float
    """Does the author act in bad faith, by their facts and history. It never closes a complaint (RG 271.31, .170)."""
    sentiment: Mapping[str, float]
    """negative, neutral, positive; sums to 1."""
    severity: float
    """Expected severity on the ordinal scale 0 (none) to 4 (threatens consequences)."""
    urgency: Mapping[str, float]
    """low, medium, high; sums to 1."""
    category: Mapping[str, float]
    """Most probable categories first; sums to at most 1."""
    reasons: tuple[Reason, ...]
    """Strongest first: words of the text that moved the deciding score."""
    bad_faith_reasons: tuple[Reason, ...]
    """Every author cue that was present, with its weight."""
    classifier: str
    """Version of the classifier, from its manifest."""
