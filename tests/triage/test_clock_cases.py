"""Edge cases 1-23 of the clocks, numbered as in the regulation notes the pack was written from."""

from datetime import UTC, date, datetime

import pytest

from models.errors import RecordError
from policy.loading import load_policy
from tests.triage.build import NSW, at_place
from tests.triage.clock_build import V1, clocks, day, days, dues, event, instant, standings
from triage.clocks import earliest_dues, moved

TRUSTEE = {"types": "traditional_trustee"}
HARDSHIP = {"types": "credit_hardship"}
DEATH = {"types": "death_benefit_objection"}
COMPLETE = {"reasons": "particularly_complex", "afca_right": "yes", "afca_contact": "yes"}
DELAYED = "delay_notified"


def test_case_1_a_second_before_and_after_midnight_are_two_days():
    before, after = days("2026-06-02T23:59:59+10:00"), days("2026-06-03T00:00:00+10:00")
    assert (before["respond"], after["respond"]) == ("2026-07-02", "2026-07-03")


def test_case_2_receipt_on_a_holiday_is_day_zero():
    found = days("2026-06-08T09:00:00+10:00")
    assert (found["acknowledge_1bd"], found["respond"]) == ("2026-06-09", "2026-07-08")


def test_case_3_and_4_a_hand_over_or_another_channel_resets_nothing():
    public, private = dues(V1), dues("2026-06-20T09:00:00+10:00")
    assert earliest_dues(tuple(private.values()), tuple(public.values())) == tuple(public.values())


def test_case_5_reopened_the_old_clock_goes_on():
    closed, reopened = event("closed", "2026-06-10"), event("reopened", "2026-06-20")
    assert standings(V1, closed, now="2026-06-21")["respond"] == "met"
    assert standings(V1, closed, reopened, now="2026-06-21")["respond"] == "running"
    assert standings(V1, closed, reopened, now="2026-06-21")["close_5bd"] == "late"
    assert standings(V1, closed, reopened, now="2026-07-07")["respond_s36"] == "breach"
    assert days(V1, closed, reopened) == days(V1)
    again = event("closed", "2026-06-22")
    assert standings(V1, closed, reopened, again, now="2026-07-07")["respond_s36"] == "breach"


@pytest.mark.parametrize(
    ("at", "is_valid"),
    [("2026-07-05T23:59:59+10:00", True), ("2026-07-06T00:00:00+10:00", False), ("2026-07-06T00:01:00+10:00", False)],
)
def test_case_6_a_delay_notification_is_valid_up_to_the_last_second(at, is_valid):
    (notice,) = clocks(V1, event(DELAYED, at, **COMPLETE)).delays
    assert notice.is_valid is is_valid
    assert is_valid or notice.missing == ("given after respond ended, 2026-07-05T23:59:59+10:00",)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"afca_contact": ""}, "how to reach AFCA (RG 271.66)"),
        ({"afca_right": "no"}, "the right to complain to AFCA (RG 271.66)"),
        ({"reasons": ""}, "the reasons for the delay (RG 271.66)"),
        (
            {"reasons": "staffing"},
            "reason staffing is no ground; grounds: particularly_complex, beyond_control",
        ),
        ({"missing": ["afca_phone"]}, "afca_phone"),
    ],
)
def test_case_7_a_delay_notification_without_its_contents_is_not_valid(change, missing):
    (notice,) = clocks(V1, event(DELAYED, "2026-07-01", **COMPLETE | change)).delays
    assert notice.missing == (missing,)
    assert not notice.is_valid


def test_case_7_a_text_that_was_checked_needs_no_further_facts():
    (notice,) = clocks(V1, event(DELAYED, "2026-07-01", reasons=["beyond_control"], missing=[])).delays
    assert notice.is_valid


