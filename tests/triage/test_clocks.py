"""Vectors V1-V20 and edge cases are numbered as in the regulation notes the pack was written from."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clock import Force
from models.errors import RecordError, SetupError
from policy.loading import load_policy
from tests.triage.build import NSW, at_place
from triage.calendar import LIBRARY
from triage.clocks import ClockEvent, Standing, clock_states, clocks_as_json, day_zero, due_dates, earliest_dues

PLACES = [at_place(code) for code in NSW.regulation.places]
BEGUN = datetime(2021, 10, 6, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=6_500)).map(lambda after: BEGUN + after)
V1 = "2026-06-05T23:50:00+10:00"


def dues(received, policy=NSW, **options):
    received_at = datetime.fromisoformat(received) if isinstance(received, str) else received
    found = due_dates(policy, complaint_type="standard", received_at=received_at, **options)
    return {due.key: due for due in found}


def days(received, policy=NSW):
    return {key: due.on.isoformat() for key, due in dues(received, policy).items()}


def states(events, now, received=V1):
    log = [(kind, datetime.fromisoformat(at)) for kind, at in events]
    found = clock_states(tuple(dues(received).values()), log, datetime.fromisoformat(now))
    return {state.due.key: state for state in found}


def test_v1_friday_night_before_the_kings_birthday():
    assert days(V1) == {
        "acknowledge_24h": "2026-06-06",
        "acknowledge_1bd": "2026-06-09",
        "close_5bd": "2026-06-15",
        "respond": "2026-07-05",
        "respond_s36": "2026-07-06",
    }
    assert dues(V1)["acknowledge_24h"].at.isoformat() == "2026-06-06T23:50:00+10:00"
    assert dues(V1)["respond"].at.isoformat() == "2026-07-05T23:59:59+10:00"


@pytest.mark.parametrize("place", ["AU-QLD", "AU-WA"])
def test_v1q_the_same_instant_where_monday_is_no_holiday(place):
    found = days(V1, at_place(place))
    assert (found["acknowledge_1bd"], found["close_5bd"]) == ("2026-06-08", "2026-06-12")


@pytest.mark.parametrize(
    ("place", "local"),
    [("AU-NSW", "23:50"), ("AU-QLD", "23:50"), ("AU-SA", "23:20"), ("AU-WA", "21:50")],
)
def test_v2_day_zero_is_the_local_date_of_the_licensee(place, local):
    due = dues("2026-06-05T13:50:00Z", at_place(place))["respond"]
    assert f"2026-06-05T{local}" in due.steps[0]
    assert due.on == date(2026, 7, 5)


def test_v4_easter():
    found = days("2026-04-02T10:00:00+11:00")
    assert found["acknowledge_1bd"] == "2026-04-07"
    assert found["close_5bd"] == "2026-04-13"
    assert (found["respond"], found["respond_s36"]) == ("2026-05-02", "2026-05-04")


def test_v7_sunday_evening_counts_as_receipt_on_sunday():
    found = days("2026-05-10T20:00:00+10:00")
    assert (found["acknowledge_1bd"], found["close_5bd"]) == ("2026-05-11", "2026-05-15")
    assert (found["respond"], found["respond_s36"]) == ("2026-06-09", "2026-06-09")


def test_v9_the_last_day_of_the_year():
    found = days("2026-12-31T12:00:00+11:00")
    assert (found["respond"], found["respond_s36"]) == ("2027-01-30", "2027-02-01")


def test_v10_a_leap_year():
    assert days("2028-01-30T12:00:00+11:00")["respond"] == "2028-02-29"


def test_v19_the_hour_told_twice_keeps_its_order():
    first, second = dues("2026-04-04T15:30:00Z"), dues("2026-04-04T16:30:00Z")
    assert "2026-04-05T02:30:00+11:00" in first["respond"].steps[0]
    assert "2026-04-05T02:30:00+10:00" in second["respond"].steps[0]
    assert first["acknowledge_24h"].at < second["acknowledge_24h"].at
    assert first["respond"] == replace(second["respond"], steps=first["respond"].steps)


def test_v20_a_day_of_twenty_five_hours():
    assert dues("2026-04-04T12:00:00+11:00")["acknowledge_24h"].at.isoformat() == "2026-04-05T11:00:00+10:00"


def test_the_end_of_a_day_has_the_offset_of_that_day():
    assert dues("2026-03-06T12:00:00+11:00")["respond"].at.isoformat() == "2026-04-05T23:59:59+10:00"
    assert dues("2026-09-04T12:00:00+10:00")["respond"].at.isoformat() == "2026-10-04T23:59:59+11:00"


def test_where_midnight_itself_is_told_twice_the_last_instant_is_the_second_one():
    beirut = load_policy(pack="asic-rg271", house="house", place="AU-NSW", zone="Asia/Beirut")
    assert dues("2026-09-24T12:00:00+03:00", beirut)["respond"].at.isoformat() == "2026-10-24T23:59:59+02:00"


def test_edge_1_a_second_before_and_after_midnight_are_two_days():
    before, after = days("2026-06-02T23:59:59+10:00"), days("2026-06-03T00:00:00+10:00")
    assert (before["respond"], after["respond"]) == ("2026-07-02", "2026-07-03")


def test_edge_2_receipt_on_a_holiday_is_day_zero():
    found = days("2026-06-08T09:00:00+10:00")
    assert (found["acknowledge_1bd"], found["respond"]) == ("2026-06-09", "2026-07-08")


def test_edge_3_and_4_a_hand_over_or_another_channel_resets_nothing():
    public, private = dues(V1), dues("2026-06-20T09:00:00+10:00")
    assert earliest_dues(tuple(private.values()), tuple(public.values())) == tuple(public.values())


def test_edge_21_a_holiday_declared_late_moves_the_business_days_and_nothing_else():
    declared = load_policy(pack="asic-rg271", house="house", place="AU-NSW", extra_holidays=[date(2026, 6, 9)])
    found = days(V1, declared)
    assert (found["acknowledge_1bd"], found["close_5bd"], found["respond"]) == (
        "2026-06-10",
        "2026-06-16",
        "2026-07-05",
    )
    assert "2026-06-09 (extra holiday)" in dues(V1, declared)["acknowledge_1bd"].steps[1]


def test_edge_23_a_receipt_in_the_future_is_refused():
    with pytest.raises(RecordError, match="lies in the future"):
        dues(V1, now=datetime(2026, 6, 5, 13, 49, tzinfo=UTC))


def test_a_receipt_at_this_very_instant_is_not_in_the_future():
    assert dues(V1, now=datetime(2026, 6, 5, 13, 50, tzinfo=UTC)) == dues(V1)


def test_an_instant_without_zone_is_refused():
    with pytest.raises(RecordError, match="received 2026-06-05T23:50:00 has no time zone"):
        dues("2026-06-05T23:50:00")


@pytest.mark.parametrize("received", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:00:00+00:00"])
def test_a_date_nobody_can_count_from_is_refused(received):
    with pytest.raises(RecordError, match="is not a date that can be counted from"):
        dues(received)


def test_a_year_the_calendar_does_not_reach_is_refused():
    with pytest.raises(RecordError, match="knows no public holidays of AU-NSW in 2150"):
        dues("2150-06-05T12:00:00+10:00")


def test_before_the_guide_began_the_pack_refuses_to_guess():
    with pytest.raises(RecordError, match="no value of respond in force on 2021-10-04"):
        dues("2021-10-04T23:59:59+11:00")
    assert days("2021-10-05T00:00:00+11:00")["respond"] == "2021-11-04"


def test_an_unknown_type_lists_the_known_ones():
    with pytest.raises(SetupError, match="'parking' is unknown to pack asic-rg271 2021-09; known types: standard"):
        due_dates(NSW, complaint_type="parking", received_at=datetime(2026, 6, 5, tzinfo=UTC))


def test_acknowledgement_is_an_expectation_and_response_is_enforceable():
    force = {key: due.force for key, due in dues(V1).items()}
    assert force["acknowledge_24h"] is force["acknowledge_1bd"] is Force.EXPECTED
    assert force["respond"] is force["respond_s36"] is Force.ENFORCEABLE


def test_every_step_of_the_arithmetic_is_told():
    assert dues(V1)["acknowledge_1bd"].steps == (
        "received 2026-06-05T23:50:00+10:00 in Australia/Sydney, so day 0 is Friday 2026-06-05",
        "passed over: 2026-06-06 (Saturday), 2026-06-07 (Sunday), 2026-06-08 (King's Birthday)",
        f"business day 1 after day 0 in AU-NSW ({LIBRARY}) is Tuesday 2026-06-09",
        "last instant 2026-06-09T23:59:59+10:00",
    )


@given(received=INSTANTS, place=st.sampled_from(PLACES))
def test_no_clock_ends_before_receipt(received, place):
    assert all(due.at > received and due.on == due.at.date() for due in dues(received, place).values())


@given(received=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=40)), place=st.sampled_from(PLACES))
def test_a_later_receipt_never_has_an_earlier_clock(received, later, place):
    early, late = dues(received, place), dues(received + later, place)
    assert all(early[key].at <= late[key].at for key in early)


@given(received=INSTANTS, minutes=st.integers(-14 * 60, 14 * 60))
def test_the_zone_in_which_receipt_is_written_changes_nothing(received, minutes):
    assert dues(received) == dues(received.astimezone(timezone(timedelta(minutes=minutes))))


@given(received=INSTANTS, place=st.sampled_from(PLACES))
def test_the_rolled_date_is_never_earlier_and_always_a_working_day(received, place):
    found = dues(received, place)
    assert found["respond"].on <= found["respond_s36"].on
    assert found["respond_s36"].on.weekday() < 5


def test_the_json_is_the_contract():
    found = clocks_as_json(NSW, complaint_type="standard", received_at=datetime.fromisoformat("2026-06-05T13:50:00Z"))
    assert {key: found[key] for key in ("pack", "pack_version", "day_zero")} == {
        "pack": "asic-rg271",
        "pack_version": "2021-09",
        "day_zero": "2026-06-05",
    }
    respond = next(due for due in found["due"] if due["key"] == "respond")
    assert respond | {"steps": []} == {
        "key": "respond",
        "date": "2026-07-05",
        "at": "2026-07-05T23:59:59+10:00",
        "paragraph": "RG 271.56",
        "force": "enforceable",
        "steps": [],
    }
    assert list(found) == ["pack", "pack_version", "day_zero", "due"]


def test_with_events_the_json_says_how_each_clock_stands():
    events = [("acknowledged", datetime.fromisoformat("2026-06-06T09:00:00+10:00"))]
    found = clocks_as_json(NSW, complaint_type="standard", received_at=datetime.fromisoformat(V1), events=events)
    by_key = {due["key"]: due for due in found["due"]}
    assert by_key["acknowledge_24h"]["state"] == "met"
    assert by_key["acknowledge_24h"]["met_at"] == "2026-06-06T09:00:00+10:00"
    assert (by_key["respond"]["state"], by_key["respond"]["met_at"]) == ("running", None)


def test_a_receipt_and_an_event_still_to_come_can_be_worked_out():
    early = datetime(2026, 1, 1, tzinfo=UTC)
    events = [("responded", datetime.fromisoformat("2026-07-05T12:00:00+10:00"))]
    found = clocks_as_json(
        NSW, complaint_type="standard", received_at=datetime.fromisoformat(V1), now=early, events=events
    )
    assert {due["key"]: due["state"] for due in found["due"]} == {
        "acknowledge_24h": "late",
        "acknowledge_1bd": "late",
        "close_5bd": "late",
        "respond": "met",
        "respond_s36": "met",
    }


def test_day_zero_is_told_in_the_licensees_zone():
    assert day_zero(NSW, datetime.fromisoformat("2026-06-05T14:30:00Z")) == date(2026, 6, 6)


def test_nothing_done_yet_is_running():
    assert {state.standing for state in states([], V1).values()} == {Standing.RUNNING}


def test_an_acknowledgement_after_a_day_is_late_by_hours_and_met_by_business_day():
    found = states([("acknowledged", "2026-06-09T16:00:00+10:00")], "2026-06-10T00:00:00+10:00")
    assert found["acknowledge_24h"].standing is Standing.LATE
    assert found["acknowledge_1bd"].standing is Standing.MET
    assert not found["acknowledge_24h"].is_breach


def test_the_last_second_is_in_time_and_the_next_is_not():
    in_time = states([("responded", "2026-07-05T23:59:59.900+10:00")], "2026-07-09T00:00:00+10:00")
    late = states([("responded", "2026-07-06T00:00:00+10:00")], "2026-07-09T00:00:00+10:00")
    assert in_time["respond"].standing is Standing.MET
    assert (late["respond"].standing, late["respond_s36"].standing) == (Standing.LATE, Standing.MET)


def test_late_by_the_strict_date_is_a_breach_only_after_the_rolled_one():
    rolled = states([], "2026-07-06T12:00:00+10:00")
    assert rolled["respond"].standing is Standing.LATE
    assert not any(state.is_breach for state in rolled.values())
    after = states([], "2026-07-07T00:00:00+10:00")
    assert [key for key, state in after.items() if state.is_breach] == ["respond_s36"]


def test_edge_9_closing_within_five_business_days_ends_the_response_clock_and_a_minute_later_does_not():
    early = states([("closed", "2026-06-15T23:59:00+10:00")], "2026-08-01T00:00:00+10:00")
    late = states([("closed", "2026-06-16T00:01:00+10:00")], "2026-08-01T00:00:00+10:00")
    assert (early["close_5bd"].standing, early["respond"].standing) == (Standing.MET, Standing.MET)
    assert (late["close_5bd"].standing, late["respond_s36"].standing) == (Standing.LATE, Standing.LATE)
    assert not late["close_5bd"].is_breach
    assert late["respond_s36"].is_breach


def test_the_first_event_of_a_kind_counts_and_one_after_now_has_not_happened():
    events = [("acknowledged", "2026-06-08T09:00:00+10:00"), ("acknowledged", "2026-06-06T09:00:00+10:00")]
    assert states(events, "2026-06-09T00:00:00+10:00")["acknowledge_24h"].standing is Standing.MET
    assert states(events, "2026-06-06T08:00:00+10:00")["acknowledge_24h"].standing is Standing.RUNNING


def test_an_event_that_meets_no_clock_is_refused_with_the_known_ones():
    with pytest.raises(
        RecordError, match="event 'snoozed' meets no clock; known events: acknowledged, responded, closed"
    ):
        states([("snoozed", V1)], V1)


def test_an_event_without_zone_is_refused():
    with pytest.raises(RecordError, match="acknowledged 2026-06-06T09:00:00 has no time zone"):
        states([(ClockEvent.ACKNOWLEDGED, "2026-06-06T09:00:00")], V1)


@given(st.permutations([("acknowledged", 3), ("responded", 40), ("closed", 50), ("acknowledged", 90), ("closed", 300)]))
def test_the_order_in_which_events_are_read_changes_nothing(log):
    start = datetime.fromisoformat(V1)
    events = [(kind, start + timedelta(hours=hours)) for kind, hours in log]
    now = start + timedelta(days=60)
    found = clock_states(tuple(dues(V1).values()), events, now)
    assert found == clock_states(tuple(dues(V1).values()), sorted(events, key=lambda event: event[1]), now)
