"""Rows of packs made for the purpose: how they start, stop, join and end, whatever the law is called."""

from dataclasses import replace
from datetime import date

import pytest

from models.errors import RecordError
from policy.loading import PACKS
from policy.pack import read_regulation
from policy.table import Table, read_table
from tests.triage.build import NSW
from tests.triage.clock_build import clocks, day, days, event, standings

ROW = {
    "from": date(2021, 1, 1),
    "types": ["standard"],
    "value": 10,
    "unit": "calendar_days",
    "paragraph": "P 1",
    "force": "enforceable",
    "source": "a source",
}
LIMBS = read_table(PACKS / "generic" / "pack.toml", file="generic")._values["limbs"]
STOPS = {"meaning": "It stops", "paragraph": "P 2", "effect": "stops"}
RECORDS = {"meaning": "It happened", "paragraph": "P 3", "effect": "records"}
MONDAY = "2026-03-02"


def made(*, types=("standard",), events=None, delay=None, **rows):
    """A policy in New South Wales with these rows by clock, each with what differs from `ROW`."""
    values = {
        "name": "p",
        "version": "1",
        "source": "a source",
        "types": dict.fromkeys(types, "A type"),
        "clocks": {key: [_row(row) for row in alike] for key, alike in rows.items()},
        "limbs": LIMBS,
        "places": {"AU-NSW": {"country": "AU", "subdivision": "NSW", "zone": "Australia/Sydney"}},
        "events": events or {},
    }
    if delay is not None:
        values["delay_notice"] = delay
    return replace(NSW, regulation=read_regulation(Table(values, file="p/pack.toml")))


def _row(changes):
    row = ROW | changes
    return {key: value for key, value in row.items() if value is not None}


def stopping(*keys):
    return {
        "stopped": STOPS | {"clocks": list(keys)},
        "restarted": STOPS | {"effect": "restarts", "clocks": list(keys), "after": "stopped"},
    }


def test_weeks_are_seven_days_each_and_told_as_weeks():
    policy = made(respond=[{"value": 8, "unit": "weeks"}])
    due = clocks(MONDAY, policy=policy).dues[0]
    assert due.on == date(2026, 4, 27)
    assert due.steps[1] == "day 0 is not counted; 8 weeks after it is Monday 2026-04-27"


def test_hours_after_an_event_are_counted_from_its_instant():
    policy = made(respond=[{"value": 24, "unit": "hours", "starts": "asked"}], events={"asked": RECORDS})
    assert clocks(MONDAY, policy=policy).dues == ()
    (due,) = clocks(MONDAY, event("asked", "2026-03-04T09:30:00"), policy=policy).dues
    assert due.at.isoformat() == "2026-03-05T09:30:00+11:00"


def test_business_days_stand_still_too():
    policy = made(respond=[{"value": 3, "unit": "business_days"}], events=stopping("respond"))
    stop, go = event("stopped", "2026-03-04"), event("restarted", "2026-03-16")
    assert day("respond", MONDAY, policy=policy) == "2026-03-05"
    (stopped,) = clocks(MONDAY, stop, policy=policy).stopped
    assert (stopped.left, stopped.unit, stopped.since_on) == (2, "business_days", date(2026, 3, 4))
    found = clocks(MONDAY, stop, go, policy=policy).dues[0]
    assert found.on == date(2026, 3, 17)
    assert found.steps[1:3] == (
        "not counted: stopped on 2026-03-04, restarted on 2026-03-16",
        found.steps[2],
    )
    assert "passed over" not in found.steps[2]


def test_what_is_left_of_weeks_is_told_in_days():
    policy = made(respond=[{"value": 2, "unit": "weeks"}], events=stopping("respond"))
    (stopped,) = clocks(MONDAY, event("stopped", "2026-03-04"), policy=policy).stopped
    assert (stopped.left, stopped.unit) == (13, "calendar_days")