def test_case_8_each_of_two_delay_notifications_is_judged_by_itself_and_none_moves_a_date():
    first, second = (event(DELAYED, at, **COMPLETE) for at in ("2026-07-01", "2026-07-20"))
    found = clocks(V1, first, second)
    assert [notice.is_valid for notice in found.delays] == [True, False]
    assert days(V1, first, second) == days(V1)


def test_after_a_valid_delay_notification_late_is_late_and_no_breach():
    late = "2026-07-20"
    assert standings(V1, now=late)["respond_s36"] == "breach"
    assert standings(V1, event(DELAYED, "2026-07-01", **COMPLETE), now=late)["respond_s36"] == "late"
    assert standings(V1, event(DELAYED, "2026-07-01"), now=late)["respond_s36"] == "breach"


def test_a_delay_notification_says_nothing_about_other_clocks():
    events = [event("agreement_reached", "2026-06-06"), event(DELAYED, "2026-06-07", **COMPLETE)]
    assert standings(V1, *events, now="2026-09-01", **HARDSHIP)["confirm_terms_s36"] == "breach"


def test_case_9_closing_within_five_business_days_ends_the_response_clock_and_a_minute_later_does_not():
    early = standings(V1, event("closed", "2026-06-15T23:59:00+10:00"), now="2026-08-01")
    late = standings(V1, event("closed", "2026-06-16T00:01:00+10:00"), now="2026-08-01")
    assert (early["close_5bd"], early["respond"], early["acknowledge_1bd"]) == ("met", "met", "late")
    assert (late["close_5bd"], late["respond"], late["respond_s36"]) == ("late", "late", "breach")


def test_case_10_closed_early_and_then_asked_in_writing_on_day_twenty():
    closed, asked = event("closed", "2026-06-10"), event("written_response_requested", "2026-06-25")
    found = clocks(V1, closed, asked, now="2026-06-26")
    assert [(demand.code, demand.since) for demand in found.demands] == [("WR-A", asked.at)]
    assert standings(V1, closed, asked, now="2026-06-26")["respond"] == "running"
    assert standings(V1, closed, asked, now="2026-07-07")["respond_s36"] == "breach"
    assert standings(V1, closed, asked, event("responded", "2026-07-01"))["respond"] == "met"


def test_case_10_asked_only_after_the_limit_the_early_closing_stands():
    closed, asked = event("closed", "2026-06-10"), event("written_response_requested", "2026-07-20")
    assert standings(V1, closed, asked)["respond"] == "met"
    assert clocks(V1, closed, asked).demands[0].code == "WR-A"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("about_hardship", "WR-B1"),
        ("claim_declined", "WR-B2"),
        ("claim_value_disputed", "WR-B3"),
        ("trustee_decision", "WR-C"),
    ],
)
def test_case_11_closed_early_and_a_written_response_is_due_all_the_same(kind, code):
    told, closed = event(kind, "2026-06-06"), event("closed", "2026-06-10")
    by_code = event("written_response_required", "2026-06-06", code=code)
    for said in (told, by_code):
        found = clocks(V1, said, closed, now="2026-07-07")
        assert [demand.code for demand in found.demands] == [code]
        assert standings(V1, said, closed, now="2026-07-07")["respond_s36"] == "breach"
        assert standings(V1, said, closed, now="2026-07-07")["acknowledge_1bd"] == "late"


@pytest.mark.parametrize(("complaint_type", "code"), [("credit_hardship", "WR-B1"), ("credit_postponement", "WR-B1")])
def test_case_11_for_some_types_a_written_response_is_always_due(complaint_type, code):
    found = clocks(V1, event("closed", "2026-06-10"), types=complaint_type)
    assert [(demand.code, demand.since) for demand in found.demands] == [(code, None)]
    assert standings(V1, event("closed", "2026-06-10"), types=complaint_type)["respond"] == "running"


def test_case_12_a_goodwill_payment_is_no_event_of_a_clock():
    with pytest.raises(RecordError, match="event 'goodwill_payment' meets no clock"):
        clocks(V1, event("goodwill_payment", "2026-06-10"))


