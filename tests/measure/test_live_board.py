from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measure.live_board import AGES, DEFINITIONS, draw, every_few, hours, spread, spreads, stretches, week_of

SYDNEY = ZoneInfo("Australia/Sydney")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
NOW = datetime(2026, 11, 11, 3, 20, tzinfo=UTC)


def test_nothing_counted_has_no_median_rather_than_a_median_of_zero():
    found = spread([])
    assert (found.count, found.median, found.p90) == (0, None, None)


@pytest.mark.parametrize(
    ("seconds", "median", "p90"),
    [([7], 7, 7), ([1, 3], 2, 3), ([5, 1, 3], 3, 5), (list(range(1, 11)), 5.5, 9), (list(range(1, 101)), 50.5, 90)],
)
def test_the_median_lies_in_the_middle_and_nine_of_ten_took_no_longer_than_the_90_percent_value(seconds, median, p90):
    found = spread(seconds)
    assert (found.count, found.median, found.p90) == (len(seconds), median, p90)


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_at_least_nine_of_ten_lie_at_or_below_the_90_percent_value_and_it_was_observed(seconds):
    found = spread(seconds)
    assert found.p90 in seconds
    assert sum(each <= found.p90 for each in seconds) >= 0.9 * len(seconds)
    assert found.median <= found.p90


def test_an_answer_before_the_message_counts_as_no_time_at_all():
    assert spread([-5]).median == 0


def test_today_begins_at_midnight_of_the_firm_and_not_of_london():
    today, week, month = stretches(NOW, SYDNEY)
    assert today.since == datetime(2026, 11, 11, tzinfo=SYDNEY) == datetime(2026, 11, 10, 13, tzinfo=UTC)
    assert week.since == datetime(2026, 11, 5, tzinfo=SYDNEY)
    assert month.since == datetime(2026, 10, 15, tzinfo=SYDNEY)


def test_a_stretch_over_the_change_of_the_clocks_still_begins_at_midnight():
    after_the_change = datetime(2026, 10, 6, 2, tzinfo=UTC)
    week = stretches(after_the_change, SYDNEY)[1]
    assert (week.since.astimezone(UTC).hour, week.since.hour) == (14, 0)
    assert stretches(after_the_change, SYDNEY)[0].since.astimezone(UTC).hour == 13


def test_the_week_begins_on_monday_in_the_firm_s_zone():
    sunday_there = datetime(2026, 11, 8, 12, tzinfo=UTC)
    monday_there = datetime(2026, 11, 8, 13, tzinfo=UTC)
    assert week_of(sunday_there, SYDNEY) == datetime(2026, 11, 2, tzinfo=SYDNEY)
    assert week_of(monday_there, SYDNEY) == datetime(2026, 11, 9, tzinfo=SYDNEY)


def test_hours_begin_on_the_hour_as_the_firm_reads_it_even_where_its_zone_is_a_quarter_off():
    began = hours(NOW, KATHMANDU)
    assert len(began) == 24
    assert {at.astimezone(KATHMANDU).minute for at in began} == {0}
    assert began[-1] <= NOW < began[-1] + timedelta(hours=1)
    assert {later - earlier for earlier, later in zip(began, began[1:], strict=False)} == {timedelta(hours=1)}


def test_only_what_ended_within_a_stretch_counts_in_it():
    over = stretches(NOW, SYDNEY)
    took = [(over[0].since - timedelta(hours=9), over[0].since), (over[1].since, over[1].since + timedelta(hours=1))]
    assert [found.count for _, found in spreads(took, over)] == [1, 2, 2]


def test_the_sample_is_the_same_for_everybody_another_one_each_week_and_turn_and_has_no_favourites():
    week = week_of(NOW, SYDNEY)
    ids = list(range(1, 201))
    first = draw(ids, week=week)
    assert first == draw(reversed(ids), week=week)
    assert len(set(first)) == 10
    assert first != draw(ids, week=week, turn=1) != draw(ids, week=week - timedelta(days=7))
    drawn = [each for turn in range(400) for each in draw(ids, week=week, turn=turn)]
    counts = [drawn.count(each) for each in ids]
    assert 0 < min(counts)
    assert max(counts) < 50  # 20 are to be expected of each


def test_a_sample_of_few_is_all_of_them():
    assert sorted(draw([3, 1, 2], week=week_of(NOW, SYDNEY))) == [1, 2, 3]


@pytest.mark.parametrize(("count", "step", "taken"), [(0, 1, 0), (5, 1, 5), (6, 2, 3), (1001, 201, 5)])
def test_of_very_many_every_few_are_measured_spread_over_all(count, step, taken):
    found, some = every_few(list(range(count)), most=5)
    assert (found, len(some)) == (step, taken)


def test_ages_follow_each_other_from_nothing_on():
    starts = [start for _, start in AGES]
    assert starts[0] == timedelta(0)
    assert starts == sorted(set(starts))


def test_every_definition_is_a_sentence():
    assert all(text.endswith(".") and text[0].isupper() for text in DEFINITIONS.values())
