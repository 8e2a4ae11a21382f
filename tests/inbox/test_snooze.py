"""Putting a case off on its page, in many at once, and what the page says of clocks."""

from datetime import timedelta

import pytest

from flow.snoozing import wake_due
from inbox.roles import Role
from models import EventKind
from tests.inbox.conftest import add_person, log_in
from tests.inbox.factory import NOW, SYDNEY, Said, add, carry_out
from tests.inbox.test_bulk import order, ticked

QUESTION = Said("how do I log in?", label="enquiry")
GRIEVANCE = Said("you charged me twice, refund me", minutes_ago=30)


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, QUESTION, now=NOW)


def snooze(browser, case_id: int, **fields: str):
    page = {"form_key": browser.form_key(case_id), "version": browser.version(case_id)}
    return browser.post(f"/cases/{case_id}/snooze", **page | fields)


def is_put_off(store, case_id: int) -> bool:
    with store.reading() as transaction:
        return transaction.snoozes.get(case_id) is not None


def test_a_case_put_off_is_in_the_view_of_snoozed_ones_with_its_count(sqlite_store, agent, case_id):
    answer = snooze(agent, case_id, when="tomorrow", at="", note="ask again tomorrow")
    assert answer.headers["location"] == f"/cases/{case_id}?notice=snoozed"
    page = agent.get("/?view=snoozed").text
    assert 'id="count-snoozed" class="count">1<' in page
    assert 'id="count-all" class="count">0<' in page
    assert "how do I log in?" in page
    case = agent.get(f"/cases/{case_id}").text
    assert "Put off until" in case
    assert "put the case off" in case
    assert "ask again tomorrow" in case


def test_bringing_it_back_undoes_it(sqlite_store, agent, case_id):
    snooze(agent, case_id, when="hour")
    key = agent.form_key(case_id)
    assert agent.post(f"/cases/{case_id}/wake", form_key=key).headers["location"].endswith("notice=woken")
    assert agent.post(f"/cases/{case_id}/wake", form_key=key).headers["location"].endswith("notice=awake")
    assert not is_put_off(sqlite_store, case_id)
    assert "brought the case back" in agent.get(f"/cases/{case_id}").text


def test_a_time_of_ones_own_is_read_in_the_firms_zone(sqlite_store, agent, case_id):
    local = NOW.astimezone(SYDNEY)
    typed = f"{local.replace(hour=23, minute=30):%Y-%m-%dT%H:%M}"
    assert snooze(agent, case_id, when="at", at=typed).status_code == 303
    with sqlite_store.reading() as transaction:
        found = transaction.snoozes.get(case_id)
    assert f"{found.until.astimezone(SYDNEY):%Y-%m-%dT%H:%M}" == typed


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"when": "someday"}, 400, "until when"),
        ({"when": "at", "at": ""}, 400, "until when"),
        ({"when": "at", "at": "next week"}, 400, "until when"),
        ({"when": "hour", "at": "2031-01-01T10:00"}, 400, "a preset and a time of your own"),
        ({"when": "at", "at": "2020-01-01T10:00"}, 409, "has passed"),
        ({"when": "at", "at": "9999-12-31T10:00"}, 409, "90 days"),
        ({}, 400, "when is missing"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_with_the_way_out(agent, case_id, sqlite_store, fields, status, says):
    answer = snooze(agent, case_id, **fields)
    assert answer.status_code == status
    assert says in answer.text
    assert not is_put_off(sqlite_store, case_id)


def test_an_old_page_is_refused_and_the_same_form_sent_twice_is_carried_out_once(sqlite_store, agent, case_id):
    page = {"form_key": agent.form_key(case_id), "version": agent.version(case_id), "when": "hour"}
    for _ in range(2):
        assert agent.post(f"/cases/{case_id}/snooze", **page).status_code == 303
    other = page | {"form_key": "e" * 32, "when": "tomorrow"}
    assert agent.post(f"/cases/{case_id}/snooze", **other).status_code == 409
    with sqlite_store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(case_id)]
    assert kinds.count(EventKind.SNOOZED) == 1


def test_at_the_door_a_complaint_says_when_its_clock_brings_it_back(sqlite_store, agent):
    case_id = add(sqlite_store, GRIEVANCE, now=NOW)
    assert "whatever you choose, it is back by" in agent.get(f"/cases/{case_id}").text
    local = (NOW + timedelta(days=5)).astimezone(SYDNEY)
    assert snooze(agent, case_id, when="at", at=f"{local:%Y-%m-%dT%H:%M}").status_code == 303
    assert "a clock brings it back before" in agent.get(f"/cases/{case_id}").text


def test_a_complaint_whose_clock_ends_soon_says_why_it_cannot_be_put_off(sqlite_store, agent, clock):
    case_id = add(sqlite_store, GRIEVANCE, now=NOW)
    page = {"form_key": agent.form_key(case_id), "version": agent.version(case_id), "when": "hour"}
    clock.move(hours=21)
    shown = agent_again(sqlite_store, agent)
    assert "cannot be put off now" in shown.get(f"/cases/{case_id}").text
    answer = shown.post(f"/cases/{case_id}/snooze", **page)
    assert answer.status_code == 409
    assert "ends within four hours" in answer.text
    assert not is_put_off(sqlite_store, case_id)


def agent_again(store, browser):
    """A session ends after twelve hours."""
    log_in(browser, "agent person")
    return browser


def test_whoever_put_it_off_is_told_when_it_is_back(sqlite_store, agent, case_id, clock):
    snooze(agent, case_id, when="hour")
    clock.move(hours=2)
    assert wake_due(sqlite_store, now=clock()) == 1
    page = agent.get("/called").text
    assert "brought back what you put off" in page
    assert f"case {case_id}" in page


def test_an_auditor_sees_that_it_is_put_off_and_cannot_change_it(sqlite_store, agent, case_id, open_browser):
    snooze(agent, case_id, when="hour")
    add_person(sqlite_store, "Odd", Role.AUDITOR)
    auditor = open_browser()
    log_in(auditor, "Odd")
    page = auditor.get(f"/cases/{case_id}").text
    assert "Put off until" in page
    assert "Bring it back now" not in page
    assert auditor.post(f"/cases/{case_id}/wake", form_key="a" * 32).status_code == 403


def test_many_are_put_off_at_once_complaints_stay_and_undo_brings_them_back(sqlite_store, agent, clock, queues):
    asked = [add(sqlite_store, Said("how?", label="enquiry", handle=f"h{n}", native_id=f"n{n}"), now=NOW) for n in "ab"]
    grievance = add(sqlite_store, GRIEVANCE, now=NOW)
    page = ticked("snooze:tomorrow", *asked, grievance)
    assert "a clock of the regulator runs" in agent.get(page).text
    assert order(agent, page).status_code == 303
    carry_out(sqlite_store, 1, now=clock)
    assert [is_put_off(sqlite_store, each) for each in (*asked, grievance)] == [True, True, False]
    assert agent.post("/bulk/1/undo").status_code == 303
    carry_out(sqlite_store, 1, now=clock)
    assert [is_put_off(sqlite_store, each) for each in asked] == [False, False]
