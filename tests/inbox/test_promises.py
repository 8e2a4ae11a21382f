"""Promises on the case, in the composer, before a case is closed, and in their list."""

import re
from datetime import timedelta

import pytest

from flow import promises
from inbox.composer import CHECKS
from inbox.roles import Role
from models import CaseState, EventKind
from models.promise import PromiseKind, PromiseState
from tests.inbox.conftest import Browser, add_person, log_in
from tests.inbox.factory import NOW, SYDNEY, Said, add, carry_out
from tests.inbox.test_bulk import order, ticked

QUESTION = Said("how do I log in?", label="enquiry")
TOMORROW = f"{(NOW + timedelta(days=1)).astimezone(SYDNEY):%Y-%m-%dT17:00}"
PROMISE = {"promise_kind": "call_back", "promise_words": "We will call you.", "promise_when": "at"}
CHECKED = {f"check.{code}": "not_needed" for code in CHECKS}


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, QUESTION, now=NOW)


def form(browser: Browser, case_id: int) -> dict[str, str]:
    return {"form_key": browser.form_key(case_id), "version": browser.version(case_id)}


def make(browser: Browser, case_id: int, **changed: str):
    fields = form(browser, case_id) | PROMISE | {"promise_at": TOMORROW} | changed
    return fields, browser.post(f"/cases/{case_id}/promises", **fields)


def of_case(store, case_id: int):
    with store.reading() as transaction:
        return transaction.promises.of_case(case_id)


def kinds(store, case_id: int) -> list[EventKind]:
    with store.reading() as transaction:
        return [event.kind for event in transaction.events.of_case(case_id)]


def reply(browser: Browser, store, case_id: int, text: str, **more: str):
    page = browser.get(f"/cases/{case_id}").text.split('id="composer"')[1]
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    with store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention.id
    fields = {"form_key": key[1], "mention_id": mention, "audience": "public", "text": text} | CHECKED | more
    return fields, browser.post(f"/cases/{case_id}/reply", **fields)


def test_a_promise_noted_on_the_case_stands_there_with_its_due_date_in_words(sqlite_store, agent, case_id):
    fields, answer = make(agent, case_id)
    assert "notice=promised" in answer.headers["location"]
    page = agent.get(f"/cases/{case_id}").text
    assert "We will call you." in page
    assert "Next promise" in page
    assert "promised something" in page
    again = agent.post(f"/cases/{case_id}/promises", **fields)
    assert "notice=once" in again.headers["location"]
    assert len(of_case(sqlite_store, case_id)) == 1


def test_a_date_is_read_in_the_zone_of_who_reads_and_an_amount_as_working_time(sqlite_store, agent, case_id):
    agent.post("/me", language="en", zone="Europe/Sofia")
    make(agent, case_id, promise_at="2026-11-25T10:00")
    fields = {"promise_when": "span", "promise_amount": "2", "promise_unit": "working_days"}
    make(agent, case_id, **fields)
    sofia, span = sorted(of_case(sqlite_store, case_id), key=lambda one: one.id)
    assert sofia.due_at.isoformat() == "2026-11-25T08:00:00+00:00"
    # 21 November 2026 is a Saturday; two business days later the day ends at 17:00 on Tuesday
    assert span.due_at.astimezone(SYDNEY).isoformat() == "2026-11-24T17:00:00+11:00"
    assert "2 business days" in span.basis


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"promise_at": ""}, "give one"),
        ({"promise_at": "2020-01-01T10:00"}, "has passed"),
        ({"promise_words": ""}, "say what is promised"),
        ({"promise_kind": "moon"}, "what kind"),
        ({"promise_when": "span", "promise_amount": "x"}, "from 1 to 365"),
        ({"promise_when": "span", "promise_amount": "2", "promise_unit": "moons"}, "from 1 to 365"),
        ({"promise_at": "2031-01-01T10:00"}, "365 days at most"),
    ],
)
def test_what_is_no_promise_is_refused_and_nothing_is_noted(sqlite_store, agent, case_id, changed, says):
    _, answer = make(agent, case_id, **changed)
    assert answer.status_code == 422
    assert says in answer.text
    assert of_case(sqlite_store, case_id) == []