def test_case_13_retyped_to_a_default_notice_on_day_twenty_five_is_a_breach_with_its_history():
    retyped = event("retyped", "2026-06-30", from_type="standard", reason="it is about a default notice")
    found = clocks(V1, retyped, types="credit_default_notice")
    by_key = {state.due.key: state for state in found.states}
    assert by_key["respond"].due.on == date(2026, 6, 26)
    assert by_key["respond_s36"].is_breach
    (former,) = found.history
    assert (former.complaint_type, former.until) == ("standard", retyped.at)
    before = {state.due.key: state for state in former.states}
    assert before["respond"].due.on == date(2026, 7, 5)
    assert before["respond"].standing == "running"


def test_case_14_retyped_to_superannuation_has_the_longer_limit_and_a_breach_before_it_stays_visible():
    retyped = event("retyped", "2026-07-10", from_type="standard", reason="a fund's decision")
    found = clocks(V1, retyped, types="superannuation")
    assert {due.key: due.on for due in found.dues}["respond"] == date(2026, 7, 20)
    assert not any(state.is_breach for state in found.states)
    assert [state.due.key for state in found.history[0].states if state.is_breach] == ["respond_s36"]


def test_case_14_retyped_twice_keeps_both_former_types_in_order():
    first = event("retyped", "2026-06-10", from_type="standard")
    second = event("retyped", "2026-06-20", from_type="superannuation")
    found = clocks(V1, second, first, types="credit_hardship")
    assert [former.complaint_type for former in found.history] == ["standard", "superannuation"]


def test_case_14_a_retyping_that_does_not_say_from_what_is_refused():
    with pytest.raises(RecordError, match="does not say from which type: add from_type=standard"):
        clocks(V1, event("retyped", "2026-06-10"))


def test_case_15_of_several_types_the_shortest_limit_stands_and_all_are_shown():
    found = clocks(V1, types=["superannuation", "standard", "credit_hardship", "standard"])
    assert found.types == ("superannuation", "standard", "credit_hardship")
    assert {due.key: due.on for due in found.dues}["respond"] == date(2026, 6, 26)
    assert {one: due.on for one, due in found.candidates["respond"].items()} == {
        "superannuation": date(2026, 7, 20),
        "standard": date(2026, 7, 5),
        "credit_hardship": date(2026, 6, 26),
    }


def test_case_16_insurer_and_trustee_both_hold_a_copy():
    copies = [event("lodged_with_insurer", "2026-06-01"), event("lodged_with_trustee", "2026-06-03")]
    assert day("respond", V1, *copies, types="insurance_in_super") == "2026-07-16"
    assert day("respond", V1, copies[1], types="insurance_in_super") == "2026-07-18"
    assert day("respond", "2026-05-30", *copies, types="insurance_in_super") == "2026-07-14"


def test_case_17_a_second_proposal_starts_objection_period_and_limit_anew():
    first, second = (event("proposal_notice_received", at) for at in ("2026-03-02", "2026-05-01"))
    found = days("2026-03-10", first, second, **DEATH)
    assert (found["objection_period"], found["respond"]) == ("2026-05-29", "2026-08-27")
    assert found == days("2026-03-10", second, first, **DEATH)


def test_case_17_an_answer_to_the_first_proposal_does_not_answer_the_second():
    first, second = (event("proposal_notice_received", at) for at in ("2026-03-02", "2026-05-01"))
    answered = event("responded", "2026-04-20")
    assert standings("2026-03-10", first, answered, **DEATH)["respond"] == "met"
    assert standings("2026-03-10", first, answered, second, **DEATH)["respond"] == "running"


def test_a_death_benefit_objection_has_no_response_date_before_the_notice_is_known():
    found = clocks("2026-03-10", **DEATH)
    assert "respond" not in {due.key for due in found.dues}
    assert found.notes == (
        "respond of death_benefit_objection has no date until it is recorded: proposal_notice_received (The person "
        "received the notice of a proposed distribution; once for each proposal)",
    )


