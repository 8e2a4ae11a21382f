import numpy as np
import pytest
from scipy.sparse import csr_matrix

from measure import neighbours
from measure.neighbours import Neighbours


def vectors(texts: int, words: int, each: int, *, seed: int = 3) -> csr_matrix:
    dice = np.random.default_rng(seed)
    rare = 1 / (np.arange(words) + 3)
    rows = np.zeros((texts, words))
    for row in rows:
        row[dice.choice(words, size=each, replace=False, p=rare / rare.sum())] = dice.uniform(0.5, 2.0, each)
    return csr_matrix(rows / np.linalg.norm(rows, axis=1)[:, None])


def found(matrix: csr_matrix, close: float, natures: list | None = None) -> set[tuple[int, int]]:
    near = Neighbours(matrix, natures or [], other_nature=0.75)
    pairs = [pair for rows, columns in near.pairs(close) for pair in zip(rows.tolist(), columns.tolist(), strict=True)]
    assert len(pairs) == len(set(pairs)), "each pair once"
    return set(pairs)


def every_close_pair(matrix: csr_matrix, close: float) -> set[tuple[int, int]]:
    cosines = (matrix @ matrix.T).toarray()
    np.fill_diagonal(cosines, 1.0)
    return {(int(row), int(column)) for row, column in np.argwhere(cosines >= close)}


def test_where_no_word_is_frequent_every_close_pair_is_found_and_no_other() -> None:
    matrix = vectors(300, 400, 12)
    assert found(matrix, 0.3) == every_close_pair(matrix, 0.3)


def test_pairs_that_share_a_rare_word_are_exact_though_they_share_frequent_ones(monkeypatch) -> None:
    monkeypatch.setattr(neighbours, "FREQUENT", 40)
    matrix = vectors(300, 400, 12)
    is_rare = matrix.getnnz(axis=0) <= 40
    shared = (matrix[:, is_rare] @ matrix[:, is_rare].T).toarray() > 0
    wanted = {(one, other) for one, other in every_close_pair(matrix, 0.3) if one == other or shared[one, other]}
    seen = found(matrix, 0.3)
    assert wanted <= seen <= every_close_pair(matrix, 0.3)


def test_where_all_share_frequent_words_only_each_still_has_enough_neighbours_and_the_pairs_stay_few(monkeypatch):
    monkeypatch.setattr(neighbours, "FREQUENT", 40)
    monkeypatch.setattr(neighbours, "SPREAD", 10)
    dice = np.random.default_rng(1)
    matrix = csr_matrix(dice.uniform(0.9, 1.1, (600, 4)))
    matrix = csr_matrix(matrix.multiply(1 / np.sqrt(matrix.multiply(matrix).sum(axis=1))))
    seen = found(matrix, 0.3)
    around = np.bincount([one for one, _ in seen])
    assert around.min() > 5
    assert len(seen) < 600 * 4 * 10 * 2 + 600


@pytest.mark.parametrize("codes", [(1, 2), (1, 0)])
def test_another_nature_takes_its_share_only_where_both_are_known(codes) -> None:
    matrix = csr_matrix(np.array([[1.0, 0.0], [0.37, np.sqrt(1 - 0.37**2)]]))
    assert ((0, 1) in found(matrix, 0.3, [np.array(codes)])) == (0 in codes)
