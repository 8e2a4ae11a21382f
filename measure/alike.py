"""Which of some texts are most like one text: by the stems that both hold, rare ones weighing more."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from measure.stems import stem_of, words_of

MOST_FOUND = 5
LEAST_CLOSENESS = 0.15
LEAST_SHARED = 2
"""One word alone, such as the name of a product, is no likeness."""


@dataclass(frozen=True, slots=True)
class Alike:
    """One of the texts."""

    at: int
    """Its place among them."""
    closeness: float
    """Cosine of both, from 0 to 1; 1 is the same words."""
    shared: tuple[str, ...]
    """Words of the one text that this one holds, too, the most telling first."""


def most_alike(text: str, others: Sequence[str], *, most: int = MOST_FOUND) -> list[Alike]:
    """The closest first, of equal ones the first; what says the same as one before is left out."""
    wanted = {stem_of(word): word for word in reversed(words_of(text))}
    held = [frozenset(map(stem_of, words_of(other))) for other in others]
    texts_with = Counter(stem for stems in (*held, wanted) for stem in stems)
    weight = {stem: math.log(1 + (len(held) + 1) / count) ** 2 for stem, count in texts_with.items()}
    length = math.sqrt(math.fsum(weight[stem] for stem in wanted))
    found: dict[frozenset[str], Alike] = {}
    for at, stems in enumerate(held):
        shared = sorted(wanted.keys() & stems, key=lambda stem: (-weight[stem], stem))
        if len(shared) < LEAST_SHARED or stems in found:
            continue
        both = math.fsum(weight[stem] for stem in shared)
        closeness = both / (length * math.sqrt(math.fsum(weight[stem] for stem in stems)))
        if closeness >= LEAST_CLOSENESS:
            found[stems] = Alike(at, min(1.0, closeness), tuple(wanted[stem] for stem in shared))
    return sorted(found.values(), key=lambda one: (-one.closeness, one.at))[:most]
