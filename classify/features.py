"""Texts → hashed features: words and pairs of words in one block, pieces of words in the other.

Hashed, so that the weights need no vocabulary, which would hold words of other people's messages. Each block has a
fixed length, and no row looks at another, so a text's features are the same alone and in a batch.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise

import mmh3
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from classify.text import PLACEHOLDERS

WORD_COLUMNS = 1 << 17
PIECE_COLUMNS = 1 << 17
COLUMNS = WORD_COLUMNS + PIECE_COLUMNS
SHORTEST_PIECE, LONGEST_PIECE = 2, 5
LONGEST_WORD = 40
"""Pieces are taken from this many characters of a word."""
PIECE_SHARE = 0.7
"""Length of the block of pieces beside that of words, which is 1; chosen by cross-validation on X-CI."""

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]


def word_column(form: str) -> int:
    return mmh3.hash(form, 1, signed=False) % WORD_COLUMNS


@lru_cache(maxsize=1 << 16)
def pair_column(first: str, second: str) -> int:
    return word_column(f"{first} {second}")


@lru_cache(maxsize=1 << 16)
def columns_of_token(form: str) -> tuple[int, tuple[int, ...]]:
    """The column of the token itself, and those of its pieces."""
    if form in PLACEHOLDERS or len(form) == 1:
        return word_column(form), ()
    padded = f" {form[:LONGEST_WORD]} "
    lengths = range(SHORTEST_PIECE, LONGEST_PIECE + 1)
    pieces = {padded[at : at + size] for size in lengths for at in range(len(padded) - size + 1)}
    return word_column(form), tuple(
        WORD_COLUMNS + mmh3.hash(piece, 2, signed=False) % PIECE_COLUMNS for piece in sorted(pieces)
    )


def columns_of_text(forms: Sequence[str]) -> tuple[list[int], list[int]]:
    """Columns of the words and pairs, and of the pieces. A token said twice counts once: shouting it proves nothing."""
    known = [columns_of_token(form) for form in dict.fromkeys(forms)]
    words = [word for word, _ in known]
    words.extend(pair_column(first, second) for first, second in dict.fromkeys(pairwise(forms)))
    return words, list(chain.from_iterable(pieces for _, pieces in known))


def feature_matrix(texts: Iterable[Sequence[str]], rarity: Floats) -> csr_array:
    """One row per text, given as token forms: `(n, COLUMNS)`. A column may stand twice in a row; products add them up.

    Args:
        rarity: weight of each column, `(COLUMNS,)`; the rarer, the heavier.
    """
    columns: list[int] = []
    ends: list[int] = []
    for forms in texts:
        for block in columns_of_text(forms):
            columns.extend(block)
            ends.append(len(columns))
    return _with_lengths_of_one(np.array(columns, dtype=np.int32), np.array([0, *ends], dtype=np.int64), rarity)


def _with_lengths_of_one(columns: Indices, block_ends: npt.NDArray[np.int64], rarity: Floats) -> csr_array:
    values = rarity[columns]
    sizes = np.diff(block_ends)
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    # bincount adds in order within each block, so the last digit does not depend on the neighbours in the batch.
    length = np.sqrt(np.bincount(blocks, weights=np.square(values, dtype=np.float64), minlength=len(sizes)))
    length[1::2] /= PIECE_SHARE
    scaled = (values / length[blocks]).astype(np.float32)
    rows = block_ends[::2]
    return csr_array((scaled, columns, rows.astype(np.int32)), shape=(len(rows) - 1, COLUMNS))


def rarity_of(texts: Iterable[Sequence[str]]) -> Floats:
    """Square root of the smoothed inverse document frequency of every column over `texts`, `(COLUMNS,)`."""
    seen = np.zeros(COLUMNS, dtype=np.int64)
    count = 0
    for forms in texts:
        words, pieces = columns_of_text(forms)
        seen[np.unique(np.array(words + pieces, dtype=np.int64))] += 1
        count += 1
    rarity: Floats = np.sqrt(np.log((1 + count) / (1 + seen)) + 1).astype(np.float32)
    return rarity