def test_it_is_kept_withdrawn_or_given_another_date_once(sqlite_store, agent, case_id):
    make(agent, case_id)
    [first] = of_case(sqlite_store, case_id)
    later = f"{(NOW + timedelta(days=3)).astimezone(SYDNEY):%Y-%m-%dT12:00}"
    fields = form(agent, case_id) | {"promise_when": "at", "promise_at": later, "reason": "the part is late"}
    for notice in ("promise_moved", "once"):
        assert notice in agent.post(f"/promises/{first.id}/date", **fields).headers["location"]
    old, new = sorted(of_case(sqlite_store, case_id), key=lambda one: one.id)
    assert (old.state, old.reason, new.replaces) == (PromiseState.WITHDRAWN, "the part is late", old.id)
    fields = form(agent, case_id)
    for notice in ("promise_kept", "once"):
        assert notice in agent.post(f"/promises/{new.id}/keep", **fields).headers["location"]
    late = agent.post(f"/promises/{new.id}/withdraw", **form(agent, case_id), reason="x")
    assert late.status_code == 409
    assert "settled already: kept by agent person" in late.text
    page = agent.get(f"/cases/{case_id}").text
    assert "2 settled" in page
    assert "another date" in page


def test_a_withdrawal_without_a_reason_and_an_old_page_are_refused(sqlite_store, agent, case_id):
    make(agent, case_id)
    [one] = of_case(sqlite_store, case_id)
    fields = form(agent, case_id)
    assert agent.post(f"/promises/{one.id}/withdraw", **fields, reason=" ").status_code == 409
    agent.post(f"/cases/{case_id}/assign", owner="agent person", version=fields["version"])
    assert agent.post(f"/promises/{one.id}/keep", **fields).status_code == 409
    assert of_case(sqlite_store, case_id)[0].state is PromiseState.OPEN
    assert agent.post("/promises/999/keep", **fields).status_code == 404


def test_a_reply_that_promises_says_so_before_it_goes_and_fills_the_fields_in(sqlite_store, agent, case_id):
    fields, _ = reply(agent, sqlite_store, case_id, "")
    fields["text"] = "Sorry. We will call you by Friday."
    found = agent.client.post(
        f"/cases/{case_id}/promise-found",
        data={"form_token": agent.token(), **fields},
        headers={"hx-request": "true"},
    )
    assert "It seems to promise something" in found.text
    assert "27 Nov 2026, 17:00" in found.text
    taken = agent.client.post(
        f"/cases/{case_id}/promise-found",
        data={"form_token": agent.token(), **fields, "take": "1"},
        headers={"hx-request": "true"},
    )
    assert 'value="2026-11-27T17:00"' in taken.text
    assert re.search(r'value="call_back" selected', taken.text)
    whole = agent.post(f"/cases/{case_id}/promise-found", **fields, take="1")
    assert whole.status_code == 200
    assert "We will call you by Friday." in whole.text
    assert 'value="2026-11-27T17:00"' in whole.text
    assert of_case(sqlite_store, case_id) == []


def test_a_reply_without_a_promise_is_proposed_nothing(sqlite_store, agent, case_id):
    fields, _ = reply(agent, sqlite_store, case_id, "")
    fields["text"] = "Thanks for telling us. Which browser is it?"
    found = agent.client.post(
        f"/cases/{case_id}/promise-found",
        data={"form_token": agent.token(), **fields},
        headers={"hx-request": "true"},
    )
    assert found.text.strip() == ""


def test_what_is_promised_in_a_reply_is_promised_once_with_it(sqlite_store, agent, case_id, queues):
    given = PROMISE | {"promise_at": TOMORROW}
    fields, answer = reply(agent, sqlite_store, case_id, "We will call you tomorrow.", **given)
    assert answer.status_code == 303
    again = agent.post(f"/cases/{case_id}/reply", **fields)
    assert "notice=already" in again.headers["location"]
    [one] = of_case(sqlite_store, case_id)
    with sqlite_store.reading() as transaction:
        [row] = transaction.outbox.of_case(case_id)
    assert one.outbox_id == row.id
    page = agent.get(f"/cases/{case_id}").text
    assert "its reply has not been sent yet" in page
    assert "The last reply seems to promise" not in page


def test_a_promise_that_cannot_stand_keeps_the_reply_and_all_that_was_typed(sqlite_store, agent, case_id):
    given = PROMISE | {"promise_at": "2020-01-01T10:00"}
    _, answer = reply(agent, sqlite_store, case_id, "We will call you.", **given)
    assert answer.status_code == 422
    assert "The promise cannot stand so" in answer.text
    assert 'value="2020-01-01T10:00"' in answer.text
    with sqlite_store.reading() as transaction:
        assert transaction.outbox.of_case(case_id) == []


