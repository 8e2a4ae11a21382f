"""Where to stop being sure: the ends of the abstain band that cost least on held-back texts."""

from collections.abc import Iterator, Sequence
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
MOST_ASKED_SHARE = 0.25
"""No more than this share of brand mentions may be left to people."""
UNPROVEN_LANGUAGE_MARGIN = 0.15
_LOWS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45)
_HIGHS = (0.50, 0.55, 0.60, 0.65, 0.70, 0.75)
_LEASTS = (0.30, 0.35, 0.40, 0.45)

Mask = npt.NDArray[np.bool_]


def choose_thresholds(rows: Sequence[Row], held_back: dict[str, Floats]) -> Thresholds:
    """The cheapest choice on messages to brands: X-CI and our own labels."""
    brand = [at for at, row in enumerate(rows) if row.tags & {"xci", "xci:dev", OWN_LABELS} and not row.is_dev]
    truth = np.array([rows[at].targets["complaint"] == 1 for at in brand])
    complaint = held_back["complaint"][brand, 0]
    label = held_back["label"][brand]
    asked_most = MOST_ASKED_SHARE * len(brand)
    priced = [
        (_cost(truth, *_outcome(complaint, label, one)), one)
        for one in _choices()
        if _outcome(complaint, label, one)[1].sum() <= asked_most
    ]
    return min(priced, key=lambda pair: pair[0])[1] if priced else next(_choices())


def _choices() -> Iterator[Thresholds]:
    for low, high, least in product(reversed(_LOWS), _HIGHS, _LEASTS):
        yield Thresholds(low, high, least, UNPROVEN_LANGUAGE_MARGIN)


def _outcome(complaint: Floats, label: Floats, one: Thresholds) -> tuple[Mask, Mask]:
    """What `classify.decision` would say of each text: is it taken for a complaint, and is it left to a person."""
    is_complaint = label.argmax(axis=1) == LABELS.index("complaint")
    agrees = np.where(is_complaint, complaint >= one.complaint_high, complaint < one.complaint_low)
    asked: Mask = ~agrees | (label.max(axis=1) < one.least_label_probability)
    return is_complaint & ~asked, asked


def _cost(truth: Mask, taken: Mask, asked: Mask) -> float:
    missed = (truth & ~taken & ~asked).sum()
    wrong = (~truth & taken).sum()
    return float(COST_OF_MISSED_COMPLAINT * missed + wrong + COST_OF_ASKING * asked.sum())


def asked_share(rows: Sequence[Row], held_back: dict[str, Floats], tag: str, one: Thresholds) -> tuple[float, float]:
    """Of the texts with `tag`: the share left to a person, and the share of complaints judged to be something else."""
    chosen = [at for at, row in enumerate(rows) if tag in row.tags and "complaint" in row.targets]
    if not chosen:
        return 0.0, 0.0
    truth = np.array([rows[at].targets["complaint"] == 1 for at in chosen])
    taken, asked = _outcome(held_back["complaint"][chosen, 0], held_back["label"][chosen], one)
    return float(asked.mean()), float((truth & ~taken & ~asked).sum() / max(truth.sum(), 1))
