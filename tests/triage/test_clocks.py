"""What holds for every clock of every pack. Vectors, edge cases and properties are in the files beside this one."""

from datetime import UTC, date, datetime

import pytest

from models.clock import Force
from models.errors import RecordError, SetupError
from policy.loading import load_policy
from tests.triage.build import NSW
from tests.triage.clock_build import SYDNEY, V1, clocks, days, dues, event, instant, standings
from triage.calendar import LIBRARY
from triage.clock_facts import ClockFact
from triage.clocks import clocks_of, day_zero, due_dates, earliest_dues


def test_the_end_of_a_day_has_the_offset_of_that_day():
    assert dues("2026-03-06T12:00:00+11:00")["respond"].at.isoformat() == "2026-04-05T23:59:59+10:00"
    assert dues("2026-09-04T12:00:00+10:00")["respond"].at.isoformat() == "2026-10-04T23:59:59+11:00"


def test_where_midnight_itself_is_told_twice_the_last_instant_is_the_second_one():
    beirut = load_policy(pack="asic-rg271", house="house", place="AU-NSW", zone="Asia/Beirut")
    assert dues("2026-09-24T12:00:00+03:00", beirut)["respond"].at.isoformat() == "2026-10-24T23:59:59+02:00"


def test_an_instant_without_zone_is_refused():
    with pytest.raises(RecordError, match="received 2026-06-05T23:50:00 has no time zone"):
        due_dates(NSW, complaint_type="standard", received_at=datetime(2026, 6, 5, 23, 50))  # noqa: DTZ001
    with pytest.raises(RecordError, match="acknowledged 2026-06-06T09:00:00 has no time zone"):
        clocks(V1, ClockFact("acknowledged", datetime(2026, 6, 6, 9)))  # noqa: DTZ001
    with pytest.raises(RecordError, match="now 2026-06-06T09:00:00 has no time zone"):
        due_dates(NSW, complaint_type="standard", received_at=instant(V1), now=datetime(2026, 6, 6, 9))  # noqa: DTZ001


