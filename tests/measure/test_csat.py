"""Satisfaction figures, against a count by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from measure.csat import by_week, csat, monday_of
from models.follow_up import Survey

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SYDNEY = ZoneInfo("Australia/Sydney")


def survey(score: int | None, *, scale: int = 5, days: float = 0, number: int = 1) -> Survey:
    target = 4 if scale == 5 else 8
    return Survey(number, NOW - timedelta(days=days), scale, target, "telegram", "agnes", score=score)


def test_nothing_asked_gives_no_figure_and_no_certainty():
    figures = csat([])
    assert (figures.asked, figures.rated, figures.means, figures.low) == (0, 0, {}, 0)
    assert (figures.satisfied.low, figures.satisfied.high) == (0.0, 1.0)


def test_a_mean_is_of_one_scale_and_a_share_of_both():
    figures = csat([survey(5), survey(2), survey(None), survey(9, scale=10), survey(3, scale=10)])
    assert figures.means == {5: 3.5, 10: 6.0}
    assert (figures.satisfied.count, figures.satisfied.total) == (2, 4)
    assert (figures.response.count, figures.response.total) == (4, 5)
    assert figures.low == 2
    assert figures.by_score[5] == {1: 0, 2: 1, 3: 0, 4: 0, 5: 1}


def test_the_interval_of_a_few_ratings_is_wide():
    few, many = csat([survey(5)] * 4 + [survey(1)]), csat([survey(5)] * 400 + [survey(1)] * 100)
    assert few.satisfied.value == many.satisfied.value == 0.8
    assert few.satisfied.low < 0.4 < 0.75 < many.satisfied.low


def test_a_week_begins_on_monday_where_the_firm_is():
    late = survey(5, days=0)  # 22 November, a Sunday, 14:00 in Sydney
    next_day = Survey(2, datetime(2026, 11, 22, 13, 30, tzinfo=UTC), 5, 4, "x", None, score=1)  # Monday 00:30 there
    weeks = by_week([late, next_day], first=date(2026, 11, 10), last=date(2026, 11, 23), zone=SYDNEY)
    assert [(week.monday, week.figures.asked) for week in weeks] == [
        (date(2026, 11, 9), 0),
        (date(2026, 11, 16), 1),
        (date(2026, 11, 23), 1),
    ]


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(1, 5)), st.floats(0, 60)), max_size=60))
def test_weeks_add_up_to_the_whole(given_scores):
    surveys = [survey(score, days=days) for score, days in given_scores]
    first = (NOW - timedelta(days=61)).date()
    weeks = by_week(surveys, first=first, last=NOW.astimezone(SYDNEY).date(), zone=SYDNEY)
    whole = csat(surveys)
    assert sum(week.figures.asked for week in weeks) == whole.asked
    assert (
        sum(week.figures.low for week in weeks)
        == whole.low
        == sum(1 for score, _ in given_scores if score and score < 4)
    )
    assert all(week.monday == monday_of(week.monday) for week in weeks)
