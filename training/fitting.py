"""Rows → weights: the first level over features, the second over its scores, both folded into one matrix."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from classify.answers import as_probabilities
from classify.features import COLUMNS
from training.questions import ANSWERS, SCORES, Answer, Score, class_of
from training.rows import Row

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SEED = 271
HEAVIEST = 15.0
"""No row counts for more than this many, however rare its class is in its language."""


@dataclass(frozen=True, slots=True)
class FirstLevel:
    """`weights` is `(COLUMNS, len(SCORES))`; a score nothing was known about is zero everywhere."""

    weights: npt.NDArray[np.float32]
    bias: Floats


@dataclass(frozen=True, slots=True)
class SecondLevel:
    """Logits of one answer from all first-level scores: `scores @ weights + bias`."""

    answer: Answer
    weights: Floats
    bias: Floats


def balanced_weights(classes: Sequence[bool], langs: Sequence[str], row_weights: Sequence[float]) -> Floats:
    """Weights that make the classes equal within each language, so that no language stands for a class."""
    weight_of: Counter[tuple[str, bool]] = Counter()
    for one, lang, weight in zip(classes, langs, row_weights, strict=True):
        weight_of[lang, one] += weight  # type: ignore[assignment]
    classes_in = Counter(lang for lang, _ in weight_of)
    weight_in: Counter[str] = Counter()
    for (lang, _), weight in weight_of.items():
        weight_in[lang] += weight
    factors = [
        weight_in[lang] / (classes_in[lang] * weight_of[lang, one]) for one, lang in zip(classes, langs, strict=True)
    ]
    return np.asarray(np.minimum(np.array(factors) * np.array(row_weights), HEAVIEST), dtype=np.float64)


def fit_first_level(
    features: csr_array, rows: Sequence[Row], kept: Mask, wanted: Sequence[int] = range(len(SCORES))
) -> FirstLevel:
    """Learns the scores at the positions `wanted` and leaves the others at zero."""
    weights = np.zeros((COLUMNS, len(SCORES)), dtype=np.float32)
    bias = np.zeros(len(SCORES))
    for (question, sets), scores in _by_ground(wanted).items():
        known = [at for at, row in enumerate(rows) if kept[at] and _is_learnt_from(row, question, sets)]
        ground, answered = features[known], [rows[at] for at in known]
        for at, score in scores:
            found = _fit_score(ground, answered, score)
            if found is not None:
                weights[:, at], bias[at] = found
    return FirstLevel(weights, bias)


def _by_ground(wanted: Sequence[int]) -> dict[tuple[str, frozenset[str] | None], list[tuple[int, Score]]]:
    """Scores, each with its position, by the question and the sets that they are learnt from."""
    found: dict[tuple[str, frozenset[str] | None], list[tuple[int, Score]]] = {}
    for at in wanted:
        found.setdefault((SCORES[at].question, SCORES[at].sets), []).append((at, SCORES[at]))
    return found


def _fit_score(features: csr_array, rows: Sequence[Row], score: Score) -> tuple[npt.NDArray[np.float32], float] | None:
    yes = np.array([score.holds(row.targets[score.question]) for row in rows], dtype=np.bool_)
    if not rows or yes.all() or not yes.any():
        return None
    weights = balanced_weights(
        [bool(one) for one in yes],
        [row.lang for row in rows],
        [row.weights[score.question] if score.sets is None else 1.0 for row in rows],
    )
    learner = LogisticRegression(
        C=score.freedom, solver="liblinear", dual=True, tol=0.1, max_iter=200, random_state=SEED
    )
    learner.fit(features, yes, sample_weight=weights)
    return learner.coef_[0].astype(np.float32), float(learner.intercept_[0])


def _is_learnt_from(row: Row, question: str, sets: frozenset[str] | None) -> bool:
    source = row.sources.get(question)
    return source is not None and (sets is None or source in sets)


def scores_of(first: FirstLevel, features: csr_array) -> Floats:
    """First-level scores, `(n, len(SCORES))`."""
    return np.asarray(features @ first.weights, dtype=np.float64) + first.bias


def fit_second_level(scores: Floats, rows: Sequence[Row], kept: Mask, answer: Answer) -> SecondLevel:
    known = [at for at, row in enumerate(rows) if kept[at] and class_of(answer, row.targets) is not None]
    classes = [class_of(answer, rows[at].targets) for at in known]
    columns = [at for at, score in enumerate(SCORES) if score.name in answer.scores]
    inputs = scores[np.ix_(known, columns)]
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    learner = LogisticRegression(C=1.0, max_iter=500).fit((inputs - mean) / spread, classes)
    slope, bias = all_classes(learner, answer)
    whole = np.zeros((len(SCORES), len(answer.classes)))
    whole[columns] = slope.T / spread[:, None]
    return SecondLevel(answer, whole, bias - (mean / spread) @ slope.T)


def all_classes(learner: LogisticRegression, answer: Answer) -> tuple[Floats, Floats]:
    """One row of coefficients per class of the answer; a class nobody has is given next to no chance."""
    if len(answer.classes) == 1:
        return learner.coef_, learner.intercept_
    slope = np.zeros((len(answer.classes), learner.coef_.shape[1]))
    bias = np.full(len(answer.classes), -12.0)
    if len(learner.classes_) == 2:  # noqa: PLR2004 - one row of coefficients stands for two classes
        slope[learner.classes_] = np.vstack([-learner.coef_[0] / 2, learner.coef_[0] / 2])
        bias[learner.classes_] = [-learner.intercept_[0] / 2, learner.intercept_[0] / 2]
        return slope, bias
    slope[learner.classes_] = learner.coef_
    bias[learner.classes_] = learner.intercept_
    return slope, bias


def probabilities_of(second: SecondLevel, scores: Floats) -> Floats:
    """`(n, classes)`; `(n, 1)` for an answer of one class."""
    return as_probabilities(scores @ second.weights + second.bias)


def folded(first: FirstLevel, seconds: Sequence[SecondLevel]) -> tuple[npt.NDArray[np.float32], Floats]:
    """Both levels as one matrix `(COLUMNS, outputs)` and one bias, outputs in the order of `ANSWERS`.

    The columns of one answer are centred: a softmax does not see what they share, and a reason should not either.
    """
    blocks, biases = [], []
    for second in seconds:
        block = second.weights
        bias = second.bias + first.bias @ block
        if block.shape[1] > 1:
            block, bias = block - block.mean(axis=1, keepdims=True), bias - bias.mean()
        blocks.append(first.weights @ block.astype(np.float32))
        biases.append(bias)
    return np.hstack(blocks).astype(np.float32), np.concatenate(biases)


def fit_all_answers(scores: Floats, rows: Sequence[Row], kept: Mask) -> list[SecondLevel]:
    return [fit_second_level(scores, rows, kept, answer) for answer in ANSWERS]
