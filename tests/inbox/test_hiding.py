"""Hiding, muting and reporting on a case's page: who may, what it says, and how it is taken back."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from connectors.local.channel import LocalChannel
from connectors.world import World
from flow.delivery import carry_out, delivered
from flow.follow_up import Outgoing
from inbox.app import create_app
from inbox.roles import Role
from models import Capabilities, EventKind, Mention, Receipt
from policy.loading import load_policy
from settings import Settings
from store.complaint_tables import complaints
from store.complaints import Complaints
from store.moderation import Mark
from store.outbox import Effect
from tests.inbox.conftest import CHEAP, Browser, add_person, log_in
from tests.inbox.factory import NOW, Said, add

RUDE = Said("you are all thieves and your mothers too", label="abuse", channel="facebook")
GRIEVANCE = Said("you charged me twice, refund me", channel="facebook", minutes_ago=30)
QUESTION = Said("how do I log in?", label="enquiry")


class HidingChannel(LocalChannel):
    """Facebook lets it, as far as these tests go."""

    def capabilities(self, mention: Mention) -> Capabilities:
        can = mention.channel == "facebook"
        return Capabilities(hide=can, why_not_hide="" if can else "It cannot be hidden there.")

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        return Receipt(mention.native_id)


@pytest.fixture
def app(settings, sqlite_store, queues, clock):
    return create_app(
        settings, sqlite_store, queues, channel_for=lambda *_: HidingChannel(sqlite_store), clock=clock, passwords=CHEAP
    )


def mention_of(store, case_id: int) -> str:
    with store.reading() as transaction:
        return transaction.mentions.of_case(case_id)[0].mention.id


def send(browser: Browser, store, case_id: int, act: str, **fields: str):
    page = {"form_key": browser.form_key(case_id), "version": browser.version(case_id)}
    return browser.post(f"/mentions/{mention_of(store, case_id)}/{act}", **page | fields)


def asides(browser: Browser, store, case_id: int) -> str:
    return browser.get(f"/cases/{case_id}?aside={mention_of(store, case_id)}").text


def effects(store, case_id: int) -> list[str]:
    with store.reading() as transaction:
        return [
            row.effect.value for row in transaction.outbox.of_case(case_id) if row.effect in (Effect.HIDE, Effect.SHOW)
        ]


def test_a_message_is_hidden_and_shown_again_and_the_page_says_who_and_why(sqlite_store, agent, queues):
    case_id = add(sqlite_store, RUDE, now=NOW)
    assert "Hide it from others" in asides(agent, sqlite_store, case_id)
    answer = send(agent, sqlite_store, case_id, "hide", ground="abuse", words="insults our staff")
    assert answer.headers["location"].endswith("notice=hiding")
    assert queues.take() == ("deliver", (1,))
    page = agent.get(f"/cases/{case_id}").text
    assert "insults our staff" in page
    assert "waiting to be sent" in page
    assert "asked that the message be hidden" in page
    assert "hide at" not in page, "it is no ticket of the support desk"
    assert send(agent, sqlite_store, case_id, "show").headers["location"].endswith("notice=showing")
    assert effects(sqlite_store, case_id) == ["hide", "show"]
    with sqlite_store.reading() as transaction:
        assert transaction.moderation.marks([mention_of(sqlite_store, case_id)]) == {}


def test_once_the_platform_took_it_the_page_says_so(sqlite_store, agent):
    case_id = add(sqlite_store, RUDE, now=NOW)
    send(agent, sqlite_store, case_id, "hide", ground="abuse")
    with sqlite_store.writing() as transaction:
        row = transaction.outbox.claim(1, worker="w", now=NOW, lease_seconds=60)
    settings = Settings()
    world = World(settings, sqlite_store, channel=lambda _: HidingChannel(sqlite_store))
    outgoing = Outgoing(sqlite_store, settings, load_policy(**settings.policy), NOW)
    receipt = carry_out(row, world, outgoing, last_check=lambda: None)
    with sqlite_store.writing() as transaction:
        delivered(transaction, row, receipt, now=NOW)
    page = agent.get(f"/cases/{case_id}").text
    assert "hid the message on the platform" in page
    assert re.search(r'chip warn">hidden</span>.*?delivered', page, re.DOTALL)


def test_the_same_form_sent_twice_hides_once_and_an_old_page_is_refused(sqlite_store, agent):
    case_id = add(sqlite_store, RUDE, now=NOW)
    form = {"form_key": agent.form_key(case_id), "version": agent.version(case_id), "ground": "spam"}
    path = f"/mentions/{mention_of(sqlite_store, case_id)}/hide"
    assert [agent.post(path, **form).status_code for _ in range(2)] == [303, 303]
    assert effects(sqlite_store, case_id) == ["hide"]
    old = form | {"form_key": "b" * 32, "version": "0"}
    assert agent.post(path, **old).status_code == 409


def test_a_complaint_is_hidden_by_no_agent_and_by_compliance_with_a_word_why(sqlite_store, agent, as_role):
    case_id = add(sqlite_store, GRIEVANCE, now=NOW)
    assert "looks like silencing" in asides(agent, sqlite_store, case_id)
    asked = {"ground": "private_data", "words": "her card number stands there", "override": "yes"}
    refused = send(agent, sqlite_store, case_id, "hide", **asked)
    assert refused.status_code == 409
    assert "silencing" in refused.text
    compliance = as_role(Role.COMPLIANCE)
    assert "It is a complaint, and I hide it all the same" in asides(compliance, sqlite_store, case_id)
    assert send(compliance, sqlite_store, case_id, "hide", **asked | {"words": ""}).status_code == 409
    assert send(compliance, sqlite_store, case_id, "hide", **asked).status_code == 303
    assert effects(sqlite_store, case_id) == ["hide"]
    with sqlite_store.reading() as transaction:
        complaint = transaction.complaints.of_case(case_id)
        assert complaint is not None
        assert transaction.cases.clocks_of(case_id)


@pytest.mark.parametrize("status", ["at_afca", "closed", "withdrawn"])
def test_a_complaint_that_has_ended_here_is_hidden_by_no_agent_either(sqlite_store, agent, status):
    case_id = add(sqlite_store, GRIEVANCE, now=NOW)
    with sqlite_store.engine.begin() as connection:
        connection.execute(update(complaints).values(status=status))
    asked = {"ground": "private_data", "words": "her card number stands there", "override": "yes"}
    assert send(agent, sqlite_store, case_id, "hide", **asked).status_code == 409
    assert effects(sqlite_store, case_id) == []


def test_where_the_platform_hides_nothing_the_page_says_so_and_a_forged_form_is_refused(sqlite_store, agent):
    case_id = add(sqlite_store, QUESTION, now=NOW)
    assert "Not possible: It cannot be hidden there." in asides(agent, sqlite_store, case_id)
    answer = send(agent, sqlite_store, case_id, "hide", ground="spam")
    assert answer.status_code == 409
    assert "It cannot be hidden there." in answer.text
    assert effects(sqlite_store, case_id) == []


def test_a_report_is_kept_with_the_platforms_own_page_and_taken_back(sqlite_store, agent):
    case_id = add(sqlite_store, RUDE, now=NOW)
    shown = asides(agent, sqlite_store, case_id)
    assert "No platform lets a program report" in shown
    assert "https://social.example/facebook/" in shown
    assert send(agent, sqlite_store, case_id, "report", ground="threat").headers["location"].endswith("notice=reported")
    assert "reported the message to the platform" in agent.get(f"/cases/{case_id}").text
    send(agent, sqlite_store, case_id, "withdraw-report")
    page = agent.get(f"/cases/{case_id}").text
    assert "took the report of the message back" in page
    assert ">reported</span>" not in page


def test_an_author_is_muted_and_heard_again(sqlite_store, agent):
    case_id = add(sqlite_store, RUDE, now=NOW)
    send(agent, sqlite_store, case_id, "mute", ground="abuse", words="a hundred times this week")
    page = agent.get(f"/cases/{case_id}").text
    assert "author muted" in page
    assert "a hundred times this week" in page
    send(agent, sqlite_store, case_id, "unmute")
    assert "author muted" not in agent.get(f"/cases/{case_id}").text


@pytest.mark.parametrize(
    "fields", [{}, {"ground": "bad mood"}, {"ground": "other"}, {"ground": "spam", "words": "x" * 2001}]
)
@pytest.mark.parametrize("act", ["hide", "mute", "report"])
def test_without_a_reason_nothing_is_done(sqlite_store, agent, act, fields):
    case_id = add(sqlite_store, RUDE, now=NOW)
    assert send(agent, sqlite_store, case_id, act, **fields).status_code in (400, 422)
    with sqlite_store.reading() as transaction:
        assert transaction.moderation.marks([mention_of(sqlite_store, case_id)]) == {}


def test_an_auditor_sees_what_was_done_and_can_do_nothing(sqlite_store, agent, open_browser):
    case_id = add(sqlite_store, RUDE, now=NOW)
    send(agent, sqlite_store, case_id, "report", ground="threat")
    add_person(sqlite_store, "Odd", Role.AUDITOR)
    auditor = open_browser()
    log_in(auditor, "Odd")
    page = asides(auditor, sqlite_store, case_id)
    assert ">reported</span>" in page
    assert "Take it back" not in page
    assert "Hide it from others" not in page


def test_the_complaint_of_a_case_is_looked_up_once_however_many_messages_it_has(sqlite_store, agent, monkeypatch):
    case_id = add(sqlite_store, *(replace(GRIEVANCE, conversation="1", native_id=f"n{at}") for at in range(4)), now=NOW)
    asked, of_case = [], Complaints.of_case
    monkeypatch.setattr(Complaints, "of_case", lambda self, number: asked.append(number) or of_case(self, number))
    assert agent.get(f"/cases/{case_id}").text.count(GRIEVANCE.text) >= 4
    assert asked == [case_id]


def test_an_unknown_message_is_said_so(agent):
    answer = agent.post("/mentions/m_0/report", form_key="a" * 32, version="1", ground="spam")
    assert answer.status_code == 404


def test_words_of_a_reason_go_with_the_words_of_the_case(sqlite_store, agent):
    case_id = add(sqlite_store, RUDE, now=NOW)
    send(agent, sqlite_store, case_id, "report", ground="threat", words="he named my child")
    with sqlite_store.writing() as transaction:
        key = mention_of(sqlite_store, case_id)
        transaction.redaction.words(case_id)
        transaction.redaction.log(case_id, notes=False)
        assert "child" not in transaction.moderation.marks([key])[key, Mark.REPORTED].words
        [event] = [one for one in transaction.events.of_case(case_id) if one.kind is EventKind.REPORTED]
    assert event.facts["ground"] == "threat"
    assert "child" not in str(event.facts)
