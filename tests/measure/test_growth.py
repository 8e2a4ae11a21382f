import random
from math import exp

import pytest

from measure.growth import growth


def poisson(chance: random.Random, mean: float) -> int:
    """Knuth's way; small means only."""
    limit, product, count = exp(-mean), chance.random(), 0
    while product > limit:
        product, count = product * chance.random(), count + 1
    return count


def history(chance: random.Random, weekly: float, days: int) -> list[int]:
    return [poisson(chance, weekly / 7) for _ in range(days)]


def weeks_up_to(daily: list[int], day: int) -> list[int]:
    return [sum(daily[day - 7 * back - 7 : day - 7 * back]) for back in range(8, -1, -1)]


def alarms_in_a_year(chance: random.Random, weekly: float) -> int:
    """How often the warning goes on in a year of looking every day, where nothing changes."""
    daily = history(chance, weekly, 365 + 63)
    states = [growth(weeks_up_to(daily, day)).is_faster for day in range(63, len(daily))]
    return sum(on and not before for before, on in zip([False, *states], states, strict=False))


@pytest.mark.parametrize("weekly", [1, 4, 12])
def test_a_steady_history_raises_about_one_false_alarm_in_ten_years(weekly: float) -> None:
    chance, years = random.Random(11), 15
    assert sum(alarms_in_a_year(chance, weekly) for _ in range(years)) / years <= 0.4


@pytest.mark.parametrize(("weekly", "times", "noticed"), [(2, 5, 0.4), (5, 4, 0.75), (10, 3, 0.75)])
def test_a_real_growth_is_mostly_noticed_in_its_first_week(weekly: float, times: float, noticed: float) -> None:
    chance = random.Random(12)
    found = [
        growth([*(poisson(chance, weekly) for _ in range(8)), poisson(chance, weekly * times)]).is_faster
        for _ in range(300)
    ]
    assert sum(found) / 300 >= noticed


def test_without_a_past_five_people_in_a_week_are_a_warning_and_four_are_not() -> None:
    assert growth([0] * 8 + [5]).is_faster
    assert not growth([0] * 8 + [4]).is_faster
    assert growth([5]).is_faster


def test_one_old_peak_does_not_hide_a_new_one() -> None:
    assert growth([2, 2, 15, 2, 2, 2, 2, 2, 12]).is_faster


def test_uneven_weeks_have_to_be_exceeded_by_more() -> None:
    even, uneven = growth([5] * 8 + [14]), growth([0, 10, 1, 9, 0, 10, 0, 10, 14])
    assert even.chance < uneven.chance
    assert not uneven.is_faster


def test_a_slow_growth_is_left_to_the_trend() -> None:
    assert not growth([100] * 8 + [160]).is_faster
    assert growth([100] * 8 + [160]).chance < 0.001


def test_the_chance_is_that_of_the_rate_being_drawn_from_the_past() -> None:
    """Gamma with shape 40.5 and eight weeks; then Poisson: forty thousand times."""
    chance = random.Random(13)
    draws = [poisson(chance, chance.gammavariate(40.5, 1 / 8)) for _ in range(40_000)]
    expected = sum(one >= 9 for one in draws) / len(draws)
    assert growth([5] * 8 + [9]).chance == pytest.approx(expected, rel=0.06)


def test_no_weeks_say_nothing() -> None:
    assert not growth([]).is_faster
