"""How many complaints hide in what was judged none: from the verdicts on a stratified random sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

from measure.shares import Z_95, Share

AS_ALL = 10.0
"""Verdicts of the overall rate that are added to a stratum's own before its uncertainty is worked out."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Messages of one week, label and channel, of which a part was drawn by chance."""

    week: str
    label: str
    channel: str
    population: int
    """Messages that were judged no complaint."""
    reviewed: int
    """Of those drawn, how many have a verdict."""
    missed: int
    """Of those reviewed, how many are complaints."""


@dataclass(frozen=True, slots=True)
class MissRate:
    """The estimated share of missed complaints, and the interval that holds the true one in 95 of 100 cases."""

    name: str
    population: int
    reviewed: int
    missed: int
    value: float | None
    """Each stratum counts by its population; None before the first verdict."""
    low: float
    high: float

    @property
    def expected(self) -> float:
        """Complaints missed, as estimated."""
        return (self.value or 0.0) * self.population


@dataclass(frozen=True, slots=True)
class MissRates:
    overall: MissRate
    by_label: tuple[MissRate, ...]
    by_channel: tuple[MissRate, ...]
    strata: tuple[tuple[Stratum, Share], ...]
    """Each with its own interval, the largest first."""


def miss_rates(strata: Sequence[Stratum]) -> MissRates:
    labels, channels = sorted({one.label for one in strata}), sorted({one.channel for one in strata})
    return MissRates(
        overall=miss_rate("all", strata),
        by_label=tuple(miss_rate(name, [one for one in strata if one.label == name]) for name in labels),
        by_channel=tuple(miss_rate(name, [one for one in strata if one.channel == name]) for name in channels),
        strata=tuple((one, _share(one)) for one in sorted(strata, key=lambda one: -one.population)),
    )


def miss_rate(name: str, strata: Sequence[Stratum]) -> MissRate:
    """Each stratum counts by its population; Wilson's interval for as many verdicts as the stratified sample is worth.

    A stratum without a verdict may hold anything: it adds its whole weight to the upper bound, nothing to the estimate.
    Source: E. L. Korn, B. I. Graubard, Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data, Survey Methodology 24 (1998), with Wilson's interval in place of the exact one.
    """
    population = sum(one.population for one in strata)
    known = [one for one in strata if one.reviewed]
    if not known:
        return MissRate(name, population, 0, 0, None, 0.0, 1.0)
    reviewed, missed = sum(one.reviewed for one in known), sum(one.missed for one in known)
    seen = sum(one.population for one in known)
    value = sum(one.population * one.missed / one.reviewed for one in known) / seen
    low, high = _wilson(value, _worth(known))
    part = seen / population
    return MissRate(name, population, reviewed, missed, value, low * part, high * part + 1 - part)


def _worth(strata: Sequence[Stratum]) -> float:
    """As how many verdicts of one simple random sample from an endless population these count."""
    seen = sum(one.population for one in strata)
    weights = [one.population / seen for one in strata]
    rates = _smoothed(strata, weights)
    variance = sum(
        weight**2 * rate * (1 - rate) * _left(one) / one.reviewed
        for weight, rate, one in zip(weights, rates, strata, strict=True)
    )
    rate = sum(weight * rate for weight, rate in zip(weights, rates, strict=True))
    return rate * (1 - rate) / variance if variance else inf


def _smoothed(strata: Sequence[Stratum], weights: Sequence[float]) -> list[float]:
    """A stratum's own rate says little where few were drawn, and nothing missed does not mean no chance of it."""
    drawn = 1 / sum(weight**2 / one.reviewed for weight, one in zip(weights, strata, strict=True))
    missed = drawn * sum(weight * one.missed / one.reviewed for weight, one in zip(weights, strata, strict=True))
    overall = (missed + 0.5) / (drawn + 1)
    return [(one.missed + AS_ALL * overall) / (one.reviewed + AS_ALL) for one in strata]


def _left(one: Stratum) -> float:
    """Finite population: what was reviewed wholly is known."""
    return (one.population - one.reviewed) / (one.population - 1) if one.population > 1 else 0.0


def _wilson(value: float, count: float) -> tuple[float, float]:
    if count == inf:
        return value, value
    spread = Z_95**2 / count
    middle = (value + spread / 2) / (1 + spread)
    half = Z_95 * sqrt(value * (1 - value) / count + spread / (4 * count)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _share(one: Stratum) -> Share:
    if not one.reviewed:
        return Share(0, 0, 0.0, 1.0)
    return Share(one.missed, one.reviewed, *_wilson(one.missed / one.reviewed, _worth([one])))
