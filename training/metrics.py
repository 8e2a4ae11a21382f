"""How good answers are: figures with the number of texts behind them and a 95 % interval."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.fitting import SEED, Floats

Whole = npt.NDArray[np.int64]
_DRAWS = 1_000
_BINS = 15


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `low` and `high` bound it with 95 % confidence over the choice of texts."""

    name: str
    value: float
    low: float
    high: float
    count: int


def confusion(truth: Whole, found: Whole, classes: int) -> Whole:
    """`(classes, classes)`: row is the truth, column what was found."""
    return np.bincount(truth * classes + found, minlength=classes * classes).reshape(classes, classes)


def macro_f1(table: Floats | Whole) -> float:
    """Mean over the classes that occur in truth or answer."""
    hits = np.diag(table).astype(float)
    seen = table.sum(axis=0) + table.sum(axis=1)
    return float((2 * hits[seen > 0] / seen[seen > 0]).mean())


def macro_recall(table: Floats | Whole) -> float:
    said = table.sum(axis=1)
    return float((np.diag(table)[said > 0] / said[said > 0]).mean())


def accuracy(table: Floats | Whole) -> float:
    return float(np.diag(table).sum() / table.sum())


_MEASURES = {"macro F1": macro_f1, "macro recall": macro_recall, "accuracy": accuracy}


def figure(name: str, measure: str, truth: Whole, found: Whole, classes: int) -> Figure:
    """The measure with a bootstrap interval. Texts are redrawn by redrawing the cells of the confusion table."""
    table = confusion(truth, found, classes)
    draws = np.random.default_rng(SEED).multinomial(table.sum(), table.ravel() / table.sum(), size=_DRAWS)
    values = [_MEASURES[measure](draw.reshape(classes, classes)) for draw in draws]
    low, high = np.percentile(values, [2.5, 97.5])
    return Figure(f"{name}, {measure}", _MEASURES[measure](table), float(low), float(high), len(truth))


def calibration_error(truth: Whole, probabilities: Floats) -> float:
    """Expected calibration error in 15 equal bins: of the yes-probability, or of the top class of several."""
    if probabilities.shape[1] == 1:
        confidence, right = probabilities[:, 0], truth == 1
    else:
        confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    sums = np.bincount(bins, weights=confidence, minlength=_BINS) - np.bincount(bins, weights=right, minlength=_BINS)
    return float(np.abs(sums).sum() / len(truth))
