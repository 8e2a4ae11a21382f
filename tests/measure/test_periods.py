from datetime import date

import pytest

from measure.periods import between, named
from models.errors import SetupError


@pytest.mark.parametrize(
    ("name", "start", "end", "before"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2025"),
        ("2026H1", date(2026, 1, 1), date(2026, 6, 30), "2025H2"),
        ("2026H2", date(2026, 7, 1), date(2026, 12, 31), "2026H1"),
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31), "2025Q4"),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31), "2026Q3"),
        ("2026-01", date(2026, 1, 1), date(2026, 1, 31), "2025-12"),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), "2028-01"),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), "2026-11"),
    ],
)
def test_a_named_period_has_its_days_and_the_one_before_has_its_name(
    name: str, start: date, end: date, before: str
) -> None:
    period = named(name)
    assert (period.start, period.end, period.before().name) == (start, end, before)
    assert period.before() == named(before)
    assert start in period and end in period and period.before().end not in period


@pytest.mark.parametrize("name", ["", "26", "2026H3", "2026Q0", "2026-13", "2026-1", "0000", "H1 2026"])
def test_another_name_is_refused_with_what_can_be_written(name: str) -> None:
    with pytest.raises(SetupError, match="2026H1"):
        named(name)


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(SetupError, match="swap"):
        between(date(2026, 2, 1), date(2026, 1, 1))