def test_a_later_stop_follows_an_ended_one_in_the_steps():
    policy = made(respond=[{}], events=stopping("respond"))
    log = [event("stopped", "2026-03-04"), event("restarted", "2026-03-06"), event("stopped", "2026-03-08")]
    (stopped,) = clocks(MONDAY, *log, policy=policy).stopped
    assert stopped.steps[1:] == (
        "not counted: stopped on 2026-03-04, restarted on 2026-03-06",
        "stands still: stopped on 2026-03-08; 7 left",
    )


def test_a_second_restart_changes_nothing():
    policy = made(respond=[{}], events=stopping("respond"))
    log = [event("stopped", "2026-03-04"), event("restarted", "2026-03-06"), event("restarted", "2026-03-09")]
    assert day("respond", MONDAY, *log, policy=policy) == "2026-03-14"


def test_a_stop_that_ended_before_receipt_is_not_told():
    policy = made(respond=[{}], events=stopping("respond"))
    log = [event("stopped", "2026-02-04"), event("restarted", "2026-03-02")]
    found = clocks(MONDAY, *log, policy=policy).dues[0]
    assert (found.on, len(found.steps)) == (date(2026, 3, 12), 3)


def test_a_row_may_be_stopped_by_name():
    policy = made(respond=[{"stopped_by": ["closed"]}])
    assert clocks(MONDAY, event("closed", "2026-03-04"), policy=policy).stopped[0].kind == "closed"


@pytest.mark.parametrize(("counts", "expected"), [("earliest", "2026-03-14"), ("latest", "2026-03-16")])
def test_of_several_events_the_earliest_or_the_latest_starts(counts, expected):
    policy = made(respond=[{"starts": ["asked", "told"], "counts": counts}], events={"asked": RECORDS, "told": RECORDS})
    log = [event("told", "2026-03-04"), event("asked", "2026-03-05"), event("told", "2026-03-06")]
    assert day("respond", MONDAY, *log, policy=policy) == expected


@pytest.mark.parametrize(
    ("counts", "at", "expected"),
    [
        ("earliest", "2026-02-20", "2026-03-02"),
        ("earliest", "2026-03-05", "2026-03-12"),
        ("latest", "2026-02-20", "2026-03-12"),
        ("latest", "2026-03-05", "2026-03-15"),
    ],
)
def test_receipt_may_be_one_of_several_starts(counts, at, expected):
    policy = made(respond=[{"starts": ["received", "asked"], "counts": counts}], events={"asked": RECORDS})
    assert day("respond", MONDAY, policy=policy) == "2026-03-12"
    assert day("respond", MONDAY, event("asked", at), policy=policy) == expected


def test_a_row_that_exists_only_after_an_event_is_still_counted_from_receipt():
    policy = made(respond_extended=[{"only_after": "held", "value": 35}], events={"held": RECORDS})
    assert days(MONDAY, policy=policy) == {}
    assert days(MONDAY, event("held", "2026-03-09"), policy=policy) == {"respond_extended": "2026-04-06"}


def test_an_event_starts_a_row_only_where_the_other_one_came_before_it():
    policy = made(respond=[{"starts": "asked", "only_after": "held"}], events={"held": RECORDS, "asked": RECORDS})
    held, asked = event("held", "2026-03-09"), event("asked", "2026-03-10")
    assert day("respond", MONDAY, asked, policy=policy) is None
    assert day("respond", MONDAY, held, asked, policy=policy) == "2026-03-20"
    assert day("respond", MONDAY, event("asked", "2026-03-09"), held, policy=policy) == "2026-03-19"
    assert day("respond", MONDAY, event("asked", "2026-03-08"), held, policy=policy) is None


def test_an_event_outside_the_time_of_another_clock_starts_nothing_and_is_told_once():
    policy = made(
        ask=[{"value": 3}],
        respond=[{}, {"starts": "asked", "within": "ask", "value": 20}],
        hold=[{"starts": "asked", "within": "ask", "value": 20}],
        events={"asked": RECORDS},
    )
    in_time, late = event("asked", "2026-03-05T23:59:59.500"), event("asked", "2026-03-06T00:00:00")
    assert day("respond", MONDAY, in_time, policy=policy) == "2026-03-25"
    found = clocks(MONDAY, late, policy=policy)
    assert [(due.key, due.on) for due in found.dues] == [("ask", date(2026, 3, 5)), ("respond", date(2026, 3, 12))]
    assert found.notes == ("asked 2026-03-06T00:00:00+11:00 came outside ask and starts nothing",)


