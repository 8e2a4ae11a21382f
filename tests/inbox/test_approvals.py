"""A reply that waits: asked for, decided by somebody else, once, and looked at again at the moment it goes."""

import re
import secrets
from dataclasses import replace

import pytest

from inbox.composer import CHECKS
from inbox.pages import approvals as page_module
from inbox.roles import Role
from models import EventKind, Tier
from store.approvals import ApprovalState
from store.outbox import Effect
from tests.inbox.conftest import Browser, add_person, log_in
from tests.inbox.factory import DEMO, NOW, Said, add

CHECKED = {f"check.{code}": "not_needed" for code in CHECKS}
TEXT = "Sorry. We look into it today."


@pytest.fixture
def complaint(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


@pytest.fixture
def lead(as_role) -> Browser:
    return as_role(Role.LEAD)


@pytest.fixture
def enter(sqlite_store, open_browser):
    def enter_one(name: str, role: Role) -> Browser:
        add_person(sqlite_store, name, role)
        browser = open_browser()
        assert log_in(browser, name).status_code == 303
        return browser

    return enter_one


def _ask(store, browser: Browser, case_id: int, **changed: str):
    page = browser.get(f"/cases/{case_id}").text.split('id="composer"')[1]
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key is not None
    with store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention.id
    fields = {"form_key": key[1], "mention_id": mention, "audience": "public", "text": TEXT, "ask": "1"}
    fields |= CHECKED | changed
    if not fields["ask"]:
        del fields["ask"]
    return fields, browser.post(f"/cases/{case_id}/reply", **fields)


def _waiting(store):
    with store.reading() as transaction:
        return transaction.approvals.waiting()


def _approval(store, number):
    with store.reading() as transaction:
        return transaction.approvals.get(number)


def _replies(store, case_id):
    with store.reading() as transaction:
        return [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.SEND_REPLY]


def _kinds(store, case_id):
    with store.reading() as transaction:
        return [event.kind for event in transaction.events.of_case(case_id)]


def _form(store, number: int, **changed: str) -> dict[str, str]:
    """As a page that was opened just now sends it."""
    approval = _approval(store, number)
    with store.reading() as transaction:
        version = transaction.cases.get(approval.asked.case_id).version
    return {"form_key": secrets.token_hex(16), "version": str(version), "text": approval.asked.text} | changed


def _approve(store, browser: Browser, number: int, **changed: str):
    return browser.post(f"/approvals/{number}/approve", **_form(store, number, **changed))


def test_a_reply_handed_in_waits_in_its_place_and_goes_out_when_a_lead_approves_it(
    sqlite_store, agent, lead, complaint, queues
):
    _, answer = _ask(sqlite_store, agent, complaint, question="Is the tone right?")
    assert "notice=approval_asked" in answer.headers["location"]
    assert _replies(sqlite_store, complaint) == []
    assert queues.take() is None
    page = agent.get(f"/cases/{complaint}").text
    assert "Waits for approval" in page
    assert TEXT in page
    assert "Is the tone right?" in lead.get("/approvals").text
    [waiting] = _waiting(sqlite_store)
    answer = _approve(sqlite_store, lead, waiting.id)
    assert "notice=approved" in answer.headers["location"]
    [row] = _replies(sqlite_store, complaint)
    assert row.payload == {"text": TEXT, "is_private": False, "person": "agent person"}
    assert queues.take() == ("deliver", (row.id,))
    kinds = _kinds(sqlite_store, complaint)
    assert [kinds.count(kind) for kind in (EventKind.APPROVAL_ASKED, EventKind.REPLY_QUEUED, EventKind.APPROVED)] == [
        1,
        1,
        1,
    ]
    assert "Waits for approval" not in agent.get(f"/cases/{complaint}").text


def test_waiting_moves_no_clock(sqlite_store, agent, lead, complaint):
    def clocks():
        with sqlite_store.reading() as transaction:
            return [(one.key, one.due_at, one.met_at) for one in transaction.cases.clocks_of(complaint)]

    before = clocks()
    assert before
    _ask(sqlite_store, agent, complaint)
    assert clocks() == before
    assert "acknowledge" in lead.get("/approvals").text
    _approve(sqlite_store, lead, _waiting(sqlite_store)[0].id)
    assert clocks() == before


def test_the_same_form_twice_asks_once_and_approves_once(sqlite_store, agent, lead, complaint):
    fields, _ = _ask(sqlite_store, agent, complaint)
    again = agent.post(f"/cases/{complaint}/reply", **fields)
    assert "notice=already" in again.headers["location"]
    del fields["ask"]
    unasked = agent.post(f"/cases/{complaint}/reply", **fields)
    assert "notice=already" in unasked.headers["location"]
    assert _replies(sqlite_store, complaint) == []
    [waiting] = _waiting(sqlite_store)
    form = _form(sqlite_store, waiting.id)
    first = lead.post(f"/approvals/{waiting.id}/approve", **form)
    second = lead.post(f"/approvals/{waiting.id}/approve", **form)
    assert "notice=approved" in first.headers["location"]
    assert "notice=once" in second.headers["location"]
    assert len(_replies(sqlite_store, complaint)) == 1


def test_of_two_who_decide_the_second_is_refused_and_nothing_goes_twice(
    sqlite_store, agent, lead, complaint, as_role, monkeypatch
):
    compliance = as_role(Role.COMPLIANCE)
    _ask(sqlite_store, agent, complaint)
    [waiting] = _waiting(sqlite_store)
    _approve(sqlite_store, lead, waiting.id)
    late = _approve(sqlite_store, compliance, waiting.id)
    assert late.status_code == 409
    assert "lead person" in late.text
    # at the very same instant: both read that it waits, and only one writes
    monkeypatch.setattr(page_module, "_open", lambda visit, transaction: waiting)
    form = _form(sqlite_store, waiting.id, anyway="1")
    assert compliance.post(f"/approvals/{waiting.id}/approve", **form).status_code == 409
    assert len(_replies(sqlite_store, complaint)) == 1
    assert compliance.post(f"/approvals/{waiting.id}/send-back", words="No", **form).status_code == 409
    assert _kinds(sqlite_store, complaint).count(EventKind.APPROVAL_SENT_BACK) == 0


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR])
def test_who_may_not_decide_decides_nothing(sqlite_store, agent, complaint, enter, role):
    add_person(sqlite_store, "Lena", Role.LEAD)
    _ask(sqlite_store, agent, complaint)
    other = enter("Someone Else", role)
    [waiting] = _waiting(sqlite_store)
    assert other.post(f"/approvals/{waiting.id}/approve", form_key="0" * 32).status_code == 403
    assert (TEXT in other.get("/approvals").text) is (role is Role.AUDITOR)
    assert TEXT in agent.get("/approvals").text
    assert _approval(sqlite_store, waiting.id).state is ApprovalState.WAITING


