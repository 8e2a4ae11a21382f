"""The control chart alarms on what is out of the ordinary, on both sides, and seldom on what is not."""

import random
from datetime import date, timedelta

import pytest

from measure.control_chart import (
    FALSE_ALARMS_PER_100_WEEKS,
    FALSE_ALARMS_WHERE_WEEKS_SCATTER,
    NEW_NORMAL_WEEKS,
    Counted,
    Signal,
    control_chart,
)

MONDAY = date(2026, 1, 5)
ALARMS = (Signal.HIGH, Signal.LOW)


def weeks(*counts: tuple[int, int]) -> list[Counted]:
    return [Counted(MONDAY + timedelta(weeks=number), hits, total) for number, (hits, total) in enumerate(counts)]


def drawn(chance: random.Random, share: float, size: int, scatter: float) -> tuple[int, int]:
    """A week of about so many cases; `scatter`: its variance, in times of that of pure chance."""
    total = max(5, round(chance.gauss(size, size / 5)))
    if scatter > 1:
        alike = (scatter - 1) / (total - 1)
        share = chance.betavariate(share * (1 / alike - 1), (1 - share) * (1 / alike - 1))
    return sum(chance.random() < share for _ in range(total)), total


def false_alarms(share: float, size: int, scatter: float, *, times: int) -> float:
    """Per 100 weeks in which nothing changed, against 26 before."""
    chance, found = random.Random(11), 0
    for _ in range(times):
        judged = control_chart(weeks(*(drawn(chance, share, size, scatter) for _ in range(27))))[-1]
        found += judged.signal in ALARMS
    return 100 * found / times


@pytest.mark.parametrize(("share", "size"), [(0.02, 100), (0.1, 30), (0.1, 200), (0.3, 60)])
def test_where_only_chance_is_at_work_false_alarms_are_as_rare_as_stated(share: float, size: int) -> None:
    assert false_alarms(share, size, 1, times=800) <= FALSE_ALARMS_PER_100_WEEKS


@pytest.mark.parametrize(("share", "size"), [(0.1, 100), (0.3, 60)])
def test_where_weeks_scatter_more_than_by_chance_the_limits_widen(share: float, size: int) -> None:
    assert false_alarms(share, size, 3, times=500) <= FALSE_ALARMS_WHERE_WEEKS_SCATTER


def test_a_jump_and_a_fall_are_both_told() -> None:
    steady = [(10, 100)] * 12
    assert control_chart(weeks(*steady, (30, 100)))[-1].signal is Signal.HIGH
    assert control_chart(weeks(*steady, (0, 100)))[-1].signal is Signal.LOW
    assert control_chart(weeks(*steady, (12, 100)))[-1].signal is Signal.NONE


def test_the_limits_hold_the_centre_and_are_wider_for_a_small_week() -> None:
    steady = [(10, 100)] * 12
    small, large = (control_chart(weeks(*steady, (1, size)))[-1] for size in (10, 1000))
    for one in (small, large):
        assert one.low is not None and one.high is not None and one.centre is not None
        assert 0 <= one.low <= one.centre <= one.high <= 1
    assert (small.high or 0) > (large.high or 0) and (small.low or 0) < (large.low or 0)


def test_too_few_weeks_too_few_cases_and_a_young_week_give_no_alarm() -> None:
    assert control_chart(weeks(*[(1, 100)] * 7, (90, 100)))[-1].signal is Signal.TOO_EARLY
    assert control_chart(weeks(*[(1, 100)] * 12, (4, 4)))[-1].signal is Signal.TOO_FEW
    young = Counted(MONDAY + timedelta(weeks=12), 90, 100, is_young=True)
    assert control_chart([*weeks(*[(1, 100)] * 12), young])[-1].signal is Signal.YOUNG


def test_an_alarm_does_not_widen_later_limits_until_it_is_the_new_normal() -> None:
    shifted = control_chart(weeks(*[(10, 100)] * 12, *[(40, 100)] * 14))
    assert [one.signal for one in shifted[12:16]] == [Signal.HIGH] * NEW_NORMAL_WEEKS
    assert shifted[16].signal is Signal.TOO_EARLY
    assert shifted[-1].signal is Signal.NONE and shifted[-1].centre == pytest.approx(0.4)


def test_weeks_without_a_case_are_shown_and_count_for_nothing() -> None:
    charted = control_chart(weeks(*[(10, 100)] * 12, (0, 0), (10, 100)))
    assert charted[12].week.share is None and charted[12].signal is Signal.TOO_FEW
    assert charted[13].signal is Signal.NONE
