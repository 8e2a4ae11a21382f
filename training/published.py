"""What others reached and what we reach for, figure by figure, as printed on the card."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """Figures to hold one of ours against: shares, or the correlation itself."""

    floor: float | None = None
    """A linear SVM on n-grams of the same data: a figure below is a step back."""
    published: float | None = None
    """The best figure of a paper with large encoders."""
    reach_for: float | None = None
    at_most: bool = False
    """The smaller the better."""
    note: str = ""
    """What makes the numbers not quite comparable."""
    is_other_task: bool = False
    """The numbers of others answer another question: they are shown, and ours is not held against them."""
    why: str = ""
    """What we take to be the reason where ours falls short."""

    def is_reached_by(self, value: float) -> bool:
        if self.reach_for is None or self.is_other_task:
            return True
        return value <= self.reach_for if self.at_most else value >= self.reach_for

    def is_floor_kept_by(self, value: float) -> bool:
        if self.floor is None or self.is_other_task:
            return True
        return value <= self.floor if self.at_most else value >= self.floor


SWEARING_AS_ABUSE = "swearing but genuine complaints, most probable label is abuse"
SWEARING_KEPT = "swearing but genuine complaints, most probable label is complaint"

_OTHER_SPLIT = "published: on the test split; ours: on the dev split"
_OTHER_TEXTS = "the floor is of another collection of swearing complaints"
_COARSE = (
    "the public abuse sets call coarse words an offence whoever they are meant for; Turkish is worst, on few texts: "
    "the encoder is English"
)
_SEVERITY = (
    "annotators' levels of one post, few of the upper ones, and one head of a small encoder; measured is the most "
    "probable level, while a verdict shows the mean"
)

MARKS: Mapping[str, Mark] = {
    "X-CI complaint, four of its ten folds, macro F1": Mark(
        0.832,
        0.882,
        0.882,
        why="the published encoders are several times as large and learnt from tweets; ours alone came to 86.6 on two "
        "folds, and the decision point that all English texts share costs a point of it",
    ),
    "noise-composite six-way, macro F1": Mark(0.754, None, 0.85, note="also reached for: no class under 75"),
    SWEARING_AS_ABUSE: Mark(0.092, None, 0.03, at_most=True, note=_OTHER_TEXTS, why=_COARSE),
    SWEARING_KEPT: Mark(0.765, None, 0.90, note=_OTHER_TEXTS, why=_COARSE),
    "offence, English (OLID dev), macro F1": Mark(
        0.739,
        0.822,
        0.805,
        note=_OTHER_SPLIT,
        why="the last polish on messages to brands unlearns a part of it; keeping it called up to 44 % of swearing "
        "customers abusive (experiments.md)",
    ),
    "offence, Turkish (OffensEval dev), macro F1": Mark(
        0.761, 0.826, 0.81, note=_OTHER_SPLIT, why="the encoder is English: the n-grams carry Turkish nearly alone"
    ),
    "offence, Bulgarian (bg-toxic), macro F1": Mark(
        0.799,
        0.89,
        0.87,
        note="floor, published and aim are of four classes; we ask for two, offensive or not",
        is_other_task=True,
    ),
    "sentiment (SemEval dev), macro recall": Mark(0.616, 0.737, 0.70, note=_OTHER_SPLIT),
    "severity 1-4 of complaints (X-CI), macro F1": Mark(0.378, 0.557, 0.50, why=_SEVERITY),
    "severity 1-4 of complaints (X-CI), rank correlation": Mark(None, None, 0.50, why=_SEVERITY),
    "urgency high against rest, weak (CrisisLex), macro F1": Mark(
        0.795,
        None,
        0.85,
        why="its labels follow from the kind of disaster post, not from what somebody needs: little was spent on it, "
        "and the cascade takes 0.7 more",
    ),
    "coarse category (banking77, 9 of 13), accuracy": Mark(
        0.912,
        0.937,
        0.93,
        note="published: all 77 intents; ours: the coarse categories they fall into",
        why="within the interval; nothing was tuned for it",
    ),
    "leads (purchase-intent), F1 of yes": Mark(
        0.605, None, 0.72, why="some 1,500 posts about one phone are all there is to learn from"
    ),
}
MOST_CALIBRATION_ERROR = 0.03
"""Reached for by each score."""
LEAST_CLASS_F1 = 0.75
"""Reached for by each class of the six-way label."""
NOT_MEASURED_HERE = (
    "complaint on finance tweets of a kind never trained on (floor 78.3, reach for 85): such a set is no part of the\n"
    "training data, so the training cannot measure it",
)
