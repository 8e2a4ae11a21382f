import numpy as np
import pytest

from training.blending import GROUPS, centred_logits, fit_blend, group_of, held_back_probabilities, probabilities
from training.cascade import settled_alone, with_cascade
from training.presenting import decision_points, presented, presented_by_others, severity_steps
from training.questions import ANSWERS
from training.rows import Row

OUTPUTS = sum(len(answer.classes) for answer in ANSWERS)


def row(lang="en", **targets):
    return Row(forms=[], lang=lang, fold=0, is_dev=False, targets=targets)


def everything(chance, count):
    """Rows that answer every question at random."""
    return [
        row(("en", "tr", "bg", "de")[at % 4], **{one.question: _answer(one, chance) for one in ANSWERS})
        for at in range(count)
    ]


def _answer(answer, chance):
    return int(chance.random() < 0.5) if len(answer.classes) == 1 else str(chance.choice(answer.classes))


def uniform(count):
    return {one.name: np.full((count, len(one.classes)), 1 / max(2, len(one.classes))) for one in ANSWERS}


def test_centred_logits_are_those_of_the_folded_layer():
    chance = np.random.default_rng(1)
    logits = chance.normal(0, 2, (5, OUTPUTS))
    held_back, start, wanted = {}, 0, []
    for answer in ANSWERS:
        part = logits[:, start : start + len(answer.classes)]
        start += len(answer.classes)
        if part.shape[1] == 1:
            held_back[answer.name] = 1 / (1 + np.exp(-part))
        else:
            part = part - part.mean(axis=1, keepdims=True)
            held_back[answer.name] = np.exp(part) / np.exp(part).sum(axis=1, keepdims=True)
        wanted.append(part)

    assert centred_logits(held_back) == pytest.approx(np.hstack(wanted))


def test_the_blend_finds_the_input_that_knows():
    chance = np.random.default_rng(2)
    rows = everything(chance, 400)
    inputs = chance.normal(0, 1, (400, 3))
    inputs[:, 1] = [2.0 * one.targets["complaint"] - 1 for one in rows]

    found = held_back_probabilities(inputs, rows)["complaint"][:, 0]

    assert ((found > 0.5) == [one.targets["complaint"] == 1 for one in rows]).mean() > 0.98


def test_each_group_of_languages_trusts_what_is_right_in_it():
    chance = np.random.default_rng(3)
    rows = everything(chance, 1200)
    says = np.array([2.0 * one.targets["complaint"] - 1 for one in rows])
    is_english = np.array([one.lang == "en" for one in rows])
    inputs = np.column_stack([np.where(is_english, says, -says)])
    blend = fit_blend(inputs, rows)

    found = probabilities(blend, inputs, rows)["complaint"][:, 0]

    assert ((found > 0.5) == (says > 0)).all()
    assert set(blend.weights) == set(GROUPS)
    assert group_of("de") == "other"


def test_the_decision_point_is_where_yes_is_best_said():
    chance = np.random.default_rng(4)
    probability = chance.uniform(0, 1, (2000, 1))
    rows = [row(abuse=int(one > 0.38)) for one in probability[:, 0]]
    held_back = uniform(2000) | {"abuse": probability}

    points = decision_points(held_back, rows)

    assert points["en"]["abuse"] == pytest.approx(0.38, abs=0.02)
    assert points["tr"] == {}
    assert (presented(held_back, rows, points)["abuse"][:, 0] >= 0.5).mean() == pytest.approx(0.62, abs=0.03)


def test_few_texts_leave_the_point_at_one_half():
    held_back = uniform(50) | {"abuse": np.linspace(0, 1, 50)[:, None]}
    rows = [row(abuse=at % 2) for at in range(50)]

    assert decision_points(held_back, rows)["en"] == {}
    shown = presented_by_others(held_back, rows)
    assert shown["abuse"] == pytest.approx(held_back["abuse"])


def test_severity_steps_follow_the_texts():
    chance = np.random.default_rng(5)
    truth = chance.integers(1, 5, 1000)
    levels = np.zeros((1000, 5))
    levels[np.arange(1000), truth] = 0.5
    levels[:, 1] += 0.5
    rows = [row(severity=int(one)) for one in truth]

    low, middle, high = severity_steps(uniform(1000) | {"severity": levels}, rows)

    assert 1.0 < low <= 1.5 < middle <= 2.0 < high <= 2.5


def test_what_the_n_grams_are_sure_of_is_theirs_and_the_rest_is_the_blends():
    ngrams, blended = uniform(2), uniform(2)
    for name in ("complaint", "abuse", "spam", "lead"):
        ngrams[name] = np.array([[0.02], [0.02]])
    for name in ("label", "sentiment"):
        ngrams[name][:, 1:] = 0.0
        ngrams[name][:, 0] = [0.95, 0.55]

    alone = settled_alone(ngrams, [row(), row()])
    found = with_cascade(ngrams, blended, alone)

    assert alone.tolist() == [True, False]
    assert found["complaint"][:, 0].tolist() == [0.02, 0.5]
    assert not settled_alone(ngrams, [row("tr"), row("bg")]).any()
