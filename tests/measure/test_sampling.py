from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from measure.sampling import LEAST, allocate, monday_in, monday_of, rank, week_of

POPULATIONS = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 5000), max_size=12)


@given(POPULATIONS, st.integers(0, 400))
def test_each_stratum_gives_its_least_and_never_more_than_it_has(populations: dict[str, int], size: int) -> None:
    drawn = allocate(populations, size)
    least = sum(min(count, LEAST) for count in populations.values())
    assert sum(drawn.values()) == min(max(size, least), sum(populations.values()))
    assert all(min(count, LEAST) <= drawn[key] <= count for key, count in populations.items())


def test_the_rest_goes_by_size() -> None:
    drawn = allocate({"spam": 9000, "praise": 900, "abuse": 90, "rare": 3}, 100)
    assert drawn == {"spam": 79, "praise": 12, "abuse": 6, "rare": 3} and sum(drawn.values()) == 100


def test_the_draw_is_the_same_for_everybody_and_another_each_week() -> None:
    ids = [f"m{number}" for number in range(1000)]
    first, again, next_week = (
        sorted(ids, key=lambda one: rank(week, one))[:50] for week in ("2026-W23",) * 2 + ("2026-W24",)
    )
    assert first == again
    assert len(set(first) & set(next_week)) < 15


def test_every_message_has_the_same_chance() -> None:
    drawn = [sorted(range(50), key=lambda one: rank(str(week), f"m{one}"))[:10] for week in range(2000)]
    times = [sum(one in week for week in drawn) for one in range(50)]
    assert 320 < min(times) and max(times) < 480


def test_weeks_are_those_of_the_iso_calendar() -> None:
    assert [week_of(day) for day in (date(2026, 6, 7), date(2026, 6, 8), date(2027, 1, 3))] == [
        "2026-W23",
        "2026-W24",
        "2026-W53",
    ]
    assert monday_in("2026-W53") == monday_of(date(2027, 1, 3)) == date(2026, 12, 28)
