import math

import numpy as np
import pytest

from training.metrics import (
    binned,
    calibration_error,
    confusion,
    error_by_chance,
    error_of,
    f1_by_class,
    f1_of_yes,
    figure,
    rank_correlation,
    share,
)


def test_wilson_bounds_are_those_of_the_book():
    one = share(np.array([True] * 8 + [False] * 2))

    assert (one.value, one.count) == (0.8, 10)
    assert (one.low, one.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_a_share_of_none_still_has_an_upper_bound():
    one = share(np.zeros(20, dtype=bool))

    assert one.low == 0
    assert 0.1 < one.high < 0.2


def test_a_share_of_no_texts_is_not_a_number():
    one = share(np.zeros(0, dtype=bool))

    assert math.isnan(one.value)
    assert one.count == 0


def test_f1_of_yes_leaves_the_other_class_out():
    assert f1_of_yes(confusion(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 2)) == pytest.approx(2 / 3)


def test_f1_by_class_counts_the_texts_of_each_class():
    truth = np.array([0] * 30 + [1] * 10)
    first, second, third = f1_by_class(truth, np.where(np.arange(40) < 5, 1, truth), 3)

    assert (first.count, second.count, third.count) == (30, 10, 0)
    assert first.value == pytest.approx(2 * 25 / 55)
    assert first.low < first.value < first.high
    assert math.isnan(third.value)


def test_rank_correlation_looks_at_order_only():
    truth = np.array([0, 1, 2, 3] * 10)

    assert rank_correlation("x", truth, truth.astype(float) ** 3).value == pytest.approx(1)
    assert rank_correlation("x", truth, -truth.astype(float)).value == pytest.approx(-1)


def test_rank_correlation_with_a_score_that_never_changes_is_not_a_number():
    one = rank_correlation("x", np.array([0, 1, 2]), np.full(3, 0.5))

    assert math.isnan(one.value)
    assert math.isnan(one.low)


def test_intervals_are_the_same_every_time():
    truth, score = np.array([0, 1] * 20), np.linspace(0, 1, 40)

    assert rank_correlation("x", truth, score) == rank_correlation("x", truth, score)
    assert figure("x", "macro F1", truth, truth[::-1], 2) == figure("x", "macro F1", truth, truth[::-1], 2)


def test_exact_probabilities_show_the_error_that_chance_brings():
    chance = np.random.default_rng(1)
    probabilities = chance.random((4_000, 1))
    truth = (chance.random(4_000) < probabilities[:, 0]).astype(np.int64)
    bins = binned(truth, probabilities)

    assert error_of(bins) == calibration_error(truth, probabilities)
    assert error_of(bins) == pytest.approx(error_by_chance(bins), rel=0.6)


def test_a_probability_of_one_is_in_the_last_bin():
    bins = binned(np.array([1, 0]), np.array([[1.0], [0.0]]))

    assert bins.counts[-1] == bins.counts[0] == 1
    assert bins.total == 2
