"""Scores of the n-grams and of the encoder, both by weights that never saw the text → the blend.

One regression per answer and group of languages over both kinds of logits: linear over linear, so that what a word
added can still be told. It is not balanced, which makes its probabilities those of the texts that it learnt from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from classify.answers import as_probabilities
from training.fitting import Floats, all_classes
from training.metrics import Whole
from training.questions import ANSWERS, Answer, class_of
from training.rows import Row
from training.schedule import is_near

GROUPS = ("en", "tr", "bg", "other")
OTHER = "other"
FOREIGN_WEIGHT = 0.05
"""How much a text of another language counts beside one of the group's own."""
SPLITS = 5
NEAR_WEIGHT = {"en": 2.0, "tr": 8.0, "bg": 8.0, "other": 2.0}
"""How much a text of a set that stands near to what is asked counts beside one of the large sets. In Turkish and
Bulgarian our own labels are the only messages to brands, among many times as many that are not."""
FREEDOM = 0.1
"""Inverse strength of the pull towards zero."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Logits of all outputs from the inputs, per group: `inputs @ weights + bias`."""

    weights: Mapping[str, Floats]
    """Group → `(inputs, outputs)`."""
    bias: Mapping[str, Floats]


def group_of(lang: str) -> str:
    return lang if lang in GROUPS else OTHER


def centred_logits(held_back: Mapping[str, Floats]) -> Floats:
    """Logits of all outputs `(n, outputs)` in the order of the answers, as the folded n-gram layer gives them."""
    blocks = []
    for answer in ANSWERS:
        found = np.log(np.clip(held_back[answer.name], 1e-9, 1.0))
        if len(answer.classes) == 1:
            found -= np.log(np.clip(1 - held_back[answer.name], 1e-9, 1.0))
        else:
            found -= found.mean(axis=1, keepdims=True)
        blocks.append(found)
    return np.hstack(blocks)


def fit_blend(inputs: Floats, rows: Sequence[Row]) -> Blend:
    langs = np.array([group_of(row.lang) for row in rows])
    near = np.array([NEAR_WEIGHT[group_of(row.lang)] if is_near(row) else 1.0 for row in rows])
    weights, bias = {}, {}
    for group in GROUPS:
        counts = near * np.where(langs == group, 1.0, FOREIGN_WEIGHT)
        parts = [_fit_answer(inputs, rows, counts, answer) for answer in ANSWERS]
        weights[group] = np.hstack([slope for slope, _ in parts])
        bias[group] = np.concatenate([intercept for _, intercept in parts])
    return Blend(weights, bias)


def _fit_answer(inputs: Floats, rows: Sequence[Row], counts: Floats, answer: Answer) -> tuple[Floats, Floats]:
    classes = [class_of(answer, row.targets) for row in rows]
    known = [at for at, one in enumerate(classes) if one is not None]
    mean, spread = inputs[known].mean(axis=0), inputs[known].std(axis=0) + 1e-6
    learner = LogisticRegression(C=FREEDOM, max_iter=300)
    learner.fit((inputs[known] - mean) / spread, [classes[at] for at in known], sample_weight=counts[known])
    slope, intercept = all_classes(learner, answer)
    whole = (slope / spread).T
    return whole, intercept - mean @ whole


def probabilities(blend: Blend, inputs: Floats, rows: Sequence[Row]) -> dict[str, Floats]:
    """Answer → `(n, classes)`, calibrated, before any decision point."""
    groups = np.array([group_of(row.lang) for row in rows])
    logits = np.zeros((len(rows), sum(len(answer.classes) for answer in ANSWERS)))
    for group in GROUPS:
        at = groups == group
        logits[at] = inputs[at] @ blend.weights[group] + blend.bias[group]
    found, start = {}, 0
    for answer in ANSWERS:
        found[answer.name] = as_probabilities(logits[:, start : start + len(answer.classes)])
        start += len(answer.classes)
    return found


def split_of(count: int) -> Whole:
    """A split for each row, dealt evenly: what is chosen on the others is measured on it."""
    return np.random.default_rng(0).permutation(np.arange(count) % SPLITS)


def held_back_probabilities(inputs: Floats, rows: Sequence[Row]) -> dict[str, Floats]:
    """As `probabilities`, of each row by a blend that did not learn from it."""
    splits = split_of(len(rows))
    found = {answer.name: np.zeros((len(rows), len(answer.classes))) for answer in ANSWERS}
    for split in range(SPLITS):
        kept, held = np.flatnonzero(splits != split).tolist(), np.flatnonzero(splits == split).tolist()
        blend = fit_blend(inputs[kept], [rows[at] for at in kept])
        scored = probabilities(blend, inputs[held], [rows[at] for at in held])
        for name, part in scored.items():
            found[name][held] = part
    return found