def test_a_clock_that_stands_still_is_not_over_for_what_has_to_come_within_it():
    events = stopping("ask") | {"asked": RECORDS}
    policy = made(ask=[{"value": 3}], respond=[{"starts": "asked", "within": "ask"}], events=events)
    log = [event("stopped", "2026-03-03"), event("asked", "2026-03-20")]
    assert day("respond", MONDAY, *log, policy=policy) == "2026-03-30"


def test_what_has_to_come_within_a_clock_that_does_not_exist_starts_nothing():
    policy = made(
        ask=[{"starts": "told"}],
        respond=[{"starts": "asked", "within": "ask"}],
        events={"asked": RECORDS, "told": RECORDS},
    )
    assert day("respond", MONDAY, event("asked", "2026-03-20"), policy=policy) is None


@pytest.mark.parametrize(
    ("combine", "value", "expected"),
    [
        ("replaces", 3, "2026-03-06"),
        ("replaces", 30, "2026-04-02"),
        ("earliest", 3, "2026-03-06"),
        ("earliest", 30, "2026-03-12"),
        ("latest", 3, "2026-03-12"),
        ("latest", 30, "2026-04-02"),
    ],
)
def test_a_row_joins_those_above_it(combine, value, expected):
    policy = made(respond=[{}, {"starts": "asked", "combine": combine, "value": value}], events={"asked": RECORDS})
    assert day("respond", MONDAY, event("asked", "2026-03-03"), policy=policy) == expected


def test_of_two_equal_dates_the_row_above_is_the_later_one():
    second = {"starts": "asked", "paragraph": "P 9", "value": 9}
    for combine, paragraph in (("earliest", "P 9"), ("latest", "P 1")):
        policy = made(respond=[{}, second | {"combine": combine}], events={"asked": RECORDS})
        (due,) = clocks(MONDAY, event("asked", "2026-03-03"), policy=policy).dues
        assert (due.on, due.paragraph) == (date(2026, 3, 12), paragraph)


@pytest.mark.parametrize(("combine", "stands_still"), [("earliest", False), ("latest", True), ("replaces", False)])
def test_a_row_that_stands_still_is_later_than_any_date(combine, stands_still):
    for rows in (
        [{"stopped_by": ["stopped"]}, {"starts": "asked", "combine": combine}],
        [{"value": 30}, {"starts": "asked", "combine": combine, "stopped_by": ["stopped"]}],
    ):
        policy = made(respond=rows, events={"asked": RECORDS, "stopped": RECORDS})
        found = clocks(MONDAY, event("asked", "2026-03-03"), event("stopped", "2026-03-04"), policy=policy)
        is_below = combine == "replaces" and "stopped_by" in rows[1]
        assert bool(found.stopped) is (stands_still or is_below)


def test_a_date_replaces_a_clock_that_stands_still_and_says_so():
    policy = made(
        respond=[{"stopped_by": ["stopped"]}, {"starts": "asked"}], events={"asked": RECORDS, "stopped": RECORDS}
    )
    (due,) = clocks(MONDAY, event("stopped", "2026-03-03"), event("asked", "2026-03-04"), policy=policy).dues
    assert "in place of a clock that stands still (P 1)" in due.steps


def test_a_clock_may_take_over_the_date_of_another_or_start_at_its_end():
    policy = made(
        hold=[{"starts": "asked", "value": 5}],
        respond=[{}, {"date_of": "hold", "value": None, "combine": "latest"}],
        after=[{"counts_after": "hold", "value": 2, "unit": "business_days"}],
        events={"asked": RECORDS},
    )
    assert days(MONDAY, policy=policy) == {"respond": "2026-03-12"}
    found = days(MONDAY, event("asked", "2026-03-10"), policy=policy)
    assert found == {"hold": "2026-03-15", "respond": "2026-03-15", "after": "2026-03-17"}


