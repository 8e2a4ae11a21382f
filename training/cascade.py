"""Which texts the n-grams may settle alone: those on which they are so sure that the blend says the same."""

from collections.abc import Mapping, Sequence

import numpy as np

from classify.cascade import read_conditions, settled
from training.fitting import Floats
from training.questions import ANSWERS
from training.rows import Row

Conditions = dict[str, list[float] | float]
"""Answer → least top probability, or the band that a probability must be outside of."""

MOST_CHANGED = 0.005
"""Of all texts, the share whose most probable answer to any one question may become another one."""
_SURE = (0.80, 0.85, 0.90, 0.925, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995)
_ASKED = ("label", "complaint", "abuse", "spam", "lead", "sentiment")
"""What must be sure. Severity, urgency and category matter only where the message is taken further, and what is taken
further has been read by the encoder."""


def choose_conditions(ngrams: Mapping[str, Floats], blended: Mapping[str, Floats], rows: Sequence[Row]) -> Conditions:
    """The least strict conditions under which no answer changes for more than `MOST_CHANGED` of the texts."""
    for sure in _SURE:
        conditions = conditions_of(sure)
        if changed_share(ngrams, blended, conditions) <= MOST_CHANGED:
            return conditions
    return conditions_of(_SURE[-1])


def conditions_of(sure: float) -> Conditions:
    one_class = {answer.name for answer in ANSWERS if len(answer.classes) == 1}
    return {name: [round(1 - sure, 4), sure] if name in one_class else sure for name in _ASKED}


def changed_share(ngrams: Mapping[str, Floats], blended: Mapping[str, Floats], conditions: Conditions) -> float:
    """The largest over the answers: share of all texts that are settled and would have been answered otherwise."""
    alone = settled(ngrams, read_conditions(conditions))
    return max(float((alone & (_said(ngrams[name]) != _said(blended[name]))).mean()) for name in _ASKED)


def _said(probabilities: Floats) -> Floats:
    if probabilities.shape[1] == 1:
        return np.asarray(probabilities[:, 0] >= 0.5)
    return np.asarray(probabilities.argmax(axis=1))
