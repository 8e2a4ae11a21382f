"""Does something grow faster than its own past: this week beside the weeks before it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

PAST_WEEKS = 8
ALARM_CHANCE = 0.0005
"""A week as full as this, or fuller, by chance alone: about this often if nothing has changed."""
LEAST_PEOPLE = 5
LEAST_TIMES = 2.0
"""And so many times what was to be expected: what grows slowly is seen in the trend."""
AS_STEADY = 4.0
"""Weeks of plain chance that are added to what eight weeks say about how uneven they are."""


@dataclass(frozen=True, slots=True)
class Growth:
    recent: int
    expected: float
    """For a week, from the eight before."""
    chance: float
    """Of at least `recent` in a week like those."""
    is_faster: bool


def growth(weeks: Sequence[int]) -> Growth:
    """`weeks`: people a week, oldest first; the last is the one in question, those missing before it count as none.

    The past is a gamma prior for the rate, this week a draw from it: a negative binomial tail, exact however few there
    are. Robust: the fullest past week counts as the second fullest, so one old peak does not hide a new one; and where
    past weeks are more uneven than plain chance makes them, all counts are worth less by that factor.
    Source: J. Farrington et al., A statistical algorithm for the early detection of outbreaks (1996), for the idea.
    """
    recent = weeks[-1] if weeks else 0
    past = np.zeros(PAST_WEEKS)
    told = np.array(weeks[-1 - PAST_WEEKS : -1], dtype=float)
    past[PAST_WEEKS - len(told) :] = told
    past[past.argmax()] = np.sort(past)[-2]
    uneven = _unevenness(past)
    expected = (past.sum() + 0.5) / PAST_WEEKS
    shape, part = (past.sum() + 0.5) / uneven, 1 / (PAST_WEEKS + 1)
    chance = float(betainc(recent / uneven, shape, part)) if recent else 1.0
    is_faster = chance < ALARM_CHANCE and recent >= max(LEAST_PEOPLE, LEAST_TIMES * expected)
    return Growth(recent, float(expected), chance, bool(is_faster))


def _unevenness(past: npt.NDArray[np.float64]) -> float:
    """Variance over mean, 1 for plain chance; never less."""
    mean = past.mean()
    if not mean:
        return 1.0
    found = float(past.var(ddof=1) / mean)
    return max(1.0, (AS_STEADY + PAST_WEEKS * found) / (AS_STEADY + PAST_WEEKS))
