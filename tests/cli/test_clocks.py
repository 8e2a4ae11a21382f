"""`earshot clocks`: what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli_clocks import clock_commands
from models.errors import EarshotError

V1 = "2026-06-05T23:50+10:00"
KEYS = ["pack", "pack_version", "day_zero", "due"]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of whoever runs the tests, and none of their settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EARSHOT_CARD_SCHEME_DAYS", raising=False)


def printed(*arguments: str, received: str | None = V1) -> str:
    when = ["--received", received] if received else []
    done = CliRunner().invoke(clock_commands, [*when, *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def answer(*arguments: str, received: str | None = V1) -> dict:
    return json.loads(printed("--json", *arguments, received=received))


def dates(*arguments: str, received: str = V1) -> dict[str, str]:
    return {due["key"]: due["date"] for due in answer(*arguments, received=received)["due"]}


def refusal(*arguments: str, received: str | None = V1) -> str:
    with pytest.raises(EarshotError) as error:
        printed(*arguments, received=received)
    return str(error.value)


def test_without_events_the_contract_and_nothing_else_is_printed() -> None:
    found = answer()
    assert list(found) == KEYS
    assert list(found["due"][0]) == ["key", "date", "at", "paragraph", "force", "steps"]
    assert (found["pack"], found["pack_version"], found["day_zero"]) == ("asic-rg271", "2021-09", "2026-06-05")
    respond = next(due for due in found["due"] if due["key"] == "respond")
    assert respond["at"] == "2026-07-05T23:59:59+10:00"
    assert (respond["paragraph"], respond["force"]) == ("RG 271.56", "enforceable")


def test_with_events_each_clock_says_how_it_stands() -> None:
    found = answer("--event", "acknowledged=2026-06-06T09:00+10:00", "--event", "responded=2026-07-20T09:00+10:00")
    by_key = {due["key"]: due for due in found["due"]}
    assert by_key["acknowledge_24h"] | {"steps": []} == {
        "key": "acknowledge_24h",
        "date": "2026-06-06",
        "at": "2026-06-06T23:50:00+10:00",
        "paragraph": "RG 271.51",
        "force": "expected",
        "steps": [],
        "state": "met",
        "met_at": "2026-06-06T09:00:00+10:00",
        "is_breach": False,
    }
    assert (by_key["respond_s36"]["state"], by_key["respond_s36"]["is_breach"]) == ("late", True)
    assert by_key["close_5bd"]["met_at"] is None


def test_a_receipt_still_to_come_is_worked_out_and_as_of_refuses_it() -> None:
    found = answer("--event", "acknowledged=2030-06-06T09:00+10:00", received="2030-06-05T09:00+10:00")
    assert {due["state"] for due in found["due"] if due["key"].startswith("acknowledge")} == {"met"}
    assert "lies in the future" in refusal("--as-of", "2026-06-05T23:49+10:00")
    assert "no ISO 8601 instant" in refusal("--as-of", "today")


def test_as_of_an_instant_nothing_later_has_happened() -> None:
    late = ("--event", "responded=2026-06-20T09:00+10:00", "--as-of", "2026-06-19T09:00+10:00")
    assert {due["key"]: due["state"] for due in answer(*late)["due"]}["respond"] == "running"
    alone = answer("--as-of", "2026-07-19T09:00+10:00")
    assert {due["key"]: due["is_breach"] for due in alone["due"]}["respond_s36"]


def test_an_event_carries_facts() -> None:
    found = dates("--event", "afca_referred_back=2026-06-20T09:00+10:00, due_on = 2026-07-01")
    assert (found["afca_refer_back"], found["respond"]) == ("2026-07-01", "2026-07-01")


def test_of_several_types_each_limit_is_shown() -> None:
    found = answer("--type", "superannuation", "--type", "credit_hardship")
    respond = next(due for due in found["due"] if due["key"] == "respond")
    assert respond["date"] == "2026-06-26"
    assert respond["candidates"] == {"superannuation": "2026-07-20", "credit_hardship": "2026-06-26"}
    assert found["response_required"] == [
        {
            "code": "WR-B1",
            "meaning": "The complaint is about hardship",
            "paragraph": "RG 271.75",
            "since": None,
        }
    ]


def test_a_stopped_clock_former_types_delays_and_notes_are_told() -> None:
    found = answer(
        "--type=traditional_trustee",
        "--event=court_advice_sought=2026-06-10T09:00+10:00",
        "--event=retyped=2026-06-09T09:00+10:00,from_type=standard",
        "--event=delay_notified=2026-06-11T09:00+10:00,reasons=beyond_control",
        "--event=agreement_reached=2026-06-11T09:00+10:00",
        "--event=trustee_decision=2026-06-11T09:00+10:00",
    )
    assert list(found) == [*KEYS, "stopped", "response_required", "delay_notices", "history", "notes"]
    respond = found["stopped"][0]
    assert respond | {"steps": []} == {
        "key": "respond",
        "since": "2026-06-10",
        "by": "court_advice_sought",
        "left": 41,
        "unit": "calendar_days",
        "paragraph": "RG 271 Table 2, 271.76",
        "steps": [],
    }
    assert found["response_required"][0]["since"] == "2026-06-11T09:00:00+10:00"
    assert found["delay_notices"] == [
        {
            "at": "2026-06-11T09:00:00+10:00",
            "is_valid": False,
            "missing": ["the right to complain to AFCA (RG 271.66)", "how to reach AFCA (RG 271.66)"],
            "paragraph": "RG 271.64-.66",
        }
    ]
    (former,) = found["history"]
    assert (former["type"], former["until"]) == ("standard", "2026-06-09T09:00:00+10:00")
    assert {due["key"]: due["state"] for due in former["due"]}["respond"] == "running"
    assert "concerns credit_hardship, credit_postponement only" in found["notes"][0]


def test_the_text_is_a_table_and_every_step() -> None:
    text = printed("--event", "acknowledged=2026-06-06T09:00+10:00").splitlines()
    assert text[0] == "asic-rg271 2021-09, day 0 is 2026-06-05"
    assert text[2].split() == "clock last instant in time force state paragraph".split()
    assert "acknowledge_24h  2026-06-06T23:50:00+10:00  expected     met 2026-06-06T09:00:00+10:00" in text[3]
    assert "    passed over: 2026-06-06 (Saturday), 2026-06-07 (Sunday), 2026-06-08 (King's Birthday)" in text
    assert "state" not in printed().splitlines()[2]


def test_the_text_tells_everything_that_the_json_does() -> None:
    text = printed(
        "--type=traditional_trustee",
        "--type=superannuation",
        "--event=retyped=2026-08-09T09:00+10:00,from_type=standard",
        "--event=delay_notified=2026-06-11T09:00+10:00,reasons=beyond_control,afca_right=yes,afca_contact=yes",
        "--event=delay_notified=2026-06-12T09:00+10:00",
        "--event=agreement_reached=2026-06-11T09:00+10:00",
        "--event=trustee_decision=2026-06-11T09:00+10:00",
    )
    assert "    traditional_trustee: 2026-07-20" in text
    assert "WR-C: a written response is due" in text
    assert "delay notification 2026-06-11T09:00:00+10:00: valid" in text
    assert "delay notification 2026-06-12T09:00:00+10:00: not valid\n    the reasons for the delay" in text
    assert "standard until 2026-08-09T09:00:00+10:00" in text
    assert "    respond_s36 2026-07-06: late\n" in text
    assert "note: agreement_reached 2026-06-11T09:00:00+10:00 concerns" in text
    late = printed("--event=retyped=2026-08-09T09:00+10:00,from_type=standard")
    assert "    respond_s36 2026-07-06: late, BREACH\n" in late
    stopped = printed("--type=traditional_trustee", "--event=court_advice_sought=2026-06-10T09:00+10:00")
    assert "respond stands still since 2026-06-10 (court_advice_sought), 41 calendar_days left" in stopped


def test_the_calendar_can_be_changed() -> None:
    assert dates("--extra-holidays", "2026-06-09, 2026-06-10")["acknowledge_1bd"] == "2026-06-11"
    assert dates("--excluded-holidays", "2026-06-08")["acknowledge_1bd"] == "2026-06-08"
    assert dates("--place", "AU-QLD")["acknowledge_1bd"] == "2026-06-08"
    assert dates("--strictest", "AU-QLD")["acknowledge_1bd"] == "2026-06-08"
    assert dates("--strictest", "all")["close_5bd"] == "2026-06-12"


def test_dates_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("kind,date,name,places\nextra,2026-06-09,A day,AU-NSW\n")
    assert dates("--holidays-file", str(file))["acknowledge_1bd"] == "2026-06-10"
    assert "none.csv is not there" in refusal("--holidays-file", "none.csv")


def test_the_days_of_a_card_scheme_are_an_option_or_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "set EARSHOT_CARD_SCHEME_DAYS" in refusal("--type", "card_scheme")
    assert dates("--type", "card_scheme", "--scheme-days", "45")["respond"] == "2026-07-20"
    monkeypatch.setenv("EARSHOT_CARD_SCHEME_DAYS", "60")
    assert dates("--type", "card_scheme")["respond"] == "2026-08-04"


def test_the_settings_decide_about_the_strictest_of_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_CALENDAR_MODE", "strictest")
    monkeypatch.setenv("EARSHOT_STRICTEST_PLACES", "AU-VIC, AU-QLD")
    assert dates()["acknowledge_1bd"] == "2026-06-08"
    monkeypatch.setenv("EARSHOT_STRICTEST_PLACES", "AU-VIC")
    assert dates()["acknowledge_1bd"] == "2026-06-09"


def test_types_events_and_places_of_a_pack_are_listed() -> None:
    found = answer("--list-types", received=None)
    assert list(found) == ["pack", "pack_version", "types", "events", "places"]
    assert "card_scheme" in found["types"]
    assert found["events"]["court_advice_sought"]["effect"] == "stops"
    text = printed("--list-types", "--pack", "uk-disp", received=None)
    assert "payment_services" in text and "places: GB-ENG" in text and "withdrawn" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--event", "acknowledged"), "is not KIND=INSTANT"),
        (("--event", "acknowledged=2026-06-06T09:00"), "has no offset"),
        (("--event", "acknowledged=2026-06-06T09:00+10:00,by"), "'by' is not FACT=VALUE"),
        (("--event", "snoozed=2026-06-06T09:00+10:00"), "event 'snoozed' meets no clock; known events: acknowledged"),
        (("--event", "advocate_requested=2026-06-06T09:00+10:00"), "comes before any responded"),
        (("--type", "wish"), "complaint type 'wish' is unknown to pack asic-rg271 2021-09; known types: standard"),
        (("--place", "AU-XX"), "place 'AU-XX' is unknown to pack asic-rg271 2021-09; known places: AU-ACT"),
        (("--strictest", "AU-XX"), "place 'AU-XX' is unknown"),
        (("--pack", "none"), "policy pack 'none' with clocks is unknown; known packs: "),
        (("--list-types", "--pack", "none"), "policy pack 'none' with clocks is unknown"),
        (("--extra-holidays", "monday"), "--extra-holidays 'monday' must be dates"),
        (("--excluded-holidays", "2026-6-8"), "--excluded-holidays '2026-6-8' must be dates"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_value_and_the_way_out(arguments: tuple[str, ...], says: str) -> None:
    assert says in refusal(*arguments)


def test_a_receipt_is_needed_and_has_a_zone() -> None:
    assert "--received is missing" in refusal(received=None)
    assert "has no offset: say which" in refusal(received="2026-06-05T23:50")
    assert "'soon' is no ISO 8601 instant" in refusal(received="soon")
    assert "no value of respond in force on 2021-10-04" in refusal(received="2021-10-04T09:00+11:00")
