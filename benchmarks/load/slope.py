"""Does it grow: the slope of a line over time, with an interval that neighbouring samples do not make too narrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from scipy.stats import linregress, t

BLOCKS = 10
"""Neighbouring samples are alike, so the slope is that of the means of so many stretches of time."""
SETTLED_AFTER = 1 / 3
"""Of the time: caches fill, and modules are imported, before that."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A unit an hour."""

    middle: float
    low: float
    high: float
    """Ends of the interval that holds it with 95 %."""


def slope(points: Sequence[tuple[float, float]]) -> Slope:
    """Of (hours, value), in order of time, the first third left out.

    Raises: ValueError for fewer than twice `BLOCKS` points in what is left.
    """
    begins = points[0][0] + (points[-1][0] - points[0][0]) * SETTLED_AFTER if points else 0.0
    kept = [point for point in points if point[0] >= begins]
    if len(kept) < 2 * BLOCKS:
        raise ValueError(f"{len(kept)} samples after the first third; at least {2 * BLOCKS} are needed")
    size = len(kept) / BLOCKS
    blocks = [kept[round(number * size) : round((number + 1) * size)] for number in range(BLOCKS)]
    means = [fmean(value for _, value in block) for block in blocks]
    if max(means) == min(means):
        return Slope(0.0, 0.0, 0.0)
    fitted = linregress([fmean(at for at, _ in block) for block in blocks], means)
    reach, middle = float(t.ppf(0.975, BLOCKS - 2) * fitted.stderr), float(fitted.slope)
    return Slope(middle, middle - reach, middle + reach)
