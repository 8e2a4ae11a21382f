import re

import pytest

from flow.saved_replies import add_macro, seed
from inbox.roles import Role
from inbox.saved_replies import load
from models import CaseState, EventKind
from models.saved_reply import ME, Macro, MacroAct, MacroActKind
from store.tables import events
from tests.inbox.conftest import add_person
from tests.inbox.factory import DEMO, NOW, add

KEY = "b" * 32
TAKE = (
    MacroAct(MacroActKind.ASSIGN, ME),
    MacroAct(MacroActKind.NOTE, "Standard praise, thanked."),
    MacroAct(MacroActKind.SAVED_REPLY, "praise_thanks"),
    MacroAct(MacroActKind.DONE),
)


@pytest.fixture
def case_id(sqlite_store) -> int:
    seed(sqlite_store, load(), now=NOW)
    return add(sqlite_store, *DEMO[8], now=NOW)


def _macro(store, *acts, name="Thank and close", key="m-1"):
    with store.writing() as transaction:
        add_macro(transaction, Macro(key, name, acts), by="lead person", now=NOW)


def _run(browser, case_id, *, key=KEY, macro="m-1", version=None):
    version = version or browser.version(case_id)
    return browser.post(f"/cases/{case_id}/macro", macro=macro, form_key=key, version=version)


def _happened(store, case_id):
    with store.reading() as transaction:
        return [
            (event.kind, event.actor) for event in transaction.events.of_case(case_id) if event.actor_kind == "person"
        ]


def _case(store, case_id):
    with store.reading() as transaction:
        return transaction.cases.get(case_id)


def test_a_macro_does_all_its_acts_each_with_its_event_by_the_person(sqlite_store, agent, case_id):
    _macro(sqlite_store, *TAKE)
    answer = _run(agent, case_id)
    assert answer.status_code == 303
    assert "saved=praise_thanks" in answer.headers["location"]
    assert answer.headers["location"].endswith("#composer")
    case = _case(sqlite_store, case_id)
    assert (case.owner, case.state) == ("agent person", CaseState.CLOSED)
    kinds = [EventKind.MACRO_RAN, EventKind.ASSIGNED, EventKind.NOTED, EventKind.CLOSED]
    assert _happened(sqlite_store, case_id) == [(kind, "agent person") for kind in kinds]
    page = agent.get(answer.headers["location"]).text
    assert "Thank you for the kind words" in page.split('<textarea id="reply-text"')[1].split("</textarea>")[0]
    assert "ran a macro" in page
    assert "Standard praise, thanked." in page
    with sqlite_store.reading() as transaction:
        assert transaction.outbox.of_case(case_id) == [], "the person sends it"
        assert transaction.saved_replies.macro("m-1").runs == 1


def test_the_same_form_sent_twice_runs_it_once(sqlite_store, agent, case_id):
    _macro(sqlite_store, *TAKE[:2])
    version = agent.version(case_id)
    for _ in range(2):
        assert _run(agent, case_id, version=version).status_code == 303
    assert [kind for kind, _ in _happened(sqlite_store, case_id)].count(EventKind.NOTED) == 1


def test_where_one_act_is_refused_none_is_done(sqlite_store, agent):
    seed(sqlite_store, load(), now=NOW)
    complaint = add(sqlite_store, *DEMO[0], now=NOW)
    _macro(sqlite_store, *TAKE)
    before = _case(sqlite_store, complaint)
    answer = _run(agent, complaint)
    assert answer.status_code == 409
    assert "it is closed on its own page" in answer.text
    assert _case(sqlite_store, complaint) == before
    assert _happened(sqlite_store, complaint) == []


def test_a_case_that_changed_meanwhile_is_left_alone(sqlite_store, agent, case_id):
    _macro(sqlite_store, *TAKE)
    assert _run(agent, case_id, version="99").status_code == 409
    assert _happened(sqlite_store, case_id) == []


