"""Held-back probabilities → where yes is best said, and where each severity begins: see `classify.scale`."""

from collections.abc import Sequence

import numpy as np

from classify import scale
from classify.manifest import LEAST_POINT, LEVELS, MOST_POINT
from training.blending import GROUPS, SPLITS, group_of, split_of
from training.fitting import Floats
from training.metrics import Whole, confusion, macro_f1
from training.questions import ANSWERS, Answer, class_of
from training.rows import Row

LEAST_ROWS, LEAST_YES = 400, 60
"""With fewer texts in a group, or fewer that say yes, yes is said from 0.5."""
_POINTS = np.arange(LEAST_POINT, MOST_POINT + 1e-9, 0.01)
_SMOOTHED = 7
"""Points whose figures are averaged, so that one lucky text does not choose."""
_MEANS = np.arange(1.3, 3.6, 0.1)

Points = dict[str, dict[str, float]]
"""Group → answer of one class → probability from which yes is best said."""
Steps = tuple[float, float, float]


def decision_points(held_back: dict[str, Floats], rows: Sequence[Row]) -> Points:
    groups = np.array([group_of(row.lang) for row in rows])
    found: Points = {group: {} for group in GROUPS}
    for answer in (one for one in ANSWERS if len(one.classes) == 1):
        truth = _truth(answer, rows)
        for group in GROUPS:
            known = (groups == group) & (truth >= 0) & ~np.isnan(held_back[answer.name][:, 0])
            if known.sum() >= LEAST_ROWS and (truth[known] == 1).sum() >= LEAST_YES:
                found[group][answer.name] = _best_point(truth[known], held_back[answer.name][known, 0])
    return found


def _truth(answer: Answer, rows: Sequence[Row]) -> Whole:
    """Class of each row, -1 where it does not say."""
    classes = [class_of(answer, row.targets) for row in rows]
    return np.array([-1 if one is None else one for one in classes], dtype=np.int64)


def _best_point(truth: Whole, probability: Floats) -> float:
    f1 = np.array([macro_f1(confusion(truth, (probability >= point).astype(np.int64), 2)) for point in _POINTS])
    smooth = np.convolve(np.pad(f1, _SMOOTHED // 2, mode="edge"), np.ones(_SMOOTHED) / _SMOOTHED, mode="valid")
    return round(float(_POINTS[smooth.argmax()]), 2)


def severity_steps(held_back: dict[str, Floats], rows: Sequence[Row]) -> Steps:
    """Mean severities from which levels 2, 3 and 4 are best said, by macro F1 on complaints of known severity."""
    severity = held_back["severity"]
    truth = np.array([int(row.targets.get("severity", 0)) for row in rows], dtype=np.int64)
    known = (truth > 0) & ~np.isnan(severity[:, 0])
    if known.sum() < LEAST_ROWS:
        return LEVELS
    mean = scale.mean_if_complaint(severity[known])
    return max(_choices(), key=lambda steps: macro_f1(_levels(truth[known], mean, steps)))


def _choices() -> list[Steps]:
    return [
        (round(float(a), 2), round(float(b), 2), round(float(c), 2))
        for a in _MEANS
        for b in _MEANS[_MEANS > a + 0.05]
        for c in _MEANS[_MEANS > b + 0.05]
    ]


def _levels(truth: Whole, mean: Floats, steps: Steps) -> Whole:
    return confusion(truth - 1, np.searchsorted(steps, mean, side="right"), 4)


def presented(held_back: dict[str, Floats], rows: Sequence[Row], points: Points) -> dict[str, Floats]:
    """Scores as a verdict shows them, before rounding."""
    langs = [group_of(row.lang) for row in rows]
    return scale.presented(held_back, [points[lang] for lang in langs])


def presented_by_others(held_back: dict[str, Floats], rows: Sequence[Row]) -> dict[str, Floats]:
    """As `presented`, each split with the points chosen on the other splits."""
    splits = split_of(len(rows))
    found = {name: np.full_like(part, np.nan) for name, part in held_back.items()}
    for split in range(SPLITS):
        kept, held = np.flatnonzero(splits != split).tolist(), np.flatnonzero(splits == split).tolist()
        points = decision_points({name: part[kept] for name, part in held_back.items()}, [rows[at] for at in kept])
        shown = presented({name: part[held] for name, part in held_back.items()}, [rows[at] for at in held], points)
        for name, part in shown.items():
            found[name][held] = part
    return found
