import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.manifest import LEAST_POINT, LEVELS, MOST_POINT
from classify.scale import REACH, mean_if_complaint, moved, presented, severity

POINTS = st.floats(LEAST_POINT, MOST_POINT)
PROBABILITIES = st.floats(0, 1)


@given(point=POINTS)
def test_the_decision_point_becomes_one_half(point):
    assert moved(np.array([[point]]), np.array([[point]]))[0, 0] == pytest.approx(0.5)


@given(point=POINTS, low=PROBABILITIES, high=PROBABILITIES)
def test_order_is_kept_and_nothing_leaves_the_range(point, low, high):
    low, high = sorted((low, high))
    first, second = moved(np.array([[low], [high]]), np.array([[point], [point]]))[:, 0]

    assert 0 <= first <= second <= 1


@given(point=POINTS, probability=PROBABILITIES)
def test_what_is_far_from_the_point_is_left_alone(point, probability):
    if abs(probability - point) >= REACH:
        assert moved(np.array([[probability]]), np.array([[point]]))[0, 0] == probability


def test_each_text_is_moved_by_its_own_point():
    scores = {"abuse": np.array([[0.35], [0.35]]), "spam": np.array([[0.4], [0.4]])}

    found = presented(scores, [{"abuse": 0.35}, {}])

    assert found["abuse"][:, 0] == pytest.approx([0.5, 0.35])
    assert found["spam"][:, 0].tolist() == [0.4, 0.4]


def test_severity_rounds_to_the_level_that_its_step_begins():
    levels = np.array([[0.0, 0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0, 0.0]])

    assert severity(levels, np.ones(3), (1.5, 2.2, 3.0)).tolist() == [1.5, 4.0, 1.0]


def test_what_is_hardly_a_complaint_is_hardly_severe():
    levels = np.array([[0.9, 0.1, 0.0, 0.0, 0.0]] * 3)

    assert severity(levels, np.array([0.0, 0.25, 0.5]), LEVELS).tolist() == [0.0, 0.5, 1.0]


def test_the_mean_severity_leaves_out_that_it_is_none():
    assert mean_if_complaint(np.array([[0.5, 0.25, 0.25, 0, 0]])).tolist() == [1.5]