def test_a_reply_that_went_without_its_promise_is_pointed_out_on_the_case(sqlite_store, agent, case_id):
    reply(agent, sqlite_store, case_id, "We will call you by Friday.")
    page = agent.get(f"/cases/{case_id}").text
    assert "The last reply seems to promise something" in page
    assert 'value="2026-11-27T17:00"' in page
    make(agent, case_id)
    assert "The last reply seems to promise something" not in agent.get(f"/cases/{case_id}").text


def test_a_promise_in_a_reply_that_waits_for_approval_begins_when_it_is_approved(sqlite_store, agent, as_role, case_id):
    lead = as_role(Role.LEAD)
    given = PROMISE | {"promise_at": TOMORROW, "ask": "1"}
    reply(agent, sqlite_store, case_id, "We will call you tomorrow.", **given)
    assert of_case(sqlite_store, case_id) == []
    assert "We will call you." in lead.get("/approvals").text
    with sqlite_store.reading() as transaction:
        [waiting] = transaction.approvals.waiting()
        version = transaction.cases.get(case_id).version
    fields = {"form_key": "9" * 32, "version": str(version), "text": waiting.asked.text}
    assert lead.post(f"/approvals/{waiting.id}/approve", **fields).status_code == 303
    [one] = of_case(sqlite_store, case_id)
    assert (one.state, one.made_by) == (PromiseState.OPEN, "agent person")
    assert one.outbox_id is not None


def test_a_reply_whose_promise_has_run_out_while_it_waited_is_not_approved(
    sqlite_store, agent, as_role, case_id, clock
):
    lead = as_role(Role.LEAD)
    soon = f"{(NOW + timedelta(hours=1)).astimezone(SYDNEY):%Y-%m-%dT%H:%M}"
    reply(agent, sqlite_store, case_id, "We call in an hour.", **PROMISE, promise_at=soon, ask="1")
    clock.move(hours=2)
    with sqlite_store.reading() as transaction:
        [waiting] = transaction.approvals.waiting()
        version = transaction.cases.get(case_id).version
    fields = {"form_key": "9" * 32, "version": str(version), "text": waiting.asked.text}
    answer = lead.post(f"/approvals/{waiting.id}/approve", **fields)
    assert answer.status_code == 422
    assert "It promises something until" in answer.text


def test_a_case_with_an_open_promise_is_closed_only_with_a_word_about_it(sqlite_store, agent, case_id):
    make(agent, case_id)
    [one] = of_case(sqlite_store, case_id)
    fields = form(agent, case_id)
    asked = agent.post(f"/cases/{case_id}/done", **fields)
    assert asked.status_code == 409
    assert "Before the case is closed" in asked.text
    assert "We will call you." in asked.text
    why = agent.post(f"/cases/{case_id}/done", **fields, **{f"promise-{one.id}": "withdrawn"})
    assert "Say why it is withdrawn." in why.text
    with sqlite_store.reading() as transaction:
        assert transaction.cases.get(case_id).state is CaseState.OPEN
    done = agent.post(
        f"/cases/{case_id}/done", **fields, **{f"promise-{one.id}": "withdrawn", f"why-{one.id}": "she came by"}
    )
    assert done.status_code == 303
    assert of_case(sqlite_store, case_id)[0].state is PromiseState.WITHDRAWN
    with sqlite_store.reading() as transaction:
        assert transaction.cases.get(case_id).state is CaseState.CLOSED


@pytest.mark.parametrize(("answer", "state"), [("kept", PromiseState.KEPT), ("running", PromiseState.OPEN)])
def test_closed_it_is_kept_or_runs_on(sqlite_store, agent, case_id, answer, state):
    make(agent, case_id)
    [one] = of_case(sqlite_store, case_id)
    fields = form(agent, case_id) | {f"promise-{one.id}": answer}
    assert agent.post(f"/cases/{case_id}/done", **fields).status_code == 303
    assert of_case(sqlite_store, case_id)[0].state is state
    assert EventKind.CLOSED in kinds(sqlite_store, case_id)


def test_in_bulk_a_case_with_an_open_promise_stays(sqlite_store, agent, clock, case_id):
    other = add(sqlite_store, Said("and me?", label="enquiry", handle="h2", native_id="n2"), now=NOW)
    make(agent, case_id)
    clock.move(minutes=1)
    page = ticked("done", case_id, other)
    assert "a promise to the customer is open" in agent.get(page).text
    order(agent, page)
    carry_out(sqlite_store, 1, now=clock)
    with sqlite_store.reading() as transaction:
        states = [transaction.cases.get(each).state for each in (case_id, other)]
    assert states == [CaseState.OPEN, CaseState.CLOSED]


