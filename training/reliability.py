"""Does a score of 0.7 come true seven times in ten? By answer, by language and by kind of text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluation import known
from training.fitting import Floats
from training.metrics import Bins, binned, error_by_chance, error_of
from training.questions import ANSWERS
from training.rows import Row

LEAST_TEXTS = 200
"""Below this a group gets no line: its error would be mostly chance."""
ALL = "all"


@dataclass(frozen=True, slots=True)
class Reliability:
    """The calibration of one answer on one group of texts."""

    answer: str
    group: str
    """`all`, a language, or a kind of text."""
    error: float
    by_chance: float
    """What exact probabilities would show on as many texts."""
    bins: Bins


def by_answer(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[Reliability]:
    return _measured(rows, held_back, lambda row: ALL, least=1)


def by_language(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[Reliability]:
    return _measured(rows, held_back, lambda row: row.lang, least=LEAST_TEXTS)


def by_channel(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[Reliability]:
    """By kind of text; a text of no known kind is in no group."""
    return _measured(rows, held_back, lambda row: row.channel, least=LEAST_TEXTS)


def _measured(
    rows: Sequence[Row], held_back: dict[str, Floats], group_of: Callable[[Row], str], *, least: int
) -> list[Reliability]:
    found = []
    for answer in ANSWERS:
        at, truth = known(rows, held_back[answer.name], answer, lambda row: bool(group_of(row)))
        groups = np.array([group_of(rows[position]) for position in at])
        for group in sorted(set(groups.tolist())):
            chosen = groups == group
            if chosen.sum() >= least:
                bins = binned(truth[chosen], held_back[answer.name][at[chosen]])
                found.append(Reliability(answer.name, group, error_of(bins), error_by_chance(bins), bins))
    return found
