"""What the steps of the arithmetic say, and edges that no date alone shows."""

from datetime import UTC, date, datetime

import pytest

from models.errors import RecordError
from policy.loading import load_policy
from tests.triage.build import NSW
from tests.triage.clock_build import SYDNEY, clocks, dues, event
from triage.calendar import calendars_of
from triage.clocks import day_zero
from triage.counting import Start, count
from triage.stops import Span, Stops

START = Start(datetime(2026, 6, 5, 12, 0, tzinfo=SYDNEY), SYDNEY, ())
ROWS = {row.key: row for row in NSW.regulation.clocks_for("standard", START.day_zero)}
FIVE_BUSINESS_DAYS, THIRTY_DAYS = ROWS["close_5bd"], ROWS["respond"]
CALENDARS = calendars_of(NSW)


def in_queensland(*excluded: date):
    return load_policy(pack="asic-rg271", house="house", place="AU-QLD", excluded_holidays=excluded)


def steps_of(received, policy):
    return " | ".join(dues(received, policy)["close_5bd"].steps)


SHOW, LABOUR_DAY, NEW_YEAR = date(2026, 8, 12), date(2026, 10, 5), date(2026, 1, 1)


@pytest.mark.parametrize("received", ["2026-08-12", "2026-09-01"])
def test_an_excluded_day_on_day_zero_or_outside_the_count_is_not_told(received):
    assert "counted as working days" not in steps_of(received, in_queensland(SHOW, LABOUR_DAY, NEW_YEAR))


def test_several_excluded_days_are_told_in_one_step_in_their_order():
    christmas, boxing = date(2026, 12, 25), date(2026, 12, 28)
    said = steps_of("2026-12-23", in_queensland(boxing, christmas))
    assert f"counted as working days though listed: {christmas} (Christmas Day), {boxing} (" in said


def test_of_places_with_the_same_date_the_first_named_is_told_as_the_strictest():
    policy = load_policy(
        pack="asic-rg271", house="house", place="AU-NSW", strictest=True, strictest_places=["AU-VIC", "AU-ACT"]
    )
    first = policy.strictest_of[0].code
    assert f"the strictest of {len(policy.strictest_of)} places is {first}:" in steps_of("2026-09-01", policy)
    assert first != min(place.code for place in policy.strictest_of)


def test_a_stop_that_began_after_the_limit_is_not_told():
    later = Stops((Span(date(2026, 7, 20), date(2026, 7, 22), "court_advice_sought"),))
    limit = count(THIRTY_DAYS, 30, START, CALENDARS, later)
    assert limit.at is not None and limit.at.date() == date(2026, 7, 5)
    assert not any("not counted:" in step for step in limit.steps)


def test_a_business_day_clock_that_stands_still_tells_the_stops_that_ended_too():
    over = Span(date(2026, 6, 9), date(2026, 6, 10), "beneficiary_proceedings_started")
    open_one = Span(date(2026, 6, 11), None, "court_advice_sought")
    limit = count(FIVE_BUSINESS_DAYS, 5, START, CALENDARS, Stops((over, open_one)))
    assert (limit.at, limit.left, limit.stop) == (None, 4, open_one)
    assert limit.steps == (f"not counted: {over}", "stands still: court_advice_sought on 2026-06-11; 4 left")


def test_of_two_stops_of_one_day_the_one_that_ended_is_told_where_the_other_holds():
    over = Span(date(2026, 6, 9), date(2026, 6, 12), "beneficiary_proceedings_started")
    open_one = Span(date(2026, 6, 9), None, "court_advice_sought")
    limit = count(THIRTY_DAYS, 30, START, CALENDARS, Stops((over, open_one)))
    assert limit.steps[0] == f"not counted: {over}" and limit.left == 27


def test_a_former_type_is_told_by_local_dates_too():
    """Eight in the morning of Sydney is the day before in UTC."""
    found = clocks(
        "2026-06-01",
        event("court_advice_sought", "2026-06-10T08:00:00"),
        event("court_advice_given", "2026-06-15T08:00:00"),
        event("retyped", "2026-06-20", from_type="traditional_trustee"),
    )
    [former] = found.history
    respond = next(state.due for state in former.states if state.due.key == "respond")
    assert respond.on == date(2026, 7, 21)
    assert any("court_advice_sought on 2026-06-10, restarted on 2026-06-15" in step for step in respond.steps)


def test_the_last_day_that_can_be_counted_from_is_the_one_before_the_year_nine_thousand():
    assert day_zero(NSW, datetime(8999, 12, 31, 12, 0, tzinfo=UTC)) == date(8999, 12, 31)
    with pytest.raises(RecordError, match="not a date that can be counted from"):
        day_zero(NSW, datetime(9000, 1, 1, 0, 0, tzinfo=UTC))
