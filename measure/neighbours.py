"""Which texts are close to which, in time and memory that do not grow with the square of their number.

Pairs that share a word that is not frequent are compared exactly. Pairs that share frequent words only, of which each
stands in more than `FREQUENT` texts, would be all pairs there are: such a text is compared with some texts of each of
its frequent words, evenly spread over time. What is close to many is still close to enough of these.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix

FREQUENT = 500
SPREAD = 100
"""So many texts stand for all that hold a frequent word."""
ROWS_AT_ONCE, PAIRS_AT_ONCE = 256, 100_000

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Pairs = tuple[Ints, Ints]


class Neighbours:
    """Rows of length 1; `natures`: codes of what they are about, one array for each sort, 0 where it is not known."""

    def __init__(self, vectors: csr_matrix, natures: Sequence[Ints], *, other_nature: float) -> None:
        """`other_nature`: what is left of the cosine where a nature is known of both, and differs."""
        is_frequent = vectors.getnnz(axis=0) > FREQUENT
        self._size = vectors.shape[0]
        self._natures, self._other_nature = natures, other_nature
        self._rare = csr_matrix(vectors[:, np.flatnonzero(~is_frequent)])
        self._often = csr_matrix(vectors[:, np.flatnonzero(is_frequent)])
        self._weight: Floats = np.sqrt(np.asarray(self._often.multiply(self._often).sum(axis=1)).ravel())
        self._some = _spread(self._often)
        self._turned = tuple(part.T.tocsr() for part in (self._rare, self._often, self._some))

    def pairs(self, close: float) -> Iterator[Pairs]:
        """Both ways, and each with itself; some rows at a time, for all pairs at once would not fit."""
        for start in range(0, self._size, ROWS_AT_ONCE):
            rows, columns, cosines = self._by_rare_words(start, close)
            if self._often.shape[1]:
                more_rows, more_columns = self._by_frequent_words(start, close, rows * self._size + columns)
                rows, columns = np.concatenate([rows, more_rows]), np.concatenate([columns, more_columns])
                cosines = np.concatenate([cosines, _products(self._rare, more_rows, more_columns)])
                cosines += _products(self._often, rows, columns)
            held = (self._of_nature(rows, columns, cosines) >= close) & (rows != columns)
            own = np.arange(start, min(start + ROWS_AT_ONCE, self._size))
            yield np.concatenate([rows[held], own]), np.concatenate([columns[held], own])

    def _by_rare_words(self, start: int, close: float) -> tuple[Ints, Ints, Floats]:
        """What their rare words give, of those that can come to `close` with their frequent words."""
        found = (self._rare[start : start + ROWS_AT_ONCE] @ self._turned[0]).tocoo()
        rows, columns, cosines = found.row.astype(np.int64) + start, found.col.astype(np.int64), found.data
        can = cosines + self._weight[rows] * self._weight[columns] >= close
        return rows[can], columns[can], cosines[can]

    def _by_frequent_words(self, start: int, close: float, known: Ints) -> Pairs:
        block = slice(start, start + ROWS_AT_ONCE)
        found = []
        for left, turned in ((self._often, self._turned[2]), (self._some, self._turned[1])):
            product = (left[block] @ turned).tocoo()
            rows, columns = product.row.astype(np.int64) + start, product.col.astype(np.int64)
            can = self._weight[rows] * self._weight[columns] >= close
            found.append(rows[can] * self._size + columns[can])
        keys = np.setdiff1d(np.concatenate(found), known)
        return keys // self._size, keys % self._size

    def _of_nature(self, rows: Ints, columns: Ints, cosines: Floats) -> Floats:
        values = cosines.copy()
        for codes in self._natures:
            mine, theirs = codes[rows], codes[columns]
            values[(mine != theirs) & (mine != 0) & (theirs != 0)] *= self._other_nature
        return values


def _spread(often: csr_matrix) -> csr_matrix:
    """The same with `SPREAD` rows of each column, evenly over all rows that have it."""
    by_column = csc_matrix(often)
    rows, columns, values = [], [], []
    for column in range(often.shape[1]):
        first, last = by_column.indptr[column], by_column.indptr[column + 1]
        places = np.linspace(first, last - 1, SPREAD).astype(np.int64)
        rows.append(by_column.indices[places])
        columns.append(np.full(SPREAD, column))
        values.append(by_column.data[places])
    if not rows:
        return csr_matrix(often.shape)
    return csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=often.shape)


def _products(matrix: csr_matrix, rows: Ints, columns: Ints) -> Floats:
    """Of each row with the row beside it."""
    found = [np.zeros(0)]
    for start in range(0, len(rows), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        found.append(np.asarray(matrix[rows[some]].multiply(matrix[columns[some]]).sum(axis=1)).ravel())
    return np.concatenate(found)
