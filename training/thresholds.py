"""Where to stop being sure: the ends of the abstain band that cost least on held-back texts.

The texts at hand hold far more complaints than what a firm hears, so both kinds are weighted to a natural mix first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from classify.manifest import Thresholds
from training.datasets import OWN_LABELS
from training.fitting import Floats
from training.questions import LABELS
from training.rows import Row

COST_OF_MISSED_COMPLAINT = 8.0
"""A complaint judged to be something else, beside one message wrongly judged to be a complaint, which costs 1."""
COST_OF_ASKING = 0.5
"""What a person's look costs beside one message wrongly judged to be a complaint."""
OTHER_COSTS = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Costs of a missed complaint that the card shows beside each other."""
NATURAL_COMPLAINT_SHARE = 0.2
"""Share of complaints among messages to brands that the band is chosen for: the highest of those that the card looks
at. Chosen for a lower share, the band would lose more of the complaints."""
MOST_ASKED_SHARE = 0.25
"""No more than this share of messages to brands may be left to people."""
UNPROVEN_LANGUAGE_MARGIN = 0.15
BRAND_SETS = frozenset({"xci", "xci:dev", OWN_LABELS})
UNSURE = -1
"""Stands for `unsure` where a decision is the index of a label."""
_LOWS = (0.45, 0.40, 0.35, 0.30, 0.25, 0.20, 0.15, 0.10, 0.05, 0.02)
_HIGHS = (0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90)
_LEASTS = (0.30, 0.35, 0.40, 0.45, 0.50)

Mask = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Band:
    """A choice of thresholds, and what comes of it where the natural share of messages are complaints."""

    thresholds: Thresholds
    asked: float
    """Share of messages left to a person."""
    missed: float
    """Share of complaints judged to be something else."""
    wrong: float
    """Share of other messages judged to be complaints."""
    cost_of_missed: float
    natural_share: float

    @property
    def cost(self) -> float:
        """Of one message."""
        missed = self.natural_share * self.missed * self.cost_of_missed
        return missed + (1 - self.natural_share) * self.wrong + COST_OF_ASKING * self.asked


def choose_thresholds(rows: Sequence[Row], held_back: dict[str, Floats]) -> Thresholds:
    """The cheapest choice on messages to brands."""
    return cheapest_band(rows, held_back, COST_OF_MISSED_COMPLAINT).thresholds


def trade_off(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[Band]:
    """The cheapest band for each of `OTHER_COSTS`."""
    return [cheapest_band(rows, held_back, cost) for cost in OTHER_COSTS]


def cheapest_band(
    rows: Sequence[Row],
    held_back: dict[str, Floats],
    cost_of_missed: float,
    *,
    natural_share: float = NATURAL_COMPLAINT_SHARE,
    most_asked_share: float = MOST_ASKED_SHARE,
) -> Band:
    """The cheapest on messages to brands that leaves no more than a share of them to people.

    Where none does: the band that leaves the fewest. Of two at one cost: the one that misses fewer complaints.
    """
    brand = at_brands(rows, held_back)
    truth = np.array([rows[at].targets["complaint"] == 1 for at in brand], dtype=np.bool_)
    complaint, label = held_back["complaint"][brand, 0], held_back["label"][brand]
    bands = [
        Band(one, *_shares(truth, decisions(complaint, label, one), natural_share), cost_of_missed, natural_share)
        for one in _choices()
    ]
    allowed = [band for band in bands if band.asked <= most_asked_share]
    if not allowed:
        return min(bands, key=lambda band: band.asked)
    return min(allowed, key=lambda band: (band.cost, band.missed, band.asked))


def at_brands(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[int]:
    """Positions of the held-back messages to brands: X-CI and our own labels, without official dev splits."""
    judged = is_judged(held_back)
    return [at for at, row in enumerate(rows) if _is_to_brand(row) and not row.is_dev and judged[at]]


def _is_to_brand(row: Row) -> bool:
    return bool(row.tags & BRAND_SETS) and "complaint" in row.targets


def is_judged(held_back: dict[str, Floats]) -> Mask:
    """Of each row: are there probabilities of everything that a decision needs?"""
    needed = np.concatenate((held_back["complaint"], held_back["label"]), axis=1)
    return np.asarray(np.isfinite(needed).all(axis=1))


def _choices() -> Iterator[Thresholds]:
    for low, high, least in product(_LOWS, _HIGHS, _LEASTS):
        yield Thresholds(low, high, least, UNPROVEN_LANGUAGE_MARGIN)


def decisions(complaint: Floats, label: Floats, one: Thresholds) -> Whole:
    """What `classify.decision` says of each text in a proven language: index of its label, or `UNSURE`."""
    found = label.argmax(axis=1)
    agrees = np.where(
        found == LABELS.index("complaint"), complaint >= one.complaint_high, complaint < one.complaint_low
    )
    second = (found != LABELS.index("complaint")) & (label[:, LABELS.index("complaint")] >= one.least_label_probability)
    return np.where(agrees & ~second & (label.max(axis=1) >= one.least_label_probability), found, UNSURE)


def _shares(truth: Mask, decided: Whole, natural_share: float) -> tuple[float, float, float]:
    """Asked, missed, wrong: see `Band`."""
    asked, taken = decided == UNSURE, decided == LABELS.index("complaint")
    asked_of_complaints, asked_of_others = _mean(asked[truth]), _mean(asked[~truth])
    asked_share = natural_share * asked_of_complaints + (1 - natural_share) * asked_of_others
    return asked_share, _mean(~(asked | taken)[truth]), _mean(taken[~truth])


def _mean(chosen: Mask) -> float:
    return float(chosen.mean()) if len(chosen) else 0.0


def asked_share(rows: Sequence[Row], held_back: dict[str, Floats], tag: str, one: Thresholds) -> tuple[float, float]:
    """Of the texts with `tag`, as they are mixed there: the share left to a person, and the share of complaints judged
    to be something else."""
    judged = is_judged(held_back)
    chosen = [at for at, row in enumerate(rows) if tag in row.tags and "complaint" in row.targets and judged[at]]
    truth = np.array([rows[at].targets["complaint"] == 1 for at in chosen], dtype=np.bool_)
    decided = decisions(held_back["complaint"][chosen, 0], held_back["label"][chosen], one)
    missed = (decided != UNSURE) & (decided != LABELS.index("complaint"))
    return _mean(decided == UNSURE), _mean(missed[truth])