def test_case_18_a_trustees_clock_stops_and_restarts_twice():
    stop_1, go_1 = (
        event("beneficiary_proceedings_started", "2026-03-12"),
        event("beneficiary_proceedings_ended", "2026-04-01"),
    )
    stop_2, go_2 = event("court_advice_sought", "2026-04-11"), event("court_advice_given", "2026-05-01")
    assert day("respond", "2026-03-02", **TRUSTEE) == "2026-04-16"
    assert day("respond", "2026-03-02", stop_1, go_1, **TRUSTEE) == "2026-05-06"
    assert day("respond", "2026-03-02", stop_1, go_1, stop_2, go_2, **TRUSTEE) == "2026-05-26"
    assert day("respond", "2026-03-02", go_2, stop_2, go_1, stop_1, **TRUSTEE) == "2026-05-26"


def test_case_18_while_it_is_stopped_a_clock_has_no_date_and_says_what_is_left():
    found = clocks("2026-03-02", event("beneficiary_proceedings_started", "2026-03-12"), now="2026-06-01", **TRUSTEE)
    assert {due.key for due in found.dues} == {"acknowledge_24h", "acknowledge_1bd", "close_5bd"}
    stopped = {one.key: one for one in found.stopped}
    assert set(stopped) == {"respond", "respond_s36"}
    respond = stopped["respond"]
    assert (respond.since_on, respond.kind) == (date(2026, 3, 12), "beneficiary_proceedings_started")
    assert (respond.left, respond.unit, respond.complaint_type) == (36, "calendar_days", "traditional_trustee")
    assert respond.steps[-1] == "stands still: beneficiary_proceedings_started on 2026-03-12; 36 left"


def test_case_18_two_stops_at_once_end_when_both_have_ended():
    a, b = event("beneficiary_proceedings_started", "2026-03-12"), event("court_advice_sought", "2026-03-20")
    a_ends, b_ends = event("beneficiary_proceedings_ended", "2026-04-01"), event("court_advice_given", "2026-04-11")
    assert clocks("2026-03-02", a, b, a_ends, **TRUSTEE).stopped
    assert day("respond", "2026-03-02", a, b, a_ends, b_ends, **TRUSTEE) == "2026-05-16"
    again = event("beneficiary_proceedings_started", "2026-03-15")
    assert day("respond", "2026-03-02", a, again, a_ends, **TRUSTEE) == "2026-05-06"


def test_case_18_a_stop_after_the_limit_and_one_on_the_very_day_of_its_restart_change_nothing():
    late = event("court_advice_sought", "2026-04-17")
    assert day("respond", "2026-03-02", late, **TRUSTEE) == "2026-04-16"
    short = [event("court_advice_sought", "2026-03-12T09:00:00"), event("court_advice_given", "2026-03-12T15:00:00")]
    assert day("respond", "2026-03-02", *short, **TRUSTEE) == "2026-04-16"


def test_case_18_a_stop_on_the_last_day_leaves_one_day():
    stop, go = event("court_advice_sought", "2026-04-16"), event("court_advice_given", "2026-05-01")
    assert clocks("2026-03-02", stop, **TRUSTEE).stopped[0].left == 1
    assert day("respond", "2026-03-02", stop, go, **TRUSTEE) == "2026-05-01"


def test_case_18_proceedings_that_began_before_the_complaint_count_from_their_end():
    stop, go = event("court_advice_sought", "2026-02-01"), event("court_advice_given", "2026-03-10")
    assert day("respond", "2026-03-02", stop, go, **TRUSTEE) == "2026-04-23"
    over = event("court_advice_given", "2026-02-20")
    assert day("respond", "2026-03-02", stop, over, **TRUSTEE) == "2026-04-16"


