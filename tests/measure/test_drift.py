import random
from math import log

import pytest

from measure.drift import ALARM_FROM, LEAST_MESSAGES, Level, drift, stability_index, worst
from models import SCORE_STEPS, ScoreCounts


def counts(scores: list[float], *, lang: str = "en", channel: str = "x", unsure: int = 0) -> ScoreCounts:
    steps = [0] * SCORE_STEPS
    for score in scores:
        steps[int(score * SCORE_STEPS)] += 1
    return ScoreCounts(lang, channel, tuple(steps), unsure)


def scores(count: int, *, complaints: float, seed: int = 1) -> list[float]:
    """As a classifier gives them: most near 0, some near 1."""
    chance = random.Random(seed)
    return [
        chance.betavariate(8, 1) if chance.random() < complaints else chance.betavariate(1, 8) for _ in range(count)
    ]


def test_the_same_scores_have_an_index_of_nothing() -> None:
    steps = counts(scores(2000, complaints=0.2)).steps
    assert stability_index(steps, steps) == 0.0


def test_the_index_is_that_of_its_definition() -> None:
    before, now = [50, 50] + [0] * 48, [80, 20] + [0] * 48
    assert stability_index(before, now) == pytest.approx(0.3 * log(0.8 / 0.5) - 0.3 * log(0.2 / 0.5), rel=0.03)


def test_one_score_that_holds_nearly_everything_is_one_part() -> None:
    before = [960, 10, 10, 10, 10] + [0] * 45
    assert 0 < stability_index(before, [900, 25, 25, 25, 25] + [0] * 45) < 0.1


@pytest.mark.parametrize("seed", range(20))
def test_chance_alone_raises_no_alarm_where_there_are_just_enough_messages(seed: int) -> None:
    before = counts(scores(LEAST_MESSAGES, complaints=0.2, seed=seed), unsure=50)
    now = counts(scores(LEAST_MESSAGES, complaints=0.2, seed=seed + 100), unsure=55)
    assert worst(drift([before], [now])) is Level.STEADY


def test_a_channel_that_fills_with_complaints_raises_an_alarm_and_the_others_do_not() -> None:
    before = [counts(scores(2000, complaints=0.1), channel=name) for name in ("x", "email")]
    now = [
        counts(scores(2000, complaints=0.1, seed=2), channel="email"),
        counts(scores(2000, complaints=0.5, seed=3), channel="x"),
    ]
    found = {one.name: one for one in drift(before, now)}
    assert found["en on x"].level is Level.ALARM
    assert found["en on x"].stability_index > ALARM_FROM
    assert "complaint scores moved" in found["en on x"].why[0]
    assert found["en on email"].level is Level.STEADY


@pytest.mark.parametrize(("unsure", "level"), [(105, Level.STEADY), (170, Level.WATCH), (260, Level.ALARM)])
def test_more_left_to_people_is_noticed_by_how_much_more(unsure: int, level: Level) -> None:
    same = scores(2000, complaints=0.2)
    found = drift([counts(same, unsure=100)], [counts(same, unsure=unsure)])
    assert {one.level for one in found} == {level}


def test_too_few_messages_say_nothing() -> None:
    before, now = counts(scores(2000, complaints=0.1)), counts(scores(LEAST_MESSAGES - 1, complaints=0.9))
    assert {one.level for one in drift([before], [now])} == {Level.UNKNOWN}


def test_a_language_that_is_new_or_gone_is_unknown_and_counts_in_all() -> None:
    before = [counts(scores(2000, complaints=0.1)), counts(scores(600, complaints=0.1), lang="tr")]
    now = [counts(scores(2000, complaints=0.1)), counts(scores(600, complaints=0.1), lang="bg")]
    found = {one.name: one.level for one in drift(before, now)}
    assert found["tr on x"] is found["bg on x"] is Level.UNKNOWN
    assert found["all on all"] is Level.STEADY


def test_nothing_at_all_is_unknown() -> None:
    assert worst(drift([], [])) is Level.UNKNOWN
