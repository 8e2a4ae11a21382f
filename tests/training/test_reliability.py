from xml.etree import ElementTree

import numpy as np
import pytest

from tests.training.judged import judged, row
from training.reliability import LEAST_TEXTS, by_answer, by_channel, by_language
from training.reliability_picture import picture


@pytest.fixture
def rows():
    return (
        [row("complaint", lang="en", channel="tweet")] * LEAST_TEXTS
        + [row("other", lang="tr", channel="tweet")] * LEAST_TEXTS
        + [row("other", lang="bg")] * (LEAST_TEXTS - 1)
    )


@pytest.fixture
def held_back(rows):
    return judged(rows, [("complaint", 0.8)] * LEAST_TEXTS + [("other", 0.4)] * (len(rows) - LEAST_TEXTS))


def of(found, answer):
    return {one.group: one for one in found if one.answer == answer}


def test_error_is_measured_in_each_language_with_enough_texts(rows, held_back):
    found = of(by_language(rows, held_back), "complaint")

    assert set(found) == {"en", "tr"}
    assert found["en"].error == pytest.approx(0.2)
    assert found["tr"].error == pytest.approx(0.4)


def test_error_is_measured_by_kind_of_text_where_it_is_known(rows, held_back):
    found = of(by_channel(rows, held_back), "complaint")

    assert set(found) == {"tweet"}
    assert found["tweet"].error == pytest.approx(0.3)


def test_rows_that_were_not_held_back_do_not_count(rows, held_back):
    held_back["complaint"][:10] = np.nan

    assert of(by_answer(rows, held_back), "complaint")["all"].bins.total == len(rows) - 10


def test_the_picture_has_a_panel_for_each_answer_and_a_dot_for_each_bin(rows, held_back):
    found = by_answer(rows, held_back)
    root = ElementTree.fromstring(picture(found))  # noqa: S314 - ours

    words = {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {one.answer for one in found} <= words
    dots = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(dots) == sum(int((one.bins.counts > 0).sum()) for one in found)


def test_the_picture_is_the_same_every_time(rows, held_back):
    assert picture(by_answer(rows, held_back)) == picture(by_answer(rows, held_back))
