import math

import pytest

from classify.manifest import Thresholds
from tests.training.judged import judged, row, unsure
from training.base_rates import base_rates

THRESHOLDS = Thresholds(0.3, 0.7, 0.4, 0.15)


def found_at(share, population, rows, says):
    found = base_rates(rows, judged(rows, says), THRESHOLDS)
    return next(one for one in found if one.share == share and one.population == population)


@pytest.fixture
def rows():
    return [row("complaint", tag="xci")] * 100 + [row("other", tag="xci")] * 100


SAYS = ["complaint"] * 80 + [unsure()] * 10 + ["other"] * 10 + ["complaint"] * 10 + [unsure()] * 20 + ["other"] * 70


def test_precision_falls_where_complaints_are_rare_and_recall_does_not(rows):
    often, seldom = (found_at(share, "messages to brands", rows, SAYS) for share in (0.20, 0.01))

    assert often.precision.value == pytest.approx(0.2 * 0.8 / (0.2 * 0.8 + 0.8 * 0.1))
    assert seldom.precision.value == pytest.approx(0.01 * 0.8 / (0.01 * 0.8 + 0.99 * 0.1))
    assert often.recall == seldom.recall
    assert often.recall.value == pytest.approx(0.8)


def test_what_is_unsure_reaches_a_person(rows):
    one = found_at(0.05, "messages to brands", rows, SAYS)

    assert one.reaching_recall.value == pytest.approx(0.9)
    assert one.reaching_precision.value == pytest.approx(0.05 * 0.9 / (0.05 * 0.9 + 0.95 * 0.3))
    assert one.looks.value == pytest.approx(1 / one.reaching_precision.value)
    assert one.looks.low < one.looks.value < one.looks.high


def test_every_number_lies_within_its_interval(rows):
    one = found_at(0.02, "messages to brands", rows, SAYS)

    for measured in (one.precision, one.recall, one.reaching_precision, one.reaching_recall):
        assert measured.low < measured.value < measured.high
    assert (one.complaints, one.others) == (100, 100)


def test_posts_of_all_kinds_are_a_population_of_their_own_without_reviews(rows):
    more = [*rows, *[row("other", tag="noise-composite")] * 100, *[row("other", tag="cesamard")] * 50]
    one = found_at(0.05, "texts of all kinds", more, [*SAYS, *["other"] * 150])

    assert (one.complaints, one.others) == (100, 200)
    assert one.precision.value > found_at(0.05, "messages to brands", rows, SAYS).precision.value


def test_rows_that_were_not_held_back_do_not_count(rows):
    one = found_at(0.05, "messages to brands", rows, [None, *SAYS[1:]])

    assert one.complaints == 99


def test_a_judge_that_takes_nothing_has_no_precision(rows):
    one = found_at(0.05, "messages to brands", rows, ["other"] * 200)

    assert math.isnan(one.precision.value)
    assert math.isnan(one.looks.value)
    assert one.recall.value == 0


def test_nothing_is_said_without_complaints():
    rows = [row("other", tag="xci")] * 5

    assert base_rates(rows, judged(rows, ["other"] * 5), THRESHOLDS) == []