def test_case_18_what_stands_still_is_told_in_the_steps():
    stop, go = event("court_advice_sought", "2026-03-12"), event("court_advice_given", "2026-04-01")
    steps = clocks("2026-03-02", stop, go, **TRUSTEE).candidates["respond"]["traditional_trustee"].steps
    assert steps[1:3] == (
        "not counted: court_advice_sought on 2026-03-12, restarted on 2026-04-01",
        "day 0 is not counted; 45 calendar days after it is Wednesday 2026-05-06",
    )


def test_case_18_a_restart_of_nothing_is_refused():
    with pytest.raises(RecordError, match="court_advice_given .* comes before any court_advice_sought .RG 271.78."):
        clocks("2026-03-02", event("court_advice_given", "2026-03-12"), **TRUSTEE)


def test_case_18_the_courts_stop_no_other_type():
    stop = event("court_advice_sought", "2026-03-12")
    found = clocks("2026-03-02", stop, types="superannuation")
    assert found.stopped == ()
    assert found.notes == (
        "court_advice_sought 2026-03-12T12:00:00+11:00 concerns traditional_trustee only and changes nothing",
    )


def test_case_18_of_two_types_the_one_that_runs_stands():
    found = clocks("2026-03-02", event("court_advice_sought", "2026-03-12"), types=["traditional_trustee", "standard"])
    assert {due.key: due.on for due in found.dues}["respond"] == date(2026, 4, 1)
    assert found.stopped == ()
    assert set(found.candidates["respond"]) == {"standard"}


def test_case_19_the_advocate_before_a_response_is_refused():
    with pytest.raises(RecordError, match="advocate_requested .* comes before any responded .RG 271.109-.110."):
        clocks(V1, event("advocate_requested", "2026-06-20"))
    with pytest.raises(RecordError, match="record that first"):
        clocks(V1, event("advocate_requested", "2026-06-20"), event("responded", "2026-06-21"))


def test_case_19_the_advocate_has_what_is_left_of_the_limit():
    responded, asked = event("responded", "2026-06-20"), event("advocate_requested", "2026-07-15")
    assert "advocate" not in days(V1, responded)
    assert days(V1, responded, asked)["advocate"] == "2026-07-30"
    assert days(V1, responded, asked)["respond"] == "2026-07-05"
    done = event("advocate_concluded", "2026-07-29")
    assert standings(V1, responded, asked, done)["advocate"] == "met"
    late = standings(V1, responded, asked, now="2026-08-20")
    assert (late["advocate"], late["advocate_s36"], late["respond"]) == ("late", "breach", "met")


def test_case_20_the_earlier_of_own_limit_and_afcas_date_wins():
    back = event("afca_referred_back", "2026-06-20", due_on="2026-07-01")
    found = {due.key: due for due in clocks(V1, back).dues}
    assert (found["respond"].on, found["afca_refer_back"].on) == (date(2026, 7, 1), date(2026, 7, 1))
    assert (found["respond"].paragraph, found["respond"].force) == ("AFCA refer-back", "expected")
    assert "the earlier one: 2026-07-05 (RG 271.56) is later" in found["respond"].steps
    assert found["respond_s36"].on == date(2026, 7, 6)
    longer = event("afca_referred_back", "2026-06-20", due_on=date(2026, 7, 20))
    found = {due.key: due for due in clocks(V1, longer).dues}
    assert (found["respond"].on, found["afca_refer_back"].on) == (date(2026, 7, 5), date(2026, 7, 20))
    assert (found["respond"].paragraph, found["respond"].force) == ("RG 271.56", "enforceable")


@pytest.mark.parametrize(
    ("complaint_type", "expected"),
    [
        ("standard", "2026-07-20"),
        ("superannuation", "2026-08-04"),
        ("traditional_trustee", "2026-08-04"),
        ("credit_hardship", "2026-07-11"),
    ],
)
def test_case_20_without_a_date_afcas_own_timeframe_counts(complaint_type, expected):
    back = event("afca_referred_back", "2026-06-20")
    assert day("afca_refer_back", V1, back, types=complaint_type) == expected


