"""How good answers are: numbers with the count of texts behind them and a 95 % interval."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, rankdata

from training.fitting import SEED, Floats

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
BINS = 15
DRAWS = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One number; `low` and `high` bound it with 95 % confidence over the choice of texts. NaN: nothing to measure."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number with a name."""

    name: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Bins:
    """Texts by how probable an answer was said to be. Each array is `(BINS,)`."""

    counts: Whole
    promised: Floats
    """Sums of the probabilities."""
    kept: Floats
    """How many came true."""
    spread: Floats
    """Variance of `kept`, were every probability exact."""

    @property
    def total(self) -> int:
        return int(self.counts.sum())


def confusion(truth: Whole, found: Whole, classes: int) -> Whole:
    """`(classes, classes)`: row is the truth, column what was found."""
    return np.bincount(truth * classes + found, minlength=classes * classes).reshape(classes, classes)


def f1_of_each(table: Floats | Whole) -> Floats:
    """F1 of each class; NaN for a class that occurs neither in truth nor answer. Tables may be stacked."""
    hits = np.diagonal(table, axis1=-2, axis2=-1).astype(float)
    seen = table.sum(axis=-2) + table.sum(axis=-1)
    return np.where(seen > 0, 2 * hits / np.maximum(seen, 1), np.nan)


def macro_f1(table: Floats | Whole) -> float:
    """Mean over the classes that occur in truth or answer."""
    return float(np.nanmean(f1_of_each(table)))


def f1_of_yes(table: Floats | Whole) -> float:
    return float(np.nan_to_num(f1_of_each(table)[1]))


def macro_recall(table: Floats | Whole) -> float:
    said = table.sum(axis=1)
    return float((np.diag(table)[said > 0] / said[said > 0]).mean())


def accuracy(table: Floats | Whole) -> float:
    return float(np.diag(table).sum() / table.sum())


_MEASURES = {"macro F1": macro_f1, "macro recall": macro_recall, "accuracy": accuracy, "F1 of yes": f1_of_yes}


def figure(name: str, measure: str, truth: Whole, found: Whole, classes: int) -> Figure:
    """The measure with a bootstrap interval. Texts are redrawn by redrawing the cells of the confusion table."""
    table = confusion(truth, found, classes)
    values = [_MEASURES[measure](draw) for draw in _redrawn(table)]
    low, high = np.percentile(values, [2.5, 97.5])
    return Figure(f"{name}, {measure}", _MEASURES[measure](table), float(low), float(high), len(truth))


def f1_by_class(truth: Whole, found: Whole, classes: int) -> list[Measured]:
    """F1 of each class with a bootstrap interval; `count` is the number of texts of the class."""
    table = confusion(truth, found, classes)
    lows, highs = np.percentile(np.nan_to_num(f1_of_each(_redrawn(table))), [2.5, 97.5], axis=0)
    counts = table.sum(axis=1)
    return [
        Measured(float(value), float(low), float(high), int(count))
        for value, low, high, count in zip(f1_of_each(table), lows, highs, counts, strict=True)
    ]


def _redrawn(table: Whole) -> Whole:
    """`(DRAWS, classes, classes)`"""
    draws = np.random.default_rng(SEED).multinomial(table.sum(), table.ravel() / table.sum(), size=DRAWS)
    return draws.reshape(DRAWS, *table.shape)


def rank_correlation(name: str, truth: Whole, score: Floats) -> Figure:
    """Spearman's, ties sharing a rank, with a bootstrap interval over texts; NaN where one of both never changes."""
    chance = np.random.default_rng(SEED)
    draws = (chance.integers(len(truth), size=len(truth)) for _ in range(DRAWS))
    values = [found for at in draws if not np.isnan(found := _spearman(truth[at], score[at]))]
    low, high = np.percentile(values, [2.5, 97.5]) if values else (np.nan, np.nan)
    return Figure(f"{name}, rank correlation", _spearman(truth, score), float(low), float(high), len(truth))


def _spearman(truth: Whole, score: Floats) -> float:
    if (truth == truth[0]).all() or (score == score[0]).all():
        return float("nan")
    return float(np.corrcoef(rankdata(truth), rankdata(score))[0, 1])


def share(chosen: Flags) -> Measured:
    """How many of the texts are chosen, with Wilson's interval."""
    return share_of(int(chosen.sum()), len(chosen))


def share_of(part: int, whole: int) -> Measured:
    """Of no texts there is no share: not a number."""
    if not whole:
        return Measured(float("nan"), float("nan"), float("nan"), 0)
    bounds = binomtest(part, whole).proportion_ci(method="wilson")
    return Measured(part / whole, float(bounds.low), float(bounds.high), whole)


def binned(truth: Whole, probabilities: Floats) -> Bins:
    """Of the yes-probability, or of the top class of several."""
    if probabilities.shape[1] == 1:
        confidence, right = probabilities[:, 0], truth == 1
    else:
        confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    numbers = np.minimum((confidence * BINS).astype(int), BINS - 1)

    counts = np.bincount(numbers, minlength=BINS)
    sums = (
        np.bincount(numbers, weights=one, minlength=BINS) for one in (confidence, right, confidence * (1 - confidence))
    )
    return Bins(counts, *(one.astype(np.float64) for one in sums))


def calibration_error(truth: Whole, probabilities: Floats) -> float:
    """Expected calibration error in equal bins: of the yes-probability, or of the top class of several."""
    return error_of(binned(truth, probabilities))


def error_of(bins: Bins) -> float:
    return float(np.abs(bins.promised - bins.kept).sum() / bins.total)


def error_by_chance(bins: Bins) -> float:
    """The calibration error to be expected, on as many texts, of probabilities that are exactly right."""
    return float(np.sqrt(2 / np.pi * bins.spread).sum() / bins.total)