def test_a_clock_after_one_that_stands_still_does_not_exist():
    policy = made(
        hold=[{"stopped_by": ["closed"]}],
        respond=[{"counts_after": "hold"}],
        same=[{"date_of": "hold", "value": None}],
    )
    found = clocks(MONDAY, event("closed", "2026-03-03"), policy=policy)
    assert found.dues == ()
    assert [one.key for one in found.stopped] == ["hold"]
    assert found.notes == ("respond of standard has no date until it is recorded: a restart",)


def test_a_date_given_with_the_event_stands_as_it_is():
    policy = made(respond=[{"starts": "asked", "date_from": "due_on", "value": None}], events={"asked": RECORDS})
    (due,) = clocks(MONDAY, event("asked", "2026-03-03", due_on="2026-03-21"), policy=policy).dues
    assert due.at.isoformat() == "2026-03-21T23:59:59+11:00"
    assert due.steps[1] == "due_on of asked: Saturday 2026-03-21"
    with pytest.raises(RecordError, match="respond needs due_on of asked, the last day"):
        clocks(MONDAY, event("asked", "2026-03-03"), policy=policy)
    alone = made(respond=[{"date_from": "due_on", "value": None}])
    with pytest.raises(RecordError, match="respond needs due_on of its event"):
        clocks(MONDAY, policy=alone)


def test_a_clock_is_ended_by_the_events_it_names_and_by_those_that_name_it():
    events = {"done": STOPS | {"effect": "meets", "clocks": ["hold"]}, "told": RECORDS}
    policy = made(hold=[{"met_by": ["told"]}], events=events)
    assert standings(MONDAY, event("told", "2026-03-04"), policy=policy)["hold"] == "met"
    assert standings(MONDAY, event("done", "2026-03-04"), policy=policy)["hold"] == "met"
    assert standings(MONDAY, event("responded", "2026-03-04"), policy=policy)["hold"] == "running"
    assert standings(MONDAY, event("withdrawn", "2026-03-04"), policy=policy)["hold"] == "met"


def test_an_event_before_the_start_does_not_end_what_it_starts():
    policy = made(respond=[{"starts": "asked"}], events={"asked": RECORDS})
    before, asked = event("responded", MONDAY), event("asked", "2026-03-03")
    after = event("responded", "2026-03-03")
    assert standings(MONDAY, before, asked, policy=policy)["respond"] == "running"
    assert standings(MONDAY, before, asked, after, policy=policy)["respond"] == "met"


def test_one_of_several_events_has_to_have_come_before():
    events = {"held": RECORDS, "told": RECORDS, "asked": RECORDS | {"after": ["held", "told"]}}
    policy = made(respond=[{}], events=events)
    with pytest.raises(RecordError, match="asked 2026-03-04T12:00:00.11:00 comes before any held or told .P 3.;"):
        clocks(MONDAY, event("asked", "2026-03-04"), policy=policy)
    assert clocks(MONDAY, event("told", "2026-03-03"), event("asked", "2026-03-04"), policy=policy).notes == ()


def test_an_acknowledgement_may_be_ended_by_more_than_its_name_says():
    policy = made(acknowledge=[{"met_by": ["told"]}], events={"told": RECORDS})
    for kind in ("told", "acknowledged", "responded"):
        assert standings(MONDAY, event(kind, "2026-03-04"), policy=policy)["acknowledge"] == "met"


def test_a_clock_that_takes_over_a_date_starts_when_the_other_one_did():
    policy = made(
        hold=[{"starts": "asked", "value": 5, "counts": "latest"}],
        respond=[{"starts": "asked", "date_of": "hold", "value": None}],
        events={"asked": RECORDS},
    )
    log = [event("asked", "2026-03-03"), event("responded", "2026-03-04"), event("asked", "2026-03-05")]
    assert standings(MONDAY, *log[:2], policy=policy)["respond"] == "met"
    assert standings(MONDAY, *log, policy=policy)["respond"] == "running"