@pytest.mark.parametrize("received", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:00:00+00:00"])
def test_a_date_nobody_can_count_from_is_refused(received):
    with pytest.raises(RecordError, match="is not a date that can be counted from"):
        dues(received)


def test_a_year_the_calendar_does_not_reach_is_refused():
    with pytest.raises(RecordError, match="knows no public holidays of AU-NSW in 2150"):
        dues("2150-06-05T12:00:00+10:00")


def test_before_the_guide_began_the_pack_refuses_to_guess():
    with pytest.raises(RecordError, match="no value of respond in force on 2021-10-04; pack asic-rg271 2021-09 has"):
        dues("2021-10-04T23:59:59+11:00")
    assert days("2021-10-05T00:00:00+11:00")["respond"] == "2021-11-04"


def test_an_unknown_type_lists_the_known_ones():
    with pytest.raises(SetupError, match="'parking' is unknown to pack asic-rg271 2021-09; known types: standard, "):
        due_dates(NSW, complaint_type="parking", received_at=datetime(2026, 6, 5, tzinfo=UTC))
    with pytest.raises(SetupError, match="'parking' is unknown"):
        clocks(V1, types=["standard", "parking"])
    with pytest.raises(SetupError, match="no complaint type is given; known types: standard"):
        clocks(V1, types=[])


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
    assert dues(V1)["respond_s36"].steps[1:] == (
        "day 0 is not counted; 30 calendar days after it is Sunday 2026-07-05",
        "passed over: 2026-07-05 (Sunday)",
        f"rolled forward in AU-NSW ({LIBRARY}) to Monday 2026-07-06",
        "last instant 2026-07-06T23:59:59+10:00",
    )
    assert dues(V1)["acknowledge_24h"].steps[1] == "24 hours of elapsed time, counted in UTC"


def test_a_chain_of_clocks_tells_the_steps_of_each():
    notice = event("proposal_notice_received", "2026-03-02")
    steps = (
        clocks("2026-03-10", notice, types="death_benefit_objection")
        .candidates["respond"]["death_benefit_objection"]
        .steps
    )
    assert steps == (
        "proposal_notice_received 2026-03-02T12:00:00+11:00 in Australia/Sydney, so day 0 is Monday 2026-03-02",
        "day 0 is not counted; 28 calendar days after it is Monday 2026-03-30",
        "last instant 2026-03-30T23:59:59+11:00",
        "objection_period ends on Monday 2026-03-30, which is day 0",
        "day 0 is not counted; 90 calendar days after it is Sunday 2026-06-28",
        "last instant 2026-06-28T23:59:59+10:00",
    )


def test_an_excluded_day_that_was_counted_is_told():
    cairns = load_policy(
        pack="asic-rg271", house="house", place="AU-QLD", excluded_holidays=[date(2026, 8, 12), date(2026, 8, 13)]
    )
    steps = dues("2026-08-11T12:00:00+10:00", cairns)["acknowledge_1bd"].steps
    assert steps[1].startswith("counted as working days though listed: 2026-08-12 (")
    assert "2026-08-13" not in steps[1]
    rolled = dues("2026-07-13T12:00:00+10:00", cairns)["respond_s36"]
    assert rolled.on == date(2026, 8, 12)
    assert rolled.steps[2].startswith("counted as working days though listed: 2026-08-12 (")


def test_day_zero_is_told_in_the_licensees_zone():
    assert day_zero(NSW, datetime.fromisoformat("2026-06-05T14:30:00Z")) == date(2026, 6, 6)
    assert clocks("2026-06-05T14:30:00+00:00").day_zero == date(2026, 6, 6)


def test_of_equal_receipts_one_is_kept_and_of_two_the_earlier():
    one, other = tuple(dues(V1).values()), tuple(dues("2026-06-05T20:00:00+10:00").values())
    assert earliest_dues(one, one) == one
    assert earliest_dues(one, other) == earliest_dues(other, one)
    assert {due.steps[0][:30] for due in earliest_dues(one, other)} == {"received 2026-06-05T20:00:00+1"}
    assert earliest_dues() == ()


def test_nothing_done_yet_is_running():
    assert set(standings(V1).values()) == {"running"}


def test_an_acknowledgement_after_a_day_is_late_by_hours_and_met_by_business_day():
    found = standings(V1, event("acknowledged", "2026-06-09T16:00:00"), now="2026-06-10")
    assert (found["acknowledge_24h"], found["acknowledge_1bd"]) == ("late", "met")


def test_a_response_acknowledges_too():
    found = standings(V1, event("responded", "2026-06-06"))
    assert {found[key] for key in ("acknowledge_24h", "acknowledge_1bd", "respond", "respond_s36")} == {"met"}
    assert found["close_5bd"] == "running"


def test_the_last_second_is_in_time_and_the_next_is_not():
    in_time = standings(V1, event("responded", "2026-07-05T23:59:59.900+10:00"), now="2026-07-09")
    late = standings(V1, event("responded", "2026-07-06T00:00:00+10:00"), now="2026-07-09")
    assert in_time["respond"] == "met"
    assert (late["respond"], late["respond_s36"]) == ("late", "met")
    assert standings(V1, now="2026-07-05T23:59:59.900+10:00")["respond"] == "running"
    assert standings(V1, now="2026-07-06T00:00:00+10:00")["respond"] == "late"


def test_late_by_the_strict_date_is_a_breach_only_after_the_rolled_one():
    assert "breach" not in standings(V1, now="2026-07-06").values()
    after = standings(V1, now="2026-07-07T00:00:00")
    assert [key for key, state in after.items() if state == "breach"] == ["respond_s36"]
    assert after["acknowledge_24h"] == "late"


def test_a_response_that_came_too_late_stays_a_breach():
    assert standings(V1, event("responded", "2026-07-07"))["respond_s36"] == "breach"


def test_the_first_event_of_a_kind_counts_and_one_after_now_has_not_happened():
    events = [event("acknowledged", "2026-06-08T09:00:00"), event("acknowledged", "2026-06-06T09:00:00")]
    assert standings(V1, *events, now="2026-06-09")["acknowledge_24h"] == "met"
    assert standings(V1, *events, now="2026-06-06T08:00:00")["acknowledge_24h"] == "running"
    state = next(one for one in clocks(V1, *events).states if one.due.key == "acknowledge_24h")
    assert state.met_at == events[1].at


def test_an_event_that_meets_no_clock_is_refused_with_the_known_ones():
    with pytest.raises(
        RecordError, match="event 'snoozed' meets no clock; known events: acknowledged, responded, closed"
    ):
        clocks(V1, event("snoozed", V1))


def test_without_now_the_clocks_are_looked_at_from_the_last_event():
    assert standings(V1, event("at_afca", "2026-07-08"))["respond_s36"] == "breach"
    earlier = event("lodged_with_insurer", "2026-01-01")
    assert standings(V1, earlier, types="insurance_in_super")["acknowledge_1bd"] == "running"


def test_the_log_may_be_any_iterable_and_the_types_any_sequence():
    found = clocks_of(
        NSW, types=("standard",), received_at=instant(V1), events=iter([event("acknowledged", "2026-06-06")])
    )
    assert found.types == ("standard",)
    assert found.states[0].met_at is not None


def test_a_pack_without_events_or_delay_rule_has_the_ordinary_clocks():
    telco = load_policy(pack="au-telco", house="house", place="AU-NSW")
    found = clocks(V1, event("delay_notified", "2026-06-08"), event("acknowledged", "2026-06-09"), policy=telco)
    assert found.delays == ()
    assert {state.due.key: state.standing for state in found.states}["acknowledge"] == "met"


def test_what_happens_at_one_instant_is_read_with_the_restart_last():
    at = "2026-06-20"
    found = clocks(V1, event("advocate_requested", at), event("responded", at))
    assert {due.key: due.on for due in found.dues}["advocate"] == date(2026, 7, 5)


def test_an_hour_told_twice_keeps_the_order_of_its_events():
    first, second = (datetime(2026, 4, 5, 2, 30, tzinfo=SYDNEY, fold=fold) for fold in (0, 1))
    early = event("responded", datetime(2026, 4, 5, 2, 40, tzinfo=SYDNEY, fold=0))
    asked = event("advocate_requested", second)
    assert "advocate" in {due.key for due in clocks(first, asked, early).dues}
    with pytest.raises(RecordError, match="comes before any responded"):
        clocks(first, event("advocate_requested", first), early)
    with pytest.raises(RecordError, match="lies in the future"):
        clocks(second, now=first)


def test_what_is_told_of_a_clock_that_another_one_shortens():
    back = event("afca_referred_back", "2026-06-20", due_on="2026-07-01")
    steps = clocks(V1, back).candidates["respond"]["standard"].steps
    assert steps == (
        "received 2026-06-05T23:50:00+10:00 in Australia/Sydney, so day 0 is Friday 2026-06-05",
        "afca_referred_back 2026-06-20T12:00:00+10:00 in Australia/Sydney, so day 0 is Saturday 2026-06-20",
        "due_on of afca_referred_back: Wednesday 2026-07-01",
        "the earlier one: 2026-07-05 (RG 271.56) is later",
        "last instant 2026-07-01T23:59:59+10:00",
    )


def test_what_is_told_of_a_clock_that_another_one_lengthens():
    told = event("response_received", "2026-06-24")
    found = clocks(V1, told, types="credit_default_notice").candidates["collections_hold_until"]
    assert found["credit_default_notice"].steps == (
        "response_received 2026-06-24T12:00:00+10:00 in Australia/Sydney, so day 0 is Wednesday 2026-06-24",
        "day 0 is not counted; 14 calendar days after it is Wednesday 2026-07-08",
        "the later one: 2026-06-26 (RG 271.89) is earlier",
        "last instant 2026-07-08T23:59:59+10:00",
    )


def test_an_event_at_this_very_instant_has_happened():
    assert standings(V1, event("acknowledged", "2026-06-06"), now="2026-06-06")["acknowledge_24h"] == "met"


def test_what_comes_at_the_instant_of_a_reopening_is_undone_by_it():
    at = "2026-06-10"
    assert standings(V1, event("closed", at), event("reopened", at))["respond"] == "running"


def test_at_the_instant_of_retyping_what_happened_counts_for_the_former_type():
    at = "2026-06-06"
    found = clocks(V1, event("acknowledged", at), event("retyped", at, from_type="standard"), types="superannuation")
    assert {state.due.key: state.standing for state in found.history[0].states}["acknowledge_24h"] == "met"


def test_a_former_type_keeps_the_zone_and_the_stops_of_its_time():
    stop, go = event("court_advice_sought", "2026-06-06"), event("court_advice_given", "2026-06-08")
    retyped = event("retyped", "2026-06-10", from_type="traditional_trustee")
    (former,) = clocks(V1, stop, go, retyped).history
    assert {state.due.key: state.due.on for state in former.states}["respond"] == date(2026, 7, 22)


def test_of_two_types_with_equal_limits_the_first_named_stands():
    insured = clocks(V1, types=["insurance_in_super", "superannuation"])
    assert insured.dues[-2].key == "respond"
    two = clocks(V1, types=["traditional_trustee", "superannuation"])
    assert {due.key: due.paragraph for due in two.dues}["respond"] == "RG 271 Table 2, 271.76"
    other = clocks(V1, types=["superannuation", "standard"])
    assert {due.key: due.on for due in other.dues}["respond"] == date(2026, 7, 5)


def test_demands_tell_what_they_are_and_each_code_once():
    asked = [event("written_response_requested", at) for at in ("2026-06-08", "2026-06-07")]
    of_code = event("written_response_required", "2026-06-09", code="WR-A")
    plain = event("written_response_required", "2026-06-09")
    found = clocks(V1, *asked, of_code, plain).demands
    assert [(one.code, one.meaning, one.paragraph) for one in found] == [
        ("WR-A", "The person asked for a written response", "RG 271.75"),
        ("written_response_required", "A written response is due for the reason in code: WR-A to WR-C", "RG 271.75"),
    ]
    assert found[0].since == asked[1].at
    both = clocks(V1, event("about_hardship", "2026-06-08"), types="credit_hardship").demands
    assert [(one.code, one.since) for one in both] == [("WR-B1", None)]


def test_a_delay_notification_keeps_its_instant_and_a_plain_yes_counts():
    notice = event("delay_notified", "2026-07-01", reasons="beyond_control", afca_right=True, afca_contact=True)
    (found,) = clocks(V1, notice).delays
    assert (found.at, found.is_valid) == (notice.at, True)
    (found,) = clocks(V1, event("delay_notified", "2026-07-01", reasons="beyond_control", afca_contact=True)).delays
    assert found.missing == ("the right to complain to AFCA (RG 271.66)",)
    no = event("delay_notified", "2026-07-01", reasons="beyond_control", afca_right=False, afca_contact=True)
    assert clocks(V1, no).delays[0].missing == found.missing


def test_a_stopped_clock_names_its_paragraph():
    found = clocks("2026-03-02", event("court_advice_sought", "2026-03-12"), types="traditional_trustee")
    assert found.stopped[0].paragraph == "RG 271 Table 2, 271.76"


def test_an_early_closing_acknowledges_too():
    found = standings(V1, event("closed", "2026-06-06"))
    assert (found["acknowledge_24h"], found["acknowledge_1bd"]) == ("met", "met")


def test_what_the_pack_says_ends_an_acknowledgement_adds_to_what_always_does():
    asked = event("written_response_requested", "2026-06-07")
    assert standings(V1, asked, event("closed", "2026-06-08"), now="2026-06-09")["acknowledge_1bd"] == "met"


def test_lists_in_refusals_can_be_read():
    with pytest.raises(SetupError, match="known types: standard, traditional_trustee, superannuation"):
        clocks(V1, types=[])
    found = clocks(V1, event("agreement_reached", "2026-06-07"))
    assert "concerns credit_hardship, credit_postponement only" in found.notes[0]
