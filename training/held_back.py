"""Scores of every row by weights that never saw it: the ground for the second level, the thresholds and every printed
figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.sparse import csr_array

from training.fitting import Floats, Mask, fit_all_answers, fit_first_level, probabilities_of, scores_of
from training.questions import ANSWERS, SCORES
from training.rows import FOLDS, Row

Numbers = npt.NDArray[np.int64]

PARTS = 5
"""Parts are two folds each: half the work, and the weights that are measured learnt from a little less."""
DEV_PART = PARTS
"""Rows of official dev splits are one more part, and no other part learns from them."""


@dataclass(frozen=True, slots=True)
class Task:
    """Learn `wanted` from some rows and score the others with it."""

    held_back: Mask
    learnt_from: Mask
    wanted: frozenset[str]


def part_numbers(rows: Sequence[Row]) -> Numbers:
    return np.array([DEV_PART if row.is_dev else row.fold * PARTS // FOLDS for row in rows])


def tasks(rows: Sequence[Row]) -> list[Task]:
    """Large sets in parts; small ones that stand nearest to what is asked, for which each text counts, in folds."""
    parts = part_numbers(rows)
    folds = np.array([row.fold for row in rows])
    in_dev: Mask = parts == DEV_PART
    near = frozenset(score.name for score in SCORES if score.sets is not None)
    broad = frozenset(score.name for score in SCORES if score.sets is None)
    planned = [Task(parts == part, (parts != part) & ~in_dev, broad) for part in range(PARTS)]
    planned += [Task((folds == fold) & ~in_dev, (folds != fold) & ~in_dev, near) for fold in range(FOLDS)]
    return [*planned, Task(in_dev, ~in_dev, near | broad)]


def first_level_scores(
    features: csr_array, rows: Sequence[Row], *, processes: int
) -> Iterator[tuple[Mask, list[int], Floats]]:
    """As each task is done: which rows were scored, the positions of the scores, and the scores."""
    work = (delayed(_done)(features, rows, task) for task in tasks(rows))
    yield from Parallel(n_jobs=processes, return_as="generator", mmap_mode="r")(work)


def _done(features: csr_array, rows: Sequence[Row], task: Task) -> tuple[Mask, list[int], Floats]:
    columns = [at for at, score in enumerate(SCORES) if score.name in task.wanted]
    if not task.held_back.any():
        return task.held_back, columns, np.zeros((0, len(columns)))
    first = fit_first_level(features, rows, task.learnt_from, columns)
    return task.held_back, columns, scores_of(first, features[task.held_back])[:, columns]


def second_level_probabilities(scores: Floats, rows: Sequence[Row]) -> dict[str, Floats]:
    """Answer → probabilities of every row by a second level that did not learn from the row's part."""
    parts = part_numbers(rows)
    found = {answer.name: np.zeros((len(rows), len(answer.classes))) for answer in ANSWERS}
    for part in range(PARTS + 1):
        held_back: Mask = parts == part
        if not held_back.any():
            continue
        for second in fit_all_answers(scores, rows, ~held_back & (parts != DEV_PART)):
            found[second.answer.name][held_back] = probabilities_of(second, scores[held_back])
    return found
