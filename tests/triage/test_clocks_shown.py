"""The clocks as JSON: what is there, and what is left out where it does not apply."""

from datetime import UTC, datetime

import pytest

from models.errors import RecordError
from tests.triage.build import NSW
from tests.triage.clock_build import event, instant
from triage.clocks_shown import clocks_as_json

RECEIVED = instant("2026-06-05T23:50:00")


def shown(*events, types=("standard",), **options):
    return clocks_as_json(NSW, types=types, received_at=RECEIVED, events=events, **options)


def by_key(answer, name="due"):
    return {row["key"]: row for row in answer[name]}


def test_a_receipt_alone_gives_dates_and_no_states():
    answer = shown()
    assert (answer["pack"], answer["day_zero"]) == ("asic-rg271", "2026-06-05")
    respond = by_key(answer)["respond"]
    assert (respond["date"], respond["at"]) == ("2026-07-05", "2026-07-05T23:59:59+10:00")
    assert respond["force"] == "enforceable" and respond["steps"]
    assert "state" not in respond and "candidates" not in respond
    assert not {"stopped", "response_required", "delay_notices", "history", "notes"} & set(answer)


def test_with_events_each_clock_says_how_it_stands_in_local_time():
    rows = by_key(shown(event("acknowledged", "2026-06-06T09:00:00")))
    assert (rows["acknowledge_24h"]["state"], rows["acknowledge_24h"]["met_at"]) == ("met", "2026-06-06T09:00:00+10:00")
    assert (rows["respond"]["state"], rows["respond"]["met_at"]) == ("running", None)


def test_a_calculator_looks_from_now_or_from_the_last_event():
    late = event("acknowledged", "2026-08-01")
    assert by_key(shown(late))["respond_s36"]["is_breach"]
    assert not by_key(shown(event("acknowledged", "2026-06-06")))["respond"]["is_breach"]
    now = by_key(shown(event("acknowledged", "2026-06-06"), now=instant("2026-08-01")))
    assert now["respond"]["state"] == "late"


def test_a_register_refuses_a_receipt_after_its_instant_and_has_states_without_events():
    assert by_key(shown(as_of=instant("2026-06-06")))["respond"]["state"] == "running"
    with pytest.raises(RecordError, match="future"):
        shown(as_of=datetime(2026, 6, 1, tzinfo=UTC))


def test_several_types_name_every_candidate():
    rows = by_key(shown(types=("standard", "superannuation")))
    assert rows["respond"]["candidates"] == {"standard": "2026-07-05", "superannuation": "2026-07-20"}


def test_what_stands_still_is_asked_for_was_delayed_or_had_another_type_is_told():
    answer = shown(
        event("court_advice_sought", "2026-06-10"),
        event("written_response_requested", "2026-06-11"),
        event("delay_notified", "2026-06-12", reasons=["complex"]),
        event("retyped", "2026-06-13", from_type="standard"),
        types=("traditional_trustee",),
    )
    stopped = by_key(answer, "stopped")["respond"]
    assert (stopped["since"], stopped["by"], stopped["left"]) == ("2026-06-10", "court_advice_sought", 41)
    assert "WR-A" in [row["code"] for row in answer["response_required"]]
    assert answer["response_required"][0]["meaning"]
    [notice] = answer["delay_notices"]
    assert not notice["is_valid"] and notice["missing"] and notice["at"] == "2026-06-12T12:00:00+10:00"
    [former] = answer["history"]
    assert (former["type"], former["until"]) == ("standard", "2026-06-13T12:00:00+10:00")
    assert "respond" in {row["key"] for row in former["due"]}