def test_the_page_says_what_a_macro_would_do_and_why_it_cannot(sqlite_store, agent, case_id):
    _macro(sqlite_store, *TAKE)
    page = agent.get(f"/cases/{case_id}").text
    for words in (
        "Gives the case to you.",
        "Writes the internal note: “Standard praise, thanked.”",
        "Puts “Thank you for the praise” into the composer; you read it and send it.",
        "Marks the case done, though the reply is still to be sent by you.",
        "Run “Thank and close”",
    ):
        assert words in page
    complaint = add(sqlite_store, *DEMO[0], now=NOW)
    page = agent.get(f"/cases/{complaint}").text
    assert "Run “Thank and close”" not in page
    assert "Cannot be run here." in page


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (MacroAct(MacroActKind.ASSIGN, "Nobody Known"), "Nobody Known is nobody who works here"),
        (MacroAct(MacroActKind.SAVED_REPLY, "gone"), "The saved reply “gone” is not in use"),
    ],
)
def test_what_is_gone_since_is_refused(sqlite_store, agent, case_id, act, why):
    _macro(sqlite_store, TAKE[1], act)
    answer = _run(agent, case_id)
    assert (answer.status_code, why in answer.text) == (409, True)
    assert _happened(sqlite_store, case_id) == []


def test_a_retired_or_unknown_macro_is_not_run(sqlite_store, agent, as_role, case_id):
    _macro(sqlite_store, *TAKE[:2])
    as_role(Role.LEAD).post("/macros/m-1/retire", version="1")
    assert "Run “" not in agent.get(f"/cases/{case_id}").text
    assert _run(agent, case_id).status_code == 409
    assert _run(agent, case_id, macro="m-9").status_code == 404
    assert _happened(sqlite_store, case_id) == []


def test_a_lead_adds_changes_retires_and_restores_macros_and_each_is_noted(sqlite_store, as_role):
    add_person(sqlite_store, "Keiko", Role.AGENT)
    lead = as_role(Role.LEAD)
    fields = {"name": "To Keiko", "assign": "Keiko", "note": "For you", "saved_reply": "", "form_key": KEY}
    lead.get("/macros")
    for _ in range(2):
        assert lead.post("/macros", **fields).status_code == 303
    path = f"/macros/m-{KEY}"
    assert lead.post(path, **fields | {"assign": "@nobody", "done": "1"}, version="1").status_code == 303
    assert lead.post(path, **fields, version="1").status_code == 409
    assert lead.post(f"{path}/retire", version="2").status_code == 303
    assert lead.post(f"{path}/restore", version="3").status_code == 303
    with sqlite_store.engine.connect() as connection:
        rows = connection.execute(events.select().where(events.c.kind == "macro_changed").order_by(events.c.id)).all()
    assert [(row.facts["act"], row.facts["version"]) for row in rows] == [
        ("added", 1),
        ("edited", 2),
        ("retired", 3),
        ("restored", 4),
    ]
    assert rows[0].facts["acts"] == ["assign: Keiko", "note: For you"]
    assert "Gives the case to nobody." in lead.get("/macros").text


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"note": ""}, "It does nothing"),
        ({"name": " "}, "Name is empty"),
        ({"assign": "Nobody Known"}, "is nobody who works here"),
        ({"saved_reply": "gone"}, "There is no saved reply"),
        ({"note": "Tell {name}"}, "which nobody would fill in"),
    ],
)
def test_a_macro_that_cannot_work_is_refused_with_what_was_typed(sqlite_store, as_role, changed, why):
    lead = as_role(Role.LEAD)
    fields = {"name": "Mine", "assign": "", "note": "As typed", "saved_reply": "", "form_key": KEY}
    answer = lead.post("/macros", **fields | changed)
    assert (answer.status_code, why in answer.text) == (422, True)
    with sqlite_store.reading() as transaction:
        assert transaction.saved_replies.macros() == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMPLIANCE, Role.AUDITOR])
def test_others_see_macros_and_do_not_change_them(sqlite_store, as_role, role):
    _macro(sqlite_store, *TAKE[:2])
    browser = as_role(role)
    page = browser.get("/macros").text
    assert "Thank and close" in page
    assert not re.search(r'action="[^"]*/macros', page)
    assert browser.post("/macros/m-1", name="x", version="1").status_code == 403
