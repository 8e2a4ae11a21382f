import numpy as np
import pytest

from classify.decision import decide
from classify.manifest import Thresholds
from models.verdict import Label
from tests.training.judged import judged, row, unsure
from training.questions import LABELS
from training.thresholds import (
    COST_OF_ASKING,
    MOST_ASKED_SHARE,
    OTHER_COSTS,
    UNSURE,
    asked_share,
    cheapest_band,
    choose_thresholds,
    decisions,
    trade_off,
)


def shaky(complaints=400, others=600):
    """Messages to brands whose scores are right more often than not."""
    chance = np.random.default_rng(3)
    rows = [row("complaint", tag="xci")] * complaints + [row("other", tag="xci")] * others
    scores = np.concatenate((chance.beta(3, 1.5, complaints), chance.beta(1.5, 3, others)))
    return rows, judged(rows, [("complaint" if score > 0.5 else "other", score) for score in scores])


def test_decisions_are_those_of_the_classifier():
    chance = np.random.default_rng(2)
    label, complaint = chance.dirichlet(np.full(len(LABELS), 0.5), size=500), chance.random(500)
    one = Thresholds(0.3, 0.6, 0.45, 0.15)
    expected = [
        decide(Label(LABELS[line.argmax()]), dict(zip(Label, line, strict=True)), score, one, is_proven_language=True)
        for line, score in zip(label, complaint, strict=True)
    ]

    found = ["unsure" if at == UNSURE else LABELS[at] for at in decisions(complaint, label, one)]

    assert found == [str(said) for said in expected]
    assert "unsure" in found and "complaint" in found


def test_the_dearer_a_missed_complaint_the_fewer_are_missed():
    bands = trade_off(*shaky())

    assert [band.cost_of_missed for band in bands] == list(OTHER_COSTS)
    missed = [band.missed for band in bands]
    assert missed == sorted(missed, reverse=True)
    assert missed[0] > missed[-1]


def test_no_band_leaves_more_to_people_than_it_may():
    rows, held_back = shaky()

    assert all(band.asked <= MOST_ASKED_SHARE for band in trade_off(rows, held_back))
    assert cheapest_band(rows, held_back, 32, most_asked_share=0.1).asked <= 0.1


def test_no_other_mix_in_the_sample_changes_the_choice_much():
    rows, held_back = shaky(complaints=400)
    few = [*range(0, 400, 4), *range(400, 1000)]
    thinned = {name: probabilities[few] for name, probabilities in held_back.items()}
    whole, thin = cheapest_band(rows, held_back, 8), cheapest_band([rows[at] for at in few], thinned, 8)

    assert whole.thresholds.complaint_high == pytest.approx(thin.thresholds.complaint_high, abs=0.1)
    assert whole.asked == pytest.approx(thin.asked, abs=0.05)


def test_a_band_chosen_for_rarer_complaints_would_lose_more_of_them():
    rows, held_back = shaky()
    often, seldom = (cheapest_band(rows, held_back, 8, natural_share=share) for share in (0.2, 0.01))

    assert seldom.missed > often.missed
    assert seldom.wrong < often.wrong


def test_the_cost_is_that_of_one_message():
    rows = [row("complaint", tag="xci")] * 10 + [row("other", tag="xci")] * 10
    says = ["complaint"] * 8 + ["other"] * 2 + ["complaint"] * 1 + [unsure()] * 3 + ["other"] * 6
    band = cheapest_band(rows, judged(rows, says), 8, natural_share=0.2, most_asked_share=1.0)

    assert band.cost == pytest.approx(0.2 * 8 * 0.2 + 0.8 * 0.1 + COST_OF_ASKING * 0.8 * 0.3)


def test_the_shipped_choice_is_the_one_for_the_shipped_cost():
    rows, held_back = shaky()

    assert choose_thresholds(rows, held_back) == cheapest_band(rows, held_back, 8).thresholds


def test_only_held_back_messages_to_brands_are_looked_at():
    rows, held_back = shaky()
    chosen = choose_thresholds(rows, held_back)
    more = [*rows, *[row("complaint", tag="cesamard")] * 300, *[row("complaint", tag="xci")] * 300]
    others = judged(more[len(rows) :], ["other"] * 300 + [None] * 300)
    both = {name: np.concatenate((held_back[name], others[name])) for name in held_back}

    assert choose_thresholds(more, both) == chosen


def test_without_messages_to_brands_there_still_are_thresholds():
    rows = [row("complaint", tag="cesamard")]

    assert choose_thresholds(rows, judged(rows, ["complaint"])).complaint_low < 0.5


def test_where_every_band_asks_too_often_the_one_that_asks_least_is_chosen():
    rows = [row("complaint", tag="xci"), row("other", tag="xci")]
    band = cheapest_band(rows, judged(rows, [unsure(), unsure()]), 8)

    assert band.asked == 1


def test_the_share_left_to_a_person_is_of_the_set_as_it_is_mixed():
    rows = [row("complaint", tag="xci")] * 4 + [row("other", tag="xci")]
    held_back = judged(rows, ["complaint", unsure(), "other", None, "other"])

    assert asked_share(rows, held_back, "xci", Thresholds(0.3, 0.7, 0.4, 0.15)) == (0.25, pytest.approx(1 / 3))
    assert asked_share(rows, held_back, "cesamard", Thresholds(0.3, 0.7, 0.4, 0.15)) == (0, 0)
