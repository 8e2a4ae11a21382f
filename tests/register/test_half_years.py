"""Reporting periods and their windows."""

from datetime import UTC, date, datetime

import pytest

from models.errors import SetupError
from register.half_years import HalfYear, half_year, half_year_between, half_year_of
from tests.register.lives import SYDNEY


@pytest.mark.parametrize(
    ("name", "start", "end", "window"),
    [
        ("2026H1", date(2026, 1, 1), date(2026, 6, 30), (date(2026, 7, 1), date(2026, 8, 31))),
        ("2027H2", date(2027, 7, 1), date(2027, 12, 31), (date(2028, 1, 1), date(2028, 2, 29))),
        ("2026H2", date(2026, 7, 1), date(2026, 12, 31), (date(2027, 1, 1), date(2027, 2, 28))),
    ],
)
def test_vector_v24_a_period_is_lodged_in_the_two_months_after_it(name, start, end, window):
    period = half_year(name)
    assert (period.name, period.start, period.end, period.window) == (name, start, end, window)


def test_a_period_ends_at_midnight_of_the_licensees_zone():
    assert half_year("2026H1").ends_at(SYDNEY).astimezone(UTC) == datetime(2026, 6, 30, 14, tzinfo=UTC)
    assert half_year("2026H2").ends_at(SYDNEY).astimezone(UTC) == datetime(2026, 12, 31, 13, tzinfo=UTC)


def test_every_day_is_in_one_period():
    assert half_year_of(date(2026, 6, 30)) == HalfYear(2026, 1)
    assert half_year_of(date(2026, 7, 1)) == HalfYear(2026, 2) == HalfYear(2026, 1).next()


@pytest.mark.parametrize("name", ["2026", "2026H3", "26H1", "2026h1", "1999H1"])
def test_what_is_no_half_year_is_refused(name):
    with pytest.raises(SetupError, match=f"'{name}'"):
        half_year(name)


def test_two_days_are_a_period_or_are_refused():
    assert half_year_between(date(2026, 1, 1), date(2026, 6, 30)).name == "2026H1"
    for start, end in [(date(2026, 1, 1), date(2026, 7, 30)), (date(2026, 1, 1), None), (None, None)]:
        with pytest.raises(SetupError, match="no reporting period"):
            half_year_between(start, end)
