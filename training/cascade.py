"""Which texts the n-grams may settle alone: those of which they are so sure that the encoder hardly ever disagrees."""

from collections.abc import Mapping, Sequence

import numpy as np

from classify.cascade import read_conditions, settled
from training.blending import OTHER, group_of
from training.fitting import Floats, Mask
from training.rows import Row

Conditions = Mapping[str, list[float] | float]
"""Answer → least top probability, or the band that a probability must be outside of."""

CONDITIONS: Conditions = {
    "label": 0.6,
    "complaint": [0.05, 0.95],
    "abuse": [0.2, 0.8],
    "spam": [0.1, 0.9],
    "lead": [0.2, 0.8],
    "sentiment": 0.6,
}
"""The point chosen on the curve of quality against cost, `docs/experiments.md`. Severity, urgency and category matter
only where a message is taken further, and of what is taken further the n-grams are seldom this sure."""


GROUPS = ("en", OTHER)
"""Of Turkish and Bulgarian the n-grams know too few messages to brands to be relied on alone."""


def settled_alone(ngrams: Mapping[str, Floats], rows: Sequence[Row]) -> Mask:
    """Whether the n-grams settle each row."""
    found: Mask = settled(ngrams, read_conditions(CONDITIONS))
    return found & np.array([group_of(row.lang) in GROUPS for row in rows], dtype=np.bool_)


def with_cascade(ngrams: Mapping[str, Floats], blended: Mapping[str, Floats], alone: Mask) -> dict[str, Floats]:
    """What the judge answers: the n-grams where they settle a text, the blend elsewhere."""
    return {name: np.where(alone[:, None], ngrams[name], part) for name, part in blended.items()}
