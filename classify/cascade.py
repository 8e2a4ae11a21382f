"""Which texts the cheap layer settles alone: those on which each question it is asked has a certain answer."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from classify.answers import Scores

Condition = float | tuple[float, float]
"""Of one answer: the least top probability; or a band that the probability of its only class must not be in."""
Conditions = Mapping[str, Condition]


def settled(scores: Scores, conditions: Conditions) -> npt.NDArray[np.bool_]:
    """Whether all conditions hold, for each text `(n,)`. Without a condition nothing is settled."""
    kept = [_holds(scores[answer], condition) for answer, condition in conditions.items()]
    if not kept:
        return np.zeros(len(scores["label"]), dtype=np.bool_)
    return np.asarray(np.logical_and.reduce(kept))


def _holds(probabilities: npt.NDArray[np.float64], condition: Condition) -> npt.NDArray[np.bool_]:
    first = probabilities[:, 0]
    if isinstance(condition, tuple):
        low, high = condition
        return np.asarray((first <= low) | (first >= high))
    top = np.maximum(first, 1 - first) if probabilities.shape[1] == 1 else probabilities.max(axis=1)
    return np.asarray(top >= condition)


def read_conditions(described: Mapping[str, object]) -> Conditions:
    """From JSON: a number, or a list of two. Raises: ValueError naming the answer."""
    return {answer: _read(answer, condition) for answer, condition in described.items()}


def _read(answer: str, condition: object) -> Condition:
    match condition:
        case int() | float():
            return float(condition)
        case [int() | float() as low, int() | float() as high] if low <= high:
            return float(low), float(high)
        case _:
            raise ValueError(f"cascade: {answer} is {condition!r}; a probability is wanted, or [low, high]")
