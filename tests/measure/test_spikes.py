"""Spikes: found beside the series' own past, with a false alarm rate that is as it was asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from measure.hours_of_week import cells
from measure.spike_replay import make_up, quality, replay
from measure.spikes import (
    HOURS_OF_WEEK,
    LATE,
    WINDOWS,
    Hourly,
    Series,
    SpikeRule,
    calm,
    gathered,
    learn,
    look,
    weight_of,
)

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
RULE = SpikeRule(false_alarms_per_year=6.0, least_people=5, least_times=2.0)
NEWEST = LATE + max(WINDOWS)
WEEKS = 8


def past_of(rate: float, *, series: int = 3, seed: int = 1) -> Hourly:
    made = np.random.default_rng(seed)
    people = made.poisson(rate, (series, WEEKS * HOURS_OF_WEEK)).astype(float)
    return Hourly(tuple(Series(f"t{number}", "x") for number in range(series)), MONDAY, people, people.copy())


def newest(past: Hourly, people: list[float], weight: list[float] | None = None) -> tuple[Hourly, np.ndarray]:
    """Of the first series; the others are as quiet as usual."""
    counts = np.zeros((len(past.series), NEWEST))
    heard = np.zeros((len(past.series), NEWEST))
    counts[0, -len(people) :] = people
    heard[0, -len(people) :] = weight or people
    hourly = Hourly(past.series, MONDAY + timedelta(weeks=WEEKS), counts, heard)
    return hourly, cells(hourly.start, NEWEST, UTC)


def found(past: Hourly, people: list[float], weight: list[float] | None = None):
    baseline = learn(past, cells(past.start, past.hours, UTC), RULE)
    assert baseline is not None
    return look(baseline, *newest(past, people, weight), RULE)


def test_what_is_usual_is_no_spike_and_ten_times_as_much_is():
    past = past_of(4.0)
    assert found(past, [4, 6, 3, 7]) == []
    [spike] = found(past, [4, 5, 40])
    assert spike.series == Series("t0", "x")
    assert (spike.people, spike.hours) == (40, 1)
    assert spike.expected == pytest.approx(4.0, rel=0.25)
    assert spike.chance < 1e-6
    assert not spike.is_by_reach


def test_what_is_not_high_but_lasts_is_found_over_several_hours():
    past = past_of(4.0)
    assert found(past, [13]) == []
    [spike] = found(past, [13, 13, 13, 13])
    assert spike.hours == max(WINDOWS)
    assert spike.people == 52


def test_few_people_are_never_a_spike_however_rare_they_are():
    quiet = past_of(0.005)
    assert found(quiet, [4], [12.0]) == []
    assert found(quiet, [9])


def test_one_account_with_all_the_reach_there_is_makes_no_spike():
    assert weight_of(1.0, 3.0) == 3.0
    assert weight_of(None, 3.0) == 1.0
    assert weight_of(7.0, 3.0) == 3.0
    assert found(past_of(4.0), [5], [4 + weight_of(1.0, 3.0)]) == []


def test_a_run_of_posts_that_many_may_read_is_a_spike_before_their_number_is():
    past = past_of(4.0)
    assert found(past, [15]) == []
    [spike] = found(past, [15], [45.0])
    assert spike.is_by_reach


def test_the_hour_of_the_week_is_what_counts():
    slots = cells(MONDAY, WEEKS * HOURS_OF_WEEK, UTC)
    rates = np.where(slots % 24 == 9, 40.0, 1.0)
    people = np.random.default_rng(3).poisson(rates, (1, len(slots))).astype(float)
    past = Hourly((Series("t0", "x"),), MONDAY, people, people.copy())
    baseline = learn(past, slots, RULE)
    assert baseline is not None
    for hour, alarms in ((9, 0), (3, 1)):
        start = MONDAY + timedelta(weeks=WEEKS, hours=hour - NEWEST + 1)
        counts = np.zeros((1, NEWEST))
        counts[0, -1] = 40
        its = Hourly(past.series, start, counts, counts.copy())
        assert len(look(baseline, its, cells(start, NEWEST, UTC), RULE)) == alarms


def test_a_holiday_is_a_sunday():
    day = cells(MONDAY, 24, UTC, [MONDAY.date()])
    assert day.tolist() == cells(MONDAY + timedelta(days=6), 24, UTC).tolist()


def test_an_old_storm_does_not_hide_a_new_one():
    past = past_of(4.0)
    stormy = past.people.copy()
    at = 5 * HOURS_OF_WEEK - NEWEST
    stormy[0, at : at + 30] *= 12
    assert found(replace(past, people=stormy, weight=stormy.copy()), [4, 5, 40])


def test_looking_within_an_hour_never_raises_what_its_end_would_not():
    past = past_of(4.0)
    steps = [bool(found(past, [float(people)])) for people in range(41)]
    assert steps == sorted(steps)


def test_with_less_than_two_weeks_nothing_is_said():
    past = past_of(4.0).part(0, 2 * HOURS_OF_WEEK - 1)
    assert learn(past, cells(past.start, past.hours, UTC), RULE) is None


def test_a_series_is_calm_again_when_its_last_hours_are():
    past = past_of(4.0)
    baseline = learn(past, cells(past.start, past.hours, UTC), RULE)
    assert baseline is not None
    assert not calm(baseline, *newest(past, [40]))[0]
    assert calm(baseline, *newest(past, [40, 4, 4, 5, 3]))[0]


def test_rows_become_arrays_with_a_series_over_all_channels_where_there_are_several():
    rows = [
        (Series("outage", "x"), MONDAY, 2, 3.0),
        (Series("outage", "bluesky"), MONDAY + timedelta(hours=1), 1, 1.0),
        (Series("charge", "x"), MONDAY + timedelta(hours=5), 9, 9.0),
    ]
    hourly = gathered(rows, MONDAY, 3, every="*")
    place = {one: row for row, one in enumerate(hourly.series)}
    assert hourly.people[place[Series("outage", "*")]].tolist() == [2, 1, 0]
    assert Series("charge", "*") not in place
    assert hourly.people[place[Series("charge", "x")]].sum() == 0


def test_over_made_up_years_false_alarms_are_about_as_few_as_asked_for_and_large_spikes_are_found():
    """An alarm on the alarm: two years of twelve topics with rhythm, bursts, uneven days, holidays and growth."""
    made = [make_up(seed=seed, days=182 + 56, planted=(5.0, 10.0) * 8 if seed % 2 else ()) for seed in range(4)]
    told = quality(made, RULE)
    assert told.days == pytest.approx(4 * 182)
    low, _ = told.a_year_between
    assert low < RULE.false_alarms_per_year * 1.5
    shares = {times: hits / planted for times, planted, hits, _ in told.found}
    assert shares[10.0] >= 0.9
    assert shares[5.0] >= 0.6
    delays = {times: delay for times, _, _, delay in told.found}
    assert delays[10.0] is not None and delays[10.0] <= 3


def test_allowing_more_false_alarms_gives_more_alarms():
    made = make_up(seed=4, days=56 + 90, series=8)
    strict = replay(made.hourly, SpikeRule(0.5, 5, 2.0), quiet_days=made.quiet_days)
    loose = replay(made.hourly, SpikeRule(400.0, 5, 2.0), quiet_days=made.quiet_days)
    assert len(strict.alarms) < len(loose.alarms)
    assert strict.days == loose.days == 90
