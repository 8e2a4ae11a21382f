"""A share with what is known of it."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964
Z_99 = 2.575829


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, and the interval that holds the true share."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.count / self.total if self.total else 0.0


def share(count: int, total: int, *, z: float = Z_95) -> Share:
    """Wilson's score interval for a binomial share; from 0 to 1 where nothing was counted.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    if not total:
        return Share(0, 0, 0.0, 1.0)
    p, spread = count / total, z * z / total
    middle = (p + spread / 2) / (1 + spread)
    half = z * sqrt(p * (1 - p) / total + spread / (4 * total)) / (1 + spread)
    return Share(count, total, max(0.0, middle - half), min(1.0, middle + half))