def test_case_20_after_a_response_afca_gives_twenty_one_days_and_only_a_new_response_meets_them():
    responded, back = event("responded", "2026-06-10"), event("afca_referred_back", "2026-06-20")
    assert day("afca_refer_back", V1, responded, back) == "2026-07-11"
    assert standings(V1, responded, back)["afca_refer_back"] == "running"
    again = event("responded", "2026-07-10")
    assert standings(V1, responded, back, again)["afca_refer_back"] == "met"
    assert day("afca_refer_back", V1, back, again) == "2026-07-20"


def test_case_20_a_delay_notification_moves_no_date_of_afca_and_an_extension_does():
    back = event("afca_referred_back", "2026-06-20", due_on="2026-07-01")
    delayed = event(DELAYED, "2026-06-25", **COMPLETE)
    assert days(V1, back, delayed) == days(V1, back)
    more = event("afca_extension_granted", "2026-06-25", due_on="2026-07-04")
    assert day("afca_refer_back", V1, back, more) == day("respond", V1, back, more) == "2026-07-04"
    with pytest.raises(RecordError, match="needs due_on of afca_extension_granted, the last day: add due_on="):
        clocks(V1, back, event("afca_extension_granted", "2026-06-25"))
    with pytest.raises(RecordError, match="due_on 'soon' of afca_referred_back is no date such as"):
        clocks(V1, event("afca_referred_back", "2026-06-25", due_on="soon"))


def test_case_21_a_holiday_declared_late_moves_the_business_days_and_the_old_value_is_kept():
    declared = load_policy(pack="asic-rg271", house="house", place="AU-NSW", extra_holidays=[date(2026, 6, 9)])
    was, found = tuple(dues(V1).values()), tuple(dues(V1, declared).values())
    assert {now.key: (before.on.isoformat(), now.on.isoformat()) for before, now in moved(was, found)} == {
        "acknowledge_1bd": ("2026-06-09", "2026-06-10"),
        "close_5bd": ("2026-06-15", "2026-06-16"),
    }
    assert "2026-06-09 (extra holiday)" in dues(V1, declared)["acknowledge_1bd"].steps[1]


def test_case_22_a_brand_that_moves_to_another_state():
    was, found = tuple(dues(V1).values()), tuple(dues(V1, at_place("AU-QLD")).values())
    assert [now.key for _, now in moved(was, found)] == ["acknowledge_1bd", "close_5bd"]
    assert moved(was, was) == ()
    assert moved((), was) == ()


def test_case_23_a_receipt_in_the_future_is_refused():
    with pytest.raises(RecordError, match="lies in the future of 2026-06-05T13:49:00.*use the instant it was fetched"):
        dues(V1, now=datetime(2026, 6, 5, 13, 49, tzinfo=UTC))
    with pytest.raises(RecordError, match="lies in the future"):
        clocks(V1, now="2026-06-05")


def test_case_23_a_receipt_at_this_very_instant_is_not_in_the_future():
    assert dues(V1, now=instant(V1)) == dues(V1)
    assert clocks(V1, now=V1).dues == tuple(dues(V1).values())


def test_hardship_without_a_request_is_decided_in_twenty_one_days():
    found = days("2026-03-02", **HARDSHIP)
    assert (found["respond"], found["ask_information"]) == ("2026-03-23", "2026-03-23")
    assert "provide_information" not in found


def test_hardship_information_asked_for_in_time_gives_twenty_eight_days_from_the_request():
    asked = event("information_requested", "2026-03-10")
    found = days("2026-03-02", asked, **HARDSHIP)
    assert (found["respond"], found["provide_information"]) == ("2026-04-07", "2026-03-31")
    steps = clocks("2026-03-02", asked, **HARDSHIP).candidates["respond"]["credit_hardship"].steps
    assert "in place of 2026-03-23 (RG 271.92-.93, Table 2)" in steps