def test_a_window_is_no_duty():
    policy = made(hold=[{"window": True}], open=[{"window": True, "lasts_until": "told"}], events={"told": RECORDS})
    assert standings(MONDAY, now="2026-03-12", policy=policy) == {"hold": "running", "open": "running"}
    assert standings(MONDAY, now="2026-03-13", policy=policy) == {"hold": "over", "open": "running"}
    told = event("told", "2026-03-04")
    assert standings(MONDAY, told, now="2026-03-13", policy=policy) == {"hold": "over", "open": "over"}
    withdrawn = event("withdrawn", "2026-03-04")
    assert standings(MONDAY, withdrawn, now="2026-03-13", policy=policy)["hold"] == "over"


def test_without_a_limit_for_closing_early_closing_ends_no_response_clock():
    policy = made(respond=[{}], acknowledge=[{}])
    assert standings(MONDAY, event("closed", "2026-03-03"), policy=policy) == {
        "respond": "running",
        "acknowledge": "running",
    }


def test_a_closing_limit_that_stands_still_is_no_limit():
    policy = made(respond=[{}], close_early=[{"stopped_by": ["told"]}], events={"told": RECORDS})
    log = [event("told", "2026-03-03"), event("closed", "2026-03-04")]
    assert standings(MONDAY, *log, policy=policy) == {"respond": "running"}


def test_an_event_without_code_is_named_and_concerns_its_types_only():
    events = {"written": STOPS | {"effect": "requires_response", "clocks": ["respond"], "types": ["standard"]}}
    policy = made(
        types=("standard", "other"),
        respond=[{"types": ["standard", "other"]}],
        close_early=[{"types": ["standard", "other"], "value": 3}],
        events=events,
    )
    asked = event("written", "2026-03-03")
    assert [(one.code, one.clocks) for one in clocks(MONDAY, asked, policy=policy).demands] == [
        ("written", {"respond"})
    ]
    assert clocks(MONDAY, asked, types="other", policy=policy).demands == ()
    closed = event("closed", "2026-03-04")
    assert standings(MONDAY, asked, closed, policy=policy)["respond"] == "running"
    assert standings(MONDAY, asked, closed, types="other", policy=policy)["respond"] == "met"


def test_a_delay_of_a_clock_that_does_not_run_is_not_valid():
    delay = {"event": "delay_notified", "before": "respond", "paragraph": "P", "reasons": {}, "contents": {}}
    policy = made(respond=[{"starts": "asked"}], events={"asked": RECORDS}, delay=delay)
    (notice,) = clocks(MONDAY, event("delay_notified", "2026-03-04"), policy=policy).delays
    assert (notice.missing, notice.paragraph) == (("respond is not running",), "P")


def test_a_delay_of_a_clock_that_stands_still_is_in_time():
    delay = {"event": "delay_notified", "before": "respond", "paragraph": "P", "reasons": {}, "contents": {}}
    policy = made(respond=[{"stopped_by": ["told"]}], events={"told": RECORDS}, delay=delay)
    log = [event("told", "2026-03-03"), event("delay_notified", "2026-09-04")]
    assert clocks(MONDAY, *log, policy=policy).delays[0].is_valid


@pytest.mark.parametrize(
    ("value", "reasons"),
    [("a b", ("a", "b")), ("a;b", ("a", "b")), (["a", "b"], ("a", "b")), (("a",), ("a",)), (None, ()), (5, ("5",))],
)
def test_reasons_may_be_a_list_or_one_text(value, reasons):
    delay = {"event": "delay_notified", "before": "respond", "paragraph": "P", "reasons": {}, "contents": {}}
    policy = made(respond=[{}], delay=delay)
    (notice,) = clocks(MONDAY, event("delay_notified", "2026-03-04", reasons=value), policy=policy).delays
    assert notice.missing == tuple(f"reason {reason} is no ground; grounds: " for reason in reasons)
