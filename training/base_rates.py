"""How precise is it where complaints are rare? The held-back texts, weighted to natural shares of complaints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classify.manifest import Thresholds
from training.fitting import SEED, Floats
from training.metrics import DRAWS, Measured
from training.questions import LABELS
from training.rows import Row
from training.thresholds import BRAND_SETS, UNSURE, Whole, decisions, is_judged

SHARES = (0.01, 0.02, 0.05, 0.20)
_REVIEWS = {"cesamard", "cesamard:dev"}


@dataclass(frozen=True, slots=True)
class BaseRate:
    """What comes of the messages where `share` of them are complaints."""

    population: str
    share: float
    precision: Measured
    """Of those judged to be complaints, how many are."""
    recall: Measured
    """Of the complaints, how many are judged to be complaints."""
    reaching_precision: Measured
    """The same of those that reach a person: judged to be complaints, or unsure."""
    reaching_recall: Measured
    looks: Measured
    """Messages that a person looks at for each true complaint among them."""
    complaints: int
    others: int


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """Shares of complaints and of other messages `(1 + DRAWS, 2)`: judged to be complaints, or reaching a person.

    The first line is what was counted, the others are redrawn.
    """

    taken: Floats
    reaching: Floats


def base_rates(rows: Sequence[Row], held_back: dict[str, Floats], one: Thresholds) -> list[BaseRate]:
    """Messages to brands; then complaints to brands among texts of all kinds, shop reviews apart."""
    judged = is_judged(held_back)
    usable = [at for at, row in enumerate(rows) if judged[at] and "complaint" in row.targets]
    brands = [at for at in usable if rows[at].tags & BRAND_SETS]
    complaints = [at for at in brands if rows[at].targets["complaint"] == 1]
    at_brands = [at for at in brands if rows[at].targets["complaint"] != 1]
    anywhere = [at for at in usable if rows[at].targets["complaint"] != 1 and not rows[at].tags & _REVIEWS]
    found = decisions(held_back["complaint"][:, 0], held_back["label"], one)
    populations = (("messages to brands", at_brands), ("texts of all kinds", anywhere))
    return [
        _base_rate(name, share, found[complaints], found[others])
        for name, others in populations
        if complaints and others
        for share in SHARES
    ]


def _base_rate(population: str, share: float, of_complaints: Whole, of_others: Whole) -> BaseRate:
    seen = _outcomes(of_complaints, of_others)
    mix = np.array([share, 1 - share])
    count = len(of_complaints) + len(of_others)
    precision, reaching = _precision(seen.taken * mix), _precision(seen.reaching * mix)
    return BaseRate(
        population,
        share,
        precision=_measured(precision, count),
        recall=_measured(seen.taken[:, 0], len(of_complaints)),
        reaching_precision=_measured(reaching, count),
        reaching_recall=_measured(seen.reaching[:, 0], len(of_complaints)),
        looks=_measured(1 / np.where(reaching > 0, reaching, np.nan), count),
        complaints=len(of_complaints),
        others=len(of_others),
    )


def _outcomes(of_complaints: Whole, of_others: Whole) -> _Outcomes:
    """Texts are redrawn within each kind: the share of complaints is given, not found."""
    chance = np.random.default_rng(SEED)
    taken, reaching = np.zeros((1 + DRAWS, 2)), np.zeros((1 + DRAWS, 2))
    for kind, found in enumerate((of_complaints, of_others)):
        is_taken, is_asked = (found == LABELS.index("complaint")).mean(), (found == UNSURE).mean()
        drawn = chance.multinomial(len(found), [is_taken, is_asked, max(1 - is_taken - is_asked, 0)], size=DRAWS)
        taken[:, kind] = np.concatenate(([is_taken], drawn[:, 0] / len(found)))
        reaching[:, kind] = np.concatenate(([is_taken + is_asked], drawn[:, :2].sum(axis=1) / len(found)))
    return _Outcomes(taken, reaching)


def _precision(parts: Floats) -> Floats:
    """NaN where there is nothing to be precise about."""
    whole = parts.sum(axis=1)
    return np.where(whole > 0, parts[:, 0] / np.where(whole > 0, whole, 1), np.nan)


def _measured(values: Floats, count: int) -> Measured:
    drawn = values[1:][~np.isnan(values[1:])]
    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) else (np.nan, np.nan)
    return Measured(float(values[0]), float(low), float(high), count)