def test_hardship_information_that_came_in_time_gives_twenty_one_days_from_it():
    asked, came = event("information_requested", "2026-03-10"), event("information_received", "2026-03-31")
    found = clocks("2026-03-02", came, asked, **HARDSHIP)
    by_key = {state.due.key: state for state in found.states}
    assert by_key["respond"].due.on == date(2026, 4, 21)
    assert (by_key["ask_information"].standing, by_key["provide_information"].standing) == ("met", "met")


def test_hardship_information_that_came_too_late_or_was_asked_for_too_late_starts_nothing():
    asked, came = event("information_requested", "2026-03-10"), event("information_received", "2026-04-01")
    found = clocks("2026-03-02", asked, came, **HARDSHIP)
    assert {due.key: due.on for due in found.dues}["respond"] == date(2026, 4, 7)
    assert found.notes == (
        "information_received 2026-04-01T12:00:00+11:00 came outside provide_information and starts nothing",
    )
    late = event("information_requested", "2026-03-24")
    found = clocks("2026-03-02", late, event("information_received", "2026-03-25"), **HARDSHIP)
    assert {due.key: due.on for due in found.dues}["respond"] == date(2026, 3, 23)
    assert (
        "information_requested 2026-03-24T12:00:00+11:00 came outside ask_information and starts nothing" in found.notes
    )


def test_hardship_terms_agreed_are_confirmed_in_thirty_days():
    agreed = event("agreement_reached", "2026-03-20")
    found = days("2026-03-02", agreed, **HARDSHIP)
    assert (found["confirm_terms"], found["respond"]) == ("2026-04-19", "2026-03-23")
    assert standings("2026-03-02", agreed, **HARDSHIP)["respond"] == "met"
    confirmed = event("terms_confirmed", "2026-04-20")
    after = standings("2026-03-02", agreed, confirmed, **HARDSHIP)
    assert (after["confirm_terms"], after["confirm_terms_s36"]) == ("late", "met")


def test_the_hold_on_collections_goes_on_until_there_is_a_response():
    received, of_type = "2026-03-02", {"types": "credit_default_notice"}
    assert standings(received, now="2026-04-30", **of_type)["collections_hold_until"] == "running"
    answered = event("responded", "2026-03-20")
    assert standings(received, answered, now="2026-04-03", **of_type)["collections_hold_until"] == "running"
    assert standings(received, answered, now="2026-04-04", **of_type)["collections_hold_until"] == "over"


def test_a_card_scheme_whose_days_nobody_gave_is_refused_with_what_is_missing():
    with pytest.raises(RecordError, match="card_scheme needs card_scheme_days.*RG 271.62.*EARSHOT_CARD_SCHEME_DAYS"):
        clocks(V1, types="card_scheme")


def test_withdrawn_nothing_is_owed_any_more():
    withdrawn = event("withdrawn", "2026-06-08")
    found = standings(V1, withdrawn, now="2026-09-01")
    assert (found["respond"], found["acknowledge_1bd"], found["close_5bd"]) == ("met", "met", "late")
    assert standings(V1, withdrawn, event("reopened", "2026-06-10"), now="2026-09-01")["respond_s36"] == "breach"


def test_the_strictest_of_several_places_stands():
    both = load_policy(
        pack="asic-rg271", house="house", place="AU-NSW", strictest=True, strictest_places=["AU-QLD", "AU-NSW"]
    )
    found = dues(V1, both)
    assert (found["acknowledge_1bd"].on, found["close_5bd"].on) == (date(2026, 6, 8), date(2026, 6, 12))
    assert found["respond"] == dues(V1)["respond"]
    assert found["acknowledge_1bd"].steps[-2] == "the strictest of 2 places is AU-QLD: Monday 2026-06-08"
    every = load_policy(pack="asic-rg271", house="house", place="AU-NSW", strictest=True)
    assert len(every.strictest_of) == len(NSW.regulation.places)
    assert dues("2026-12-26", every)["respond_s36"].on == date(2027, 1, 25)