def test_nobody_approves_their_own_reply(sqlite_store, lead, complaint, as_role):
    as_role(Role.COMPLIANCE)
    _ask(sqlite_store, lead, complaint)
    [waiting] = _waiting(sqlite_store)
    assert "Nobody approves their own reply" in lead.get("/approvals").text
    refused = lead.post(f"/approvals/{waiting.id}/approve", form_key="a" * 32, version="1", text=TEXT)
    assert refused.status_code == 403
    assert _replies(sqlite_store, complaint) == []


def test_where_nobody_else_could_approve_it_is_said_and_nothing_waits(sqlite_store, agent, complaint):
    _, answer = _ask(sqlite_store, agent, complaint)
    assert answer.status_code == 422
    assert "Nobody else here may approve" in answer.text
    assert _waiting(sqlite_store) == []


def test_an_edited_reply_keeps_both_texts(sqlite_store, agent, lead, complaint):
    _ask(sqlite_store, agent, complaint)
    [waiting] = _waiting(sqlite_store)
    _approve(sqlite_store, lead, waiting.id, text="We are sorry. You hear from us today.")
    [row] = _replies(sqlite_store, complaint)
    assert row.payload["text"] == "We are sorry. You hear from us today."
    kept = _approval(sqlite_store, waiting.id)
    assert (kept.asked.text, kept.sent_text) == (TEXT, "We are sorry. You hear from us today.")
    page = lead.get("/approvals").text
    assert "As written" in page
    assert TEXT in page


