"""Authority by role: what is beyond it goes to a person who has it, and is named on screen."""

import json

import pytest

from inbox.authority import ORDER, approvers
from inbox.roles import Role
from policy.approval_rules import load_approval_rules
from store.accounts import User
from store.callouts import Call
from tests.inbox.conftest import Browser, add_person, log_in
from tests.inbox.factory import DEMO, NOW, Said, add
from tests.inbox.test_approvals import _approve, _ask, _waiting
from tests.inbox.test_complaint import ABOUT, PAGE, _do, _entries, _message_id

FEE = "We will waive the late fee for you."
LIABLE = "We accept liability for the loss."


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, Said("why is there a late fee?", label="enquiry"), now=NOW)


@pytest.fixture
def enter(sqlite_store, open_browser):
    def enter_one(name: str, role: Role) -> Browser:
        add_person(sqlite_store, name, role)
        browser = open_browser()
        assert log_in(browser, name).status_code == 303
        return browser

    return enter_one


def ask(store, browser: Browser, case_id: int, text: str, told: str):
    """As a composer does that was shown the reason."""
    return _ask(store, browser, case_id, ask="", audience="private", text=text, told_private=told)[1]


def calls(store, name: str) -> list[Call]:
    with store.reading() as transaction:
        user = transaction.accounts.by_name(name)
        return [one.kind for one in transaction.callouts.of(user.id, limit=9)]


def test_an_exception_that_its_author_may_not_give_waits_for_a_lead_who_is_named_and_called(
    sqlite_store, agent, enter, case_id
):
    lead = enter("Lena Ott", Role.LEAD)
    enter("Ada Quist", Role.ADMIN)
    told = ask(sqlite_store, agent, case_id, FEE, "")
    assert told.status_code == 422
    assert "it waives a fee" in told.text
    assert "Lena Ott (lead)" in told.text
    assert "Ada Quist" not in told.text.split('id="composer"')[1].split("</section>")[0]
    assert ask(sqlite_store, agent, case_id, FEE, "waive_fee").status_code == 303
    assert (calls(sqlite_store, "Lena Ott"), calls(sqlite_store, "Ada Quist")) == ([Call.TO_APPROVE], [])
    assert "asks you to approve a reply" in lead.get("/called").text
    for browser in (agent, lead):
        assert "Lena Ott (lead)" in browser.get("/approvals").text
    assert "Lena Ott (lead)" in agent.get(f"/cases/{case_id}").text
    [waiting] = _waiting(sqlite_store)
    assert "notice=approved" in _approve(sqlite_store, lead, waiting.id).headers["location"]


def test_what_a_lead_may_not_give_goes_to_compliance_and_no_lead_approves_it(sqlite_store, agent, enter, case_id):
    lead, compliance = enter("Lena Ott", Role.LEAD), enter("Cleo Park", Role.COMPLIANCE)
    ask(sqlite_store, agent, case_id, LIABLE, "admit_liability")
    assert (calls(sqlite_store, "Lena Ott"), calls(sqlite_store, "Cleo Park")) == ([], [Call.TO_APPROVE])
    page = lead.get("/approvals").text
    assert "Cleo Park (compliance)" in page
    assert "This is not yours to give" in page
    [waiting] = _waiting(sqlite_store)
    refused = _approve(sqlite_store, lead, waiting.id)
    assert refused.status_code == 422
    assert "These roles may: admin, compliance" in refused.text
    assert "notice=approved" in _approve(sqlite_store, compliance, waiting.id).headers["location"]


def test_a_lead_who_gives_an_exception_of_their_own_needs_nobody(sqlite_store, enter, case_id):
    lead = enter("Lena Ott", Role.LEAD)
    assert ask(sqlite_store, lead, case_id, FEE, "").status_code == 303
    assert _waiting(sqlite_store) == []


def test_where_nobody_has_the_authority_it_is_said_and_the_text_can_still_be_changed(
    sqlite_store, agent, enter, case_id
):
    lead = enter("Lena Ott", Role.LEAD)
    ask(sqlite_store, agent, case_id, "We pay you €9.000,50 tomorrow.", "limit")
    assert "Nobody here may approve it as it stands (the highest limit is 2,000)" in agent.get("/approvals").text
    assert calls(sqlite_store, "Lena Ott") == []
    [waiting] = _waiting(sqlite_store)
    refused = _approve(sqlite_store, lead, waiting.id)
    assert "It names 9,000, and your own limit is 2,000" in refused.text
    assert _approve(sqlite_store, lead, waiting.id, text="We pay you €900,50 tomorrow.").status_code == 303


