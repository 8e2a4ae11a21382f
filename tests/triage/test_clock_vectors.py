"""Test vectors, numbered as in the regulation notes; those without a number there are of the same kind."""

from dataclasses import replace
from datetime import date

import pytest

from policy.loading import load_policy
from tests.triage.build import at_place
from tests.triage.clock_build import V1, day, days, dues, event

INSURED = "insurance_in_super"


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
    found = days(V1, policy=at_place(place))
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
    assert day("respond", "2028-01-30T12:00:00+11:00") == "2028-02-29"


def test_v12_superannuation_has_forty_five_days():
    assert day("respond", "2026-01-31", types="superannuation") == "2026-03-17"


def test_v13_insurance_in_superannuation_counts_from_whoever_had_it_first():
    with_trustee = event("lodged_with_trustee", "2026-03-12")
    assert day("respond", "2026-03-02", with_trustee, types=INSURED) == "2026-04-16"
    with_insurer = event("lodged_with_insurer", "2026-03-02")
    assert day("respond", "2026-03-12", with_insurer, types=INSURED) == "2026-04-16"
    assert day("respond_s36", "2026-03-12", with_trustee, with_insurer, types=INSURED) == "2026-04-16"


def test_v15_a_default_notice_has_twenty_one_days_and_a_hold_on_collections():
    received, of_type = "2026-03-02", {"types": "credit_default_notice"}
    assert day("respond", received, **of_type) == "2026-03-23"
    assert day("collections_hold_until", received, **of_type) == "2026-03-23"
    told = event("response_received", "2026-03-20")
    assert day("collections_hold_until", received, event("responded", "2026-03-18"), told, **of_type) == "2026-04-03"
    assert day("collections_hold_until", received, event("response_received", "2026-03-04"), **of_type) == "2026-03-23"


def test_v19_the_hour_told_twice_keeps_its_order():
    first, second = dues("2026-04-04T15:30:00Z"), dues("2026-04-04T16:30:00Z")
    assert "2026-04-05T02:30:00+11:00" in first["respond"].steps[0]
    assert "2026-04-05T02:30:00+10:00" in second["respond"].steps[0]
    assert first["acknowledge_24h"].at < second["acknowledge_24h"].at
    assert first["respond"] == replace(second["respond"], steps=first["respond"].steps)


def test_v20_a_day_of_twenty_five_hours():
    assert dues("2026-04-04T12:00:00+11:00")["acknowledge_24h"].at.isoformat() == "2026-04-05T11:00:00+10:00"


def test_v22_christmas_in_england():
    england = load_policy(pack="uk-disp", house="house", place="GB-ENG")
    received = "2026-12-24T12:00:00+00:00"
    assert day("close_early", received, policy=england) == "2026-12-31"
    assert day("respond", received, policy=england) == "2027-02-18"
    payment = {"policy": england, "types": "payment_services"}
    assert day("respond", received, **payment) == "2027-01-19"
    held = england.regulation.known_events.get("holding_reply_sent")
    events = [event("holding_reply_sent", "2027-01-04T12:00:00+00:00")] if held else []
    assert day("respond_extended", received, *events, **payment) == "2027-02-16"


def test_a_death_benefit_counts_from_the_end_of_the_objection_period():
    notice = event("proposal_notice_received", "2026-03-02")
    found = days("2026-03-10", notice, types="death_benefit_objection")
    assert (found["objection_period"], found["respond"], found["respond_s36"]) == (
        "2026-03-30",
        "2026-06-28",
        "2026-06-29",
    )


@pytest.mark.parametrize(
    ("complaint_type", "limit"),
    [
        ("standard", "2026-04-01"),
        ("unlicensed_coi_lender", "2026-04-01"),
        ("traditional_trustee", "2026-04-16"),
        ("superannuation", "2026-04-16"),
        ("insurance_in_super", "2026-04-16"),
        ("credit_default_notice", "2026-03-23"),
        ("credit_hardship", "2026-03-23"),
        ("credit_postponement", "2026-03-23"),
    ],
)
def test_each_type_has_the_limit_of_table_2_and_the_clocks_of_every_type(complaint_type, limit):
    found = days("2026-03-02", types=complaint_type)
    assert found["respond"] == found["respond_s36"] == limit
    assert {"acknowledge_24h", "acknowledge_1bd", "close_5bd"} <= set(found)
    assert (found["acknowledge_1bd"], found["close_5bd"]) == ("2026-03-03", "2026-03-09")


def test_a_card_scheme_has_the_days_that_the_firm_gives():
    told = load_policy(pack="asic-rg271", house="house", place="AU-NSW", firm_days={"card_scheme_days": 60})
    found = days("2026-03-02", policy=told, types="card_scheme")
    assert found["respond"] == "2026-05-01"
    assert "respond_s36" not in found
