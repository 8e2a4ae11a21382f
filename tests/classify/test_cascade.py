import numpy as np
import pytest

from classify.cascade import read_conditions, settled

SCORES = {
    "label": np.array([[0.98, 0.01, 0.01], [0.6, 0.3, 0.1], [0.0, 0.97, 0.03]]),
    "complaint": np.array([[0.99], [0.5], [0.03]]),
}


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({}, [False, False, False]),
        ({"label": 0.97}, [True, False, True]),
        ({"label": 0.975}, [True, False, False]),
        ({"complaint": [0.05, 0.95]}, [True, False, True]),
        ({"complaint": [0.02, 0.95]}, [True, False, False]),
        ({"complaint": 0.95}, [True, False, True]),
        ({"complaint": 0.98}, [True, False, False]),
        ({"label": 0.97, "complaint": [0.02, 0.999]}, [False, False, False]),
        ({"label": 0}, [True, True, True]),
    ],
)
def test_a_text_is_settled_where_every_condition_holds(described, expected):
    assert settled(SCORES, read_conditions(described)).tolist() == expected


@pytest.mark.parametrize("condition", ["0.9", [0.9], [0.9, 0.1], None, {"least": 0.9}])
def test_a_condition_that_cannot_be_understood_is_named(condition):
    with pytest.raises(ValueError, match="cascade: label is"):
        read_conditions({"label": condition})
