"""Is a week's share out of the ordinary? A two-sided control chart for shares of weeks of unlike size.

A p′ chart (Laney) on the angular scale. On that scale the scatter of a share hardly depends on the share itself, so
that the limits hold for rare things, too, and are not below nothing. How much more the weeks scatter than chance alone
explains is estimated from the steps between neighbouring weeks (average moving range), so that one odd week widens the
limits little, and is never taken for less than chance.

Sources: D. B. Laney, Improved control charts for attributes, Quality Engineering 14 (2002); F. J. Anscombe, The
transformation of Poisson, binomial and negative-binomial data, Biometrika 35 (1948); J. A. Nelson, the 1.128 of the
average moving range of two, in: D. J. Wheeler, Understanding Statistical Process Control (1992).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import asin, pi, sin, sqrt
from statistics import fmean

SIGMAS = 3.0
LEAST_WEEKS = 8
"""Before the week that is judged; with fewer there are no limits."""
MOST_WEEKS = 26
LEAST_CASES = 5
"""A week with fewer says nothing by itself."""
MOVING_RANGE = 1.128
NEW_NORMAL_WEEKS = 4
"""So many alarms in a row on the same side are no accident: limits begin anew with them."""
FALSE_ALARMS_PER_100_WEEKS = 0.5
"""At most, of weeks in which nothing changed, too high and too low together; held by a test on simulated weeks."""
FALSE_ALARMS_WHERE_WEEKS_SCATTER = 3.0
"""The same where the weeks scatter three times as much (variance) as by chance alone."""


class Signal(StrEnum):
    NONE = "none"
    HIGH = "high"
    LOW = "low"
    TOO_EARLY = "too_early"
    """Too few weeks before it."""
    TOO_FEW = "too_few"
    """Too few cases in it."""
    YOUNG = "young"
    """Not over yet, or its cases may still be escalated."""


ALARMS = frozenset({Signal.HIGH, Signal.LOW})


@dataclass(frozen=True, slots=True)
class Counted:
    """Cases that began in a week, and how many of them were escalated."""

    monday: date
    hits: int
    total: int
    is_young: bool = False

    @property
    def share(self) -> float | None:
        return self.hits / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Charted:
    week: Counted
    centre: float | None
    low: float | None
    high: float | None
    signal: Signal


def control_chart(weeks: Sequence[Counted]) -> list[Charted]:
    """Each week against up to 26 before it; `weeks` in order. A week that gave an alarm is no part of later limits,
    until four in a row on the same side are the new normal."""
    kept: list[Counted] = []
    off: list[Charted] = []
    charted = []
    for week in weeks:
        one = _judge(week, kept[-MOST_WEEKS:])
        charted.append(one)
        if one.signal in ALARMS:
            off = [*off, one] if off and off[-1].signal is one.signal else [one]
            if len(off) == NEW_NORMAL_WEEKS:
                kept, off = [alarm.week for alarm in off], []
        elif week.total and not week.is_young:
            kept.append(week)
            off = []
    return charted


def _judge(week: Counted, before: Sequence[Counted]) -> Charted:
    if len(before) < LEAST_WEEKS:
        return Charted(week, None, None, None, Signal.YOUNG if week.is_young else Signal.TOO_EARLY)
    hits, total = sum(one.hits for one in before), sum(one.total for one in before)
    centre = _angle(hits, total)
    if week.total < 1:
        return Charted(week, hits / total, None, None, Signal.YOUNG if week.is_young else Signal.TOO_FEW)
    reach = SIGMAS * _scatter(before, centre) * sqrt(_variance(week.total) + _variance(total))
    low, high = _share(centre - reach), _share(centre + reach)
    return Charted(week, hits / total, low, high, _signal(week, centre, reach))


def _signal(week: Counted, centre: float, reach: float) -> Signal:
    if week.is_young:
        return Signal.YOUNG
    if week.total < LEAST_CASES:
        return Signal.TOO_FEW
    off = _angle(week.hits, week.total) - centre
    return Signal.HIGH if off > reach else Signal.LOW if off < -reach else Signal.NONE


def _scatter(weeks: Sequence[Counted], centre: float) -> float:
    """How many times more than by chance neighbouring weeks differ; 1 at least."""
    scores = [(_angle(one.hits, one.total) - centre) / sqrt(_variance(one.total)) for one in weeks]
    steps = [abs(later - earlier) for earlier, later in zip(scores, scores[1:], strict=False)]
    return max(1.0, fmean(steps) / MOVING_RANGE)


def _angle(hits: int, total: int) -> float:
    return asin(sqrt((hits + 3 / 8) / (total + 3 / 4)))


def _variance(total: int) -> float:
    return 1 / (4 * total + 2)


def _share(angle: float) -> float:
    return sin(min(max(angle, 0.0), pi / 2)) ** 2