def test_an_overdue_promise_stands_out_and_is_said_late_or_in_time_with_a_reason(sqlite_store, agent, case_id, clock):
    soon = f"{(NOW + timedelta(hours=1)).astimezone(SYDNEY):%Y-%m-%dT%H:%M}"
    make(agent, case_id, promise_at=soon)
    [one] = of_case(sqlite_store, case_id)
    clock.move(hours=3)
    house = promises.house_of(agent_policy(agent))
    assert promises.look(sqlite_store, house.working, now=clock()) == 1
    page = agent.get(f"/cases/{case_id}").text
    assert "Kept, but late" in page
    assert "It was kept in time" in page
    assert "a promise was not kept in time" in agent.get("/called").text
    in_time = form(agent, case_id) | {"in_time": "Called at 13:20"}
    assert "promise_kept" in agent.post(f"/promises/{one.id}/keep", **in_time).headers["location"]
    assert of_case(sqlite_store, case_id)[0].state is PromiseState.KEPT


def agent_policy(browser: Browser):
    """That of the inbox that the browser looks at."""
    return browser.client.app.state.watch and _policy()


def _policy():
    from policy.loading import load_policy
    from settings import Settings

    return load_policy(**Settings().policy)


def test_the_list_says_what_is_due_overdue_and_kept_and_whose_it_is(sqlite_store, agent, as_role, case_id, clock):
    make(agent, case_id)
    other = add(sqlite_store, Said("and me?", label="enquiry", handle="h2", native_id="n2"), now=NOW)
    lead = as_role(Role.LEAD)
    make(lead, other, promise_words="A refund for you", promise_kind="refund")
    mine, everybodys = agent.get("/promises").text, agent.get("/promises?whose=all").text
    assert "We will call you." in mine
    assert "A refund for you" not in mine
    assert "A refund for you" in everybodys
    clock.move(days=3)
    log_in(agent, "agent person")
    promises.look(sqlite_store, promises.house_of(_policy()).working, now=clock())
    page = agent.get("/promises?list=overdue").text
    assert "We will call you." in page
    assert "0 %" in page
    assert "0 of 2" in page
    assert agent.get("/promises?list=moon").status_code == 400


def test_the_file_has_no_words_and_an_agent_takes_none_out(sqlite_store, agent, as_role, case_id):
    make(agent, case_id, promise_words="=cmd()")
    assert agent.get("/promises/export").status_code == 403
    file = as_role(Role.AUDITOR).get("/promises/export?whose=all").text
    assert "cmd" not in file
    assert "call_back" in file
    assert "agent person" in file


def test_the_queue_shows_the_promise_that_is_due_next(sqlite_store, agent, case_id):
    make(agent, case_id)
    assert "promised-row" in agent.get("/").text


def test_an_auditor_sees_promises_and_settles_none(sqlite_store, agent, case_id, open_browser):
    make(agent, case_id)
    [one] = of_case(sqlite_store, case_id)
    add_person(sqlite_store, "Odd", Role.AUDITOR)
    auditor = open_browser()
    log_in(auditor, "Odd")
    page = auditor.get(f"/cases/{case_id}").text
    assert "We will call you." in page
    assert f"/promises/{one.id}/keep" not in page
    assert auditor.post(f"/promises/{one.id}/keep", form_key="a" * 32, version="1").status_code == 403


def test_words_of_a_promise_are_shown_as_text_and_run_nothing(sqlite_store, agent, case_id):
    make(agent, case_id, promise_words="<script>alert(1)</script>\u202eevil")
    page = agent.get(f"/cases/{case_id}").text + agent.get("/promises").text
    assert "<script>alert" not in page
    assert PromiseKind.CALL_BACK.value.replace("_", " ").capitalize() in page


def test_the_page_of_a_complaint_says_that_a_promise_is_open_before_somebody_closes_it(sqlite_store, agent):
    case_id = add(sqlite_store, Said("I was charged twice"), now=NOW)
    with sqlite_store.reading() as transaction:
        complaint_id = transaction.cases.get(case_id).complaint_id
    assert "is open</a>" not in agent.get(f"/complaints/{complaint_id}").text
    make(agent, case_id)
    page = agent.get(f"/complaints/{complaint_id}").text
    assert "1 promise to this customer is open</a>" in page and f"/cases/{case_id}#promises" in page