def test_a_reply_sent_back_calls_its_author_and_is_in_their_draft(sqlite_store, agent, lead, complaint):
    _ask(sqlite_store, agent, complaint)
    [waiting] = _waiting(sqlite_store)
    form = _form(sqlite_store, waiting.id)
    answer = lead.post(f"/approvals/{waiting.id}/send-back", words="Say when they hear from us.", **form)
    assert "notice=sent_back" in answer.headers["location"]
    assert "sent a reply of yours back" in agent.get("/called").text
    page = agent.get(f"/cases/{complaint}").text
    assert "Say when they hear from us." in page
    assert TEXT in page.split('id="reply-text"')[1].split("</textarea>")[0]
    _, again = _ask(sqlite_store, agent, complaint)
    assert "notice=approval_asked" in again.headers["location"]


def test_its_author_takes_it_back_and_nobody_else_does(sqlite_store, agent, lead, complaint):
    _ask(sqlite_store, agent, complaint)
    [waiting] = _waiting(sqlite_store)
    assert lead.post(f"/approvals/{waiting.id}/withdraw", form_key="b" * 32).status_code == 403
    assert "notice=withdrawn" in agent.post(f"/approvals/{waiting.id}/withdraw", form_key="c" * 32).headers["location"]
    assert _approve(sqlite_store, lead, waiting.id).status_code == 409
    assert _replies(sqlite_store, complaint) == []


def test_of_two_that_wait_the_approver_says_which_and_the_other_goes_only_anyway(
    sqlite_store, agent, lead, complaint, enter
):
    other = enter("Keiko Ito", Role.AGENT)
    _ask(sqlite_store, agent, complaint)
    _ask(sqlite_store, other, complaint, text="Hello, we are sorry.")
    first, second = _waiting(sqlite_store)
    assert "Another reply waits for the same message" in lead.get("/approvals").text
    asked = _approve(sqlite_store, lead, first.id)
    assert asked.status_code == 409
    assert "Which of them goes?" in asked.text
    assert _replies(sqlite_store, complaint) == []
    chosen = _approve(sqlite_store, lead, first.id, chosen=str(second.id))
    assert "notice=approved" in chosen.headers["location"]
    assert [each.id for each in _waiting(sqlite_store)] == [second.id]
    refused = _approve(sqlite_store, lead, second.id)
    assert refused.status_code == 409
    assert "Send anyway" in refused.text
    [row] = _replies(sqlite_store, complaint)
    sent = _approve(sqlite_store, lead, second.id, anyway=str(row.id))
    assert "notice=approved" in sent.headers["location"]
    assert len(_replies(sqlite_store, complaint)) == 2


def test_a_reply_sent_by_somebody_meanwhile_is_asked_about(sqlite_store, agent, lead, complaint, enter):
    other = enter("Keiko Ito", Role.AGENT)
    _ask(sqlite_store, agent, complaint)
    _ask(sqlite_store, other, complaint, ask="", text="Hello, we are sorry.")
    assert len(_replies(sqlite_store, complaint)) == 1
    [waiting] = _waiting(sqlite_store)
    refused = _approve(sqlite_store, lead, waiting.id)
    assert refused.status_code == 409
    assert "by Keiko Ito, was sent meanwhile" in refused.text
    assert len(_replies(sqlite_store, complaint)) == 1


def test_a_new_message_is_warned_of_and_a_stale_form_refused(sqlite_store, agent, lead, complaint, clock):
    _ask(sqlite_store, agent, complaint)
    [waiting] = _waiting(sqlite_store)
    form = _form(sqlite_store, waiting.id)
    assert "wrote again" not in lead.get("/approvals").text
    clock.move(hours=1)
    with sqlite_store.reading() as transaction:
        conversation = transaction.mentions.of_case(complaint)[0].mention.conversation_id
    again = replace(
        DEMO[0][0], text="It is solved, thank you", conversation=conversation, minutes_ago=1, native_id="again"
    )
    assert add(sqlite_store, again, now=clock.now) == complaint
    assert lead.post(f"/approvals/{waiting.id}/approve", **form).status_code == 409
    assert "The author wrote again after this reply was written" in lead.get("/approvals").text
    assert _replies(sqlite_store, complaint) == []


