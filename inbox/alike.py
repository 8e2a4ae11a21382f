"""The nearest messages that people labelled: what was said about words like these, beside what was decided here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inbox.queue_rows import excerpt
from measure.alike import Alike, most_alike
from models.learning import Labelled
from store.cases import StoredCase
from store.mentions import StoredMention
from store.store import Transaction

LOOKED_AT = 2_000
"""The newest labels: what a screen may cost, and what the firm thinks today."""
WORDS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Near:
    labelled: Labelled
    excerpt: str
    percent: int
    """How like it is."""
    words: tuple[str, ...]
    """Words that both hold, the most telling first."""


@dataclass(frozen=True, slots=True)
class Nearest:
    found: list[Near]
    said: list[tuple[str, int]]
    """Labels of these with their number, the most frequent first."""
    looked_at: int


def nearest(transaction: Transaction, case: StoredCase, item: StoredMention) -> Nearest:
    """To the message behind the case's decision; the case's own are left out, and what was erased or deleted."""
    labelled = transaction.corrections.newest(LOOKED_AT, not_of=transaction.merges.family(case.id))
    alike = most_alike(item.mention.text, [one.text for one in labelled])
    found = [_near(labelled, one) for one in alike]
    return Nearest(found, Counter(one.labelled.label for one in found).most_common(), len(labelled))


def _near(labelled: Sequence[Labelled], one: Alike) -> Near:
    its = labelled[one.at]
    return Near(its, excerpt(its.text), round(100 * one.closeness), one.shared[:WORDS_SHOWN])
