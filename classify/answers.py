"""The questions put to every text, and how outputs of a layer become probabilities."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

ANSWERS = ("label", "complaint", "abuse", "spam", "lead", "sentiment", "severity", "urgency", "category")

Answers = Mapping[str, tuple[str, ...]]
"""Answer → names of its outputs, in the order in which they stand side by side in a layer."""
Doubles = npt.NDArray[np.float64]
Scores = Mapping[str, Doubles]
"""Answer → probabilities of each text, `(n, classes)`; `(n, 1)` where an answer has one class."""


def outputs_of(answers: Answers) -> int:
    return sum(len(classes) for classes in answers.values())


def places(answers: Answers) -> Iterator[tuple[str, slice]]:
    """Where each answer's outputs stand."""
    start = 0
    for name, classes in answers.items():
        yield name, slice(start, start + len(classes))
        start += len(classes)


def scores_of(logits: Doubles, answers: Answers) -> Scores:
    """`logits`: `(n, outputs)`."""
    return {name: as_probabilities(logits[:, place]) for name, place in places(answers)}


def as_probabilities(logits: Doubles) -> Doubles:
    """Of one answer, `(n, classes)`: one class is a probability on its own, several share one."""
    if logits.shape[1] == 1:
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def direction_of(answers: Answers, answer: str, at: int, probabilities: Doubles) -> Doubles:
    """How the log-odds of one class move with every logit, `(outputs,)`: itself up, its rivals down by their share.

    Args:
        probabilities: of the answer's classes, `(classes,)`.
    """
    direction = np.zeros(outputs_of(answers))
    mine = direction[dict(places(answers))[answer]]
    rivals = np.delete(probabilities, at)
    if rivals.sum() > 0:
        mine[np.arange(len(mine)) != at] = -rivals / rivals.sum()
    mine[at] = 1.0
    return direction