@pytest.mark.parametrize("text", ["We pay you $2,000.50.", "2.000,50 лв връщаме.", "2.000,50 TL iade ediyoruz."])
def test_a_sum_in_either_notation_just_over_the_limit_of_a_lead_is_not_theirs(text):
    rules, people = load_approval_rules(), [_user(1, "Lena", Role.LEAD), _user(2, "Ada", Role.ADMIN)]
    assert approvers(people, text, rules) == []
    assert [one.name for one in approvers(people, text.replace("2,0", "1,0").replace("2.0", "1.0"), rules)] == ["Lena"]


def test_somebody_in_training_and_the_author_are_never_named(sqlite_store, agent, enter, case_id):
    enter("Lena Ott", Role.LEAD)
    enter("Max Roe", Role.LEAD)
    with sqlite_store.writing() as transaction:
        user = transaction.accounts.by_name("Max Roe")
        transaction.approvals.mark_trainee(user.id, by="Ada", now=NOW)
    told = ask(sqlite_store, agent, case_id, FEE, "").text
    assert "Lena Ott (lead)" in told
    assert "Max Roe (lead)" not in told


def test_the_first_role_with_enough_authority_is_the_one_that_is_named():
    rules = load_approval_rules()
    people = [_user(1, "Ada", Role.ADMIN), _user(2, "Cleo", Role.COMPLIANCE), _user(3, "Lena", Role.LEAD)]
    assert [one.name for one in approvers(people, FEE, rules)] == ["Lena"]
    assert [one.name for one in approvers(people, LIABLE, rules)] == ["Cleo"]
    assert [one.name for one in approvers(people[:1], LIABLE, rules)] == ["Ada"]
    assert ORDER[0] is Role.LEAD


def _user(number: int, name: str, role: Role) -> User:
    return User(number, name, role.value, None, None, 0, None)


def paid(store, browser, amount: str, **more: str):
    """Closes the complaint with it."""
    ground = {"basis": "5bd_satisfied", "outcome": "upheld", "remedies.compensation": "1"}
    said = {"message_id": _message_id(store), "amount": amount, "currency": "AUD"}
    return _do(browser, "close", **ground, **ABOUT, **said, **more)


@pytest.fixture
def complaint(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


def test_an_amount_beyond_authority_is_recorded_with_who_agreed_to_it_and_who_may_give_it_is_called(
    sqlite_store, agent, enter, complaint
):
    lead = enter("Lena Ott", Role.LEAD)
    enter("Ada Quist", Role.ADMIN)
    refused = paid(sqlite_store, agent, "200.01")
    assert refused.status_code == 422
    assert "200.01 is more than the 200 that you may give" in refused.text
    assert len(_entries(sqlite_store)) == 1, "nothing of it was written"
    assert paid(sqlite_store, agent, "200.01", agreed_by="Lena Ott <b>by phone</b>").status_code == 303
    closed = _entries(sqlite_store)[-1]
    assert (closed.kind, json.loads(closed.facts)["agreed_by"]) == ("closed", "Lena Ott <b>by phone</b>")
    page = agent.get(PAGE).text
    assert "Agreed by" in page
    assert "Lena Ott &lt;b&gt;by phone" in page
    assert (calls(sqlite_store, "Lena Ott"), calls(sqlite_store, "Ada Quist")) == ([Call.PAID], [])
    assert "recorded an amount that is yours to decide on" in lead.get("/called").text


@pytest.mark.parametrize("amount", ["200", "200.00", ""])
def test_an_amount_within_authority_asks_for_nobody(amount, sqlite_store, agent, enter, complaint):
    enter("Lena Ott", Role.LEAD)
    assert paid(sqlite_store, agent, amount).status_code == 303
    assert "agreed_by" not in _entries(sqlite_store)[-1].facts
    assert calls(sqlite_store, "Lena Ott") == []


def test_a_lead_may_give_more_than_an_agent(sqlite_store, enter, complaint):
    lead = enter("Lena Ott", Role.LEAD)
    assert paid(sqlite_store, lead, "2000").status_code == 303


def test_what_nobody_here_may_give_is_a_fact_all_the_same(sqlite_store, agent, enter, complaint):
    enter("Lena Ott", Role.LEAD)
    assert paid(sqlite_store, agent, "25,000.00", agreed_by="The board, 3 March").status_code == 303
    assert calls(sqlite_store, "Lena Ott") == []
