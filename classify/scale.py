"""Probabilities → the scores that a verdict shows, so that their round numbers mean something.

A calibrated probability says how often; it does not say where to stop. 0.5 of a score is where yes is best said, and a
severity rounds to the level that is best said.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from classify.manifest import LEVELS

Doubles = npt.NDArray[np.float64]

REACH = 0.3
"""Probabilities further than this from the decision point are not moved."""


def presented(scores: Mapping[str, Doubles], points: Sequence[Mapping[str, float]]) -> dict[str, Doubles]:
    """The probabilities of all texts, those of answers with a decision point moved.

    Args:
        scores: answer → `(n, classes)`.
        points: of each text: answer of one class → probability from which yes is best said; 0.5 where it names none.
    """
    found = dict(scores)
    for name in {name for one in points for name in one}:
        found[name] = moved(scores[name], np.array([[one.get(name, 0.5)] for one in points]))
    return found


def moved(probability: Doubles, point: Doubles) -> Doubles:
    """Probabilities with `point` moved to 0.5 and those near it moved along, less the further away; order is kept."""
    return np.asarray(probability + (0.5 - point) * np.maximum(0.0, 1.0 - np.abs(probability - point) / REACH))


def mean_if_complaint(levels: Doubles) -> Doubles:
    """`(n,)` from 1 to 4, of `(n, 5)` probabilities of no complaint and of severities 1 to 4."""
    if_complaint = levels[:, 1:] / np.maximum(levels[:, 1:].sum(axis=1, keepdims=True), 1e-9)
    return np.asarray((if_complaint * np.arange(1.0, 5.0)).sum(axis=1))  # a product of matrices depends on the batch


def severity(levels: Doubles, complaint_score: Doubles, steps: Sequence[float]) -> Doubles:
    """`(n,)` from 0 to 4: what a complaint in these words would be, less where it hardly is one.

    Args:
        levels: `(n, 5)`, probability of no complaint and of severities 1 to 4.
        complaint_score: `(n,)`; from 0.5 on nothing is taken off.
        steps: three rising means from which levels 2, 3 and 4 are best said.
    """
    level = np.interp(mean_if_complaint(levels), (1.0, *steps, 4.0), (1.0, *LEVELS, 4.0))
    return np.asarray(level * np.minimum(1.0, 2 * complaint_score))
