"""The first steps: shown to who is new, ticked only by what was done for real, put away for good, and found again."""

import pytest
from sqlalchemy import event

from inbox.roles import Role
from models import ActorKind, Event, EventKind
from tests.inbox.conftest import add_person
from tests.inbox.factory import DEMO, NOW, add


@pytest.fixture
def lead(as_role):
    return as_role(Role.LEAD)


def _done(browser) -> list[str]:
    """`is-done` or `is-open`, step by step."""
    parts = browser.get("/first-steps").text.split('<li class="is-')[1:]
    return [part.split('"')[0] for part in parts]


def _happened(store, kind, facts=None, *, by="lead person"):
    with store.writing() as transaction:
        done = Event(f"{kind.value}:{by}:{facts}", kind, NOW, ActorKind.PERSON, by, facts=facts or {})
        transaction.events.record([done], now=NOW)


def test_who_is_new_sees_them_above_the_queue_also_where_it_is_empty(lead):
    page = lead.get("/").text
    assert "First steps <small>0 of 4 done" in page
    assert "earshot up --sample" in page


def test_a_step_is_ticked_by_what_was_done_for_real_and_not_by_what_others_did(sqlite_store, lead):
    _happened(sqlite_store, EventKind.VERDICT_CONFIRMED, by="Keiko")
    assert _done(lead) == ["open"] * 4
    _happened(sqlite_store, EventKind.VERDICT_CONFIRMED)
    _happened(sqlite_store, EventKind.REPLY_QUEUED, {"characters": 20})
    assert _done(lead) == ["done", "open", "open", "open"]
    _happened(sqlite_store, EventKind.REPLY_QUEUED, {"saved_reply": "branches"})
    _happened(sqlite_store, EventKind.HANDED_OVER)
    assert _done(lead) == ["done", "done", "done", "open"]


def test_pressing_escalate_on_a_case_ticks_the_step_that_asks_for_it(sqlite_store, agent):
    add_person(sqlite_store, "Lena", Role.LEAD)
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    assert "Open a case and press “Escalate …”" in agent.get("/first-steps").text
    fields = {
        "form_token": agent.token(),
        "form_key": agent.form_key(case_id),
        "version": agent.version(case_id),
        "path": "billing",
        "reason": "no_authority",
        "note": "Over my limit.",
    }
    escalated = agent.client.post(f"/cases/{case_id}/escalate", data=fields)
    assert "notice=escalated" in escalated.headers["location"]
    assert _done(agent) == ["open", "open", "done"]


def test_what_a_rule_escalates_ticks_no_step_of_a_person(sqlite_store, agent):
    with sqlite_store.writing() as transaction:
        done = Event("escalated:9", EventKind.ESCALATED, NOW, ActorKind.RULE, "agent person")
        transaction.events.record([done], now=NOW)
    assert _done(agent) == ["open"] * 3


def test_saying_right_on_a_case_and_exporting_the_register_tick_their_steps(sqlite_store, lead):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    with sqlite_store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[0].mention
    fields = {"opinion": "right", "shown": "complaint", "form_key": lead.form_key(case_id)}
    lead.post(f"/mentions/{mention.id}/verdict", **fields)
    assert lead.get("/register/export").status_code == 200
    assert _done(lead) == ["done", "open", "open", "done"]


def test_an_agent_is_not_asked_to_export_what_agents_may_not(agent):
    assert _done(agent) == ["open"] * 3


def test_once_all_is_done_it_says_so_until_it_is_closed(sqlite_store, lead):
    for kind, facts in (
        (EventKind.RELABELLED, {}),
        (EventKind.REPLY_QUEUED, {"saved_reply": "branches"}),
        (EventKind.VERDICT_UNSURE, {}),
        (EventKind.REGISTER_EXPORTED, {}),
    ):
        _happened(sqlite_store, kind, facts)
    assert "That was all of it" in lead.get("/").text


def test_put_away_they_stay_away_and_are_found_again_behind_a_link(lead):
    assert lead.post("/first-steps", panel="away").headers["location"] == "/?notice=tour_away"
    assert "tour-title" not in lead.get("/").text
    assert "Show them above the queue again" in lead.get("/first-steps").text
    assert 'href="/first-steps"' in lead.get("/me").text
    lead.post("/first-steps", panel="shown")
    assert "tour-title" in lead.get("/").text
    assert lead.post("/first-steps", panel="perhaps").status_code == 400


def test_who_only_looks_is_not_asked_to_do_anything(as_role):
    assert "tour-title" not in as_role(Role.AUDITOR).get("/").text


def test_an_export_of_the_register_is_in_the_log_for_good(sqlite_store, lead):
    lead.get("/register/export?format=jsonl")
    with sqlite_store.reading() as transaction:
        kinds, _ = transaction.first_steps.done("lead person")
    assert EventKind.REGISTER_EXPORTED in kinds


def test_however_much_somebody_did_each_step_is_looked_up_in_the_index_by_person_and_kind(sqlite_store):
    _happened(sqlite_store, EventKind.REPLY_QUEUED)
    asked = []

    def note(connection, cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    with sqlite_store.reading() as transaction:
        event.listen(sqlite_store.engine, "before_cursor_execute", note)
        transaction.first_steps.done("lead person")
        event.remove(sqlite_store.engine, "before_cursor_execute", note)
    with sqlite_store.engine.connect() as connection:
        plans = [
            row.detail
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    looked_up = [plan for plan in plans if "events" in plan]
    assert len(looked_up) > 1
    assert all("ix_events_steps (actor=? AND kind=?)" in plan for plan in looked_up), looked_up