def test_the_public_reply_guard_looks_again_at_what_the_approver_made_of_it(sqlite_store, agent, lead, complaint):
    _ask(sqlite_store, agent, complaint)
    [waiting] = _waiting(sqlite_store)
    told = "Joss, we see the late fee on your account 12345678."
    refused = _approve(sqlite_store, lead, waiting.id, text=told)
    assert refused.status_code == 422
    assert "would give the person away" in refused.text
    assert _replies(sqlite_store, complaint) == []
    empty = _approve(sqlite_store, lead, waiting.id, text="  ")
    assert empty.status_code == 422


def test_who_is_in_training_is_told_before_they_write_and_every_reply_waits(sqlite_store, agent, lead, complaint):
    with sqlite_store.reading() as transaction:
        person = transaction.accounts.by_name("agent person")
    lead.post("/training", user_id=str(person.id), act="mark", form_key="d" * 32)
    page = agent.get(f"/cases/{complaint}").text
    assert "Send for approval" in page
    assert "its author is in training" in page
    untold = _ask(sqlite_store, agent, complaint, ask="")[1]
    assert untold.status_code == 422
    assert "needs approval before it goes out" in untold.text
    told = _ask(sqlite_store, agent, complaint, ask="", told_public="training")[1]
    assert "notice=approval_asked" in told.headers["location"]
    assert _replies(sqlite_store, complaint) == []
    lead.post("/training", user_id=str(person.id), act="unmark", form_key="e" * 32)
    assert "Send for approval" not in agent.get(f"/cases/{complaint}").text


def test_only_a_lead_or_an_administrator_says_who_is_in_training_and_nobody_of_themselves(sqlite_store, agent, lead):
    with sqlite_store.reading() as transaction:
        people = {one.name: one.id for one in transaction.accounts.all()}
    assert agent.post("/training", user_id="1", act="mark", form_key="f" * 32).status_code == 403
    own = lead.post("/training", user_id=str(people["lead person"]), act="mark", form_key="f" * 32)
    assert own.status_code == 400


def test_a_text_that_needs_no_approval_any_more_is_not_sent_behind_its_authors_back(
    sqlite_store, agent, lead, complaint
):
    answer = _ask(sqlite_store, agent, complaint, ask="", told_public="limit")[1]
    assert answer.status_code == 422
    assert "needs no approval any more" in answer.text
    assert _replies(sqlite_store, complaint) == []


def test_an_amount_over_the_limit_waits_and_nobody_approves_above_their_own(sqlite_store, agent, lead):
    case_id = add(sqlite_store, *DEMO[3], now=NOW)
    text = "We will pay you $5,000 on Friday."
    untold = _ask(sqlite_store, agent, case_id, ask="", audience="private", text=text)[1]
    assert untold.status_code == 422
    assert "5,000" in untold.text
    _ask(sqlite_store, agent, case_id, audience="private", text=text, ask="", told_private="limit")
    [waiting] = _waiting(sqlite_store)
    refused = _approve(sqlite_store, lead, waiting.id)
    assert refused.status_code == 422
    assert "your own limit is 2,000" in refused.text
    assert (
        "notice=approved"
        in _approve(sqlite_store, lead, waiting.id, text="We will pay you $500 on Friday.").headers["location"]
    )


def test_those_that_wait_too_long_come_first_and_the_count_stands_in_the_navigation(
    sqlite_store, agent, lead, complaint, clock
):
    quiet = add(
        sqlite_store,
        Said("Is the branch open?", label="enquiry", handle="noor", tier=Tier.SAVED_REPLY, native_id="open"),
        now=NOW,
    )
    _ask(sqlite_store, agent, quiet)
    clock.move(hours=3)
    _ask(sqlite_store, agent, complaint)
    page = lead.get("/approvals").text
    assert page.index(f"/cases/{quiet}#approval") < page.index(f"/cases/{complaint}#approval")
    assert re.search(r'calls-count">2<span class="sr"> waiting', page)
    assert re.search(r'calls-count">2<span class="sr"> waiting', agent.get("/").text)


def test_an_unknown_reply_is_not_found(sqlite_store, agent, lead, complaint):
    assert lead.post("/approvals/99/approve", form_key="a" * 32, text="x", version="1").status_code == 404
    assert agent.post("/approvals/99/withdraw", form_key="a" * 32).status_code == 404
    _ask(sqlite_store, agent, complaint)
    [waiting] = _waiting(sqlite_store)
    assert lead.post(f"/approvals/{waiting.id}/send-back", form_key="a" * 32, words="  ").status_code == 400
