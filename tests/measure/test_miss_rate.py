import random
from math import comb

import pytest

from measure.miss_rate import Stratum, miss_rate, miss_rates
from measure.shares import share

ENDLESS = 10**12


def stratum(population: int, reviewed: int, missed: int, *, label: str = "spam", channel: str = "x") -> Stratum:
    return Stratum("2026-W23", label, channel, population, reviewed, missed)


@pytest.mark.parametrize(("missed", "reviewed"), [(0, 10), (1, 100), (7, 20), (20, 20), (3, 4000)])
def test_one_stratum_of_an_endless_population_has_wilsons_interval(missed: int, reviewed: int) -> None:
    found, known = miss_rate("all", [stratum(ENDLESS, reviewed, missed)]), share(missed, reviewed)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-6)
    assert found.value == missed / reviewed


def test_known_values_of_wilsons_interval() -> None:
    found = miss_rate("all", [stratum(ENDLESS, 10, 0)])
    assert (found.low, found.high) == pytest.approx((0.0, 0.27753), abs=1e-4)
    found = miss_rate("all", [stratum(ENDLESS, 100, 1)])
    assert (found.low, found.high) == pytest.approx((0.00177, 0.05449), abs=1e-4)


def test_each_stratum_counts_by_its_population() -> None:
    found = miss_rate("all", [stratum(9000, 100, 1), stratum(1000, 100, 50, label="other")])
    assert found.value == pytest.approx(0.9 * 0.01 + 0.1 * 0.5)
    assert found.expected == pytest.approx(590)
    assert found.low < found.value < found.high


def test_one_population_cut_into_equal_strata_without_a_miss_has_about_the_interval_of_the_whole() -> None:
    whole = miss_rate("all", [stratum(ENDLESS, 100, 0)])
    parts = miss_rate("all", [stratum(ENDLESS, 10, 0, channel=str(number)) for number in range(10)])
    assert parts.high == pytest.approx(whole.high, rel=0.01)


def test_what_was_reviewed_wholly_is_known() -> None:
    found = miss_rate("all", [stratum(40, 40, 3)])
    assert (found.low, found.value, found.high) == pytest.approx((0.075, 0.075, 0.075))


def test_reviewing_half_of_a_small_population_says_more_than_the_same_verdicts_on_a_large_one() -> None:
    small, large = (miss_rate("all", [stratum(size, 20, 2)]) for size in (40, ENDLESS))
    assert large.low < small.low < 0.1 < small.high < large.high


def test_a_stratum_without_a_verdict_may_hold_anything() -> None:
    found = miss_rate("all", [stratum(500, 50, 0), stratum(500, 0, 0, label="abuse")])
    assert found.value == 0.0 and found.low == 0.0
    assert 0.5 < found.high < 0.6


def test_before_the_first_verdict_nothing_is_known() -> None:
    found = miss_rates([stratum(500, 0, 0)])
    assert (found.overall.value, found.overall.low, found.overall.high) == (None, 0.0, 1.0)
    assert found.strata[0][1].high == 1.0
    assert miss_rates([]).overall.value is None


def test_labels_and_channels_are_told_apart() -> None:
    found = miss_rates([stratum(500, 50, 0), stratum(300, 50, 5, label="abuse", channel="email")])
    assert [(one.name, one.missed) for one in found.by_label] == [("abuse", 5), ("spam", 0)]
    assert [(one.name, one.missed) for one in found.by_channel] == [("email", 5), ("x", 0)]


DESIGNS = {
    "by size": ((2000, 600, 200), (70, 20, 10)),
    "as many of each": ((2000, 600, 200), (30, 30, 30)),
    "at least five of each": ((8000, 100, 60), (90, 5, 5)),
}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("weeks", [1, 12])
@pytest.mark.parametrize(
    "rates", [(0.002, 0.01, 0.03), (0.0, 0.0, 0.05), (0.05, 0.1, 0.2), (0.01, 0.01, 0.01), (0.03, 0.01, 0.0)]
)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(
    rates: tuple[float, ...], weeks: int, design: str
) -> None:
    """Three strata a week, one week and a quarter of a year; 800 times."""
    chance, (sizes, drawn) = random.Random(5), DESIGNS[design]
    hidden = [round(size * rate) for size, rate in zip(sizes, rates, strict=True)]
    truth, held = sum(hidden) / sum(sizes), 0
    for _ in range(800):
        strata = [
            stratum(size, count, sum(one < missed for one in chance.sample(range(size), count)), label=f"{size}")
            for _ in range(weeks)
            for size, missed, count in zip(sizes, hidden, drawn, strict=True)
        ]
        found = miss_rate("all", strata)
        held += found.low <= truth <= found.high
    assert held / 800 > 0.91


@pytest.mark.parametrize(("population", "reviewed", "missed"), [(30, 12, 2), (100, 40, 1)])
def test_the_bound_of_a_finite_population_agrees_with_counting_all_ways_to_draw(
    population: int, reviewed: int, missed: int
) -> None:
    """At the upper bound, so few missed or fewer are drawn about once in forty times (one in 200 to one in 12)."""
    found = miss_rate("all", [stratum(population, reviewed, missed)])
    hidden = round(found.high * population)
    ways = sum(comb(hidden, k) * comb(population - hidden, reviewed - k) for k in range(missed + 1))
    assert 1 / 200 < ways / comb(population, reviewed) < 1 / 12
