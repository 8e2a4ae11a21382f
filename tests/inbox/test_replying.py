import re

import pytest
from starlette.testclient import TestClient

from connectors.local.channel import MAX_CHARACTERS
from inbox.roles import Role
from inbox.saved_replies import filled, load, ranked, unfilled
from models import EntryKind, EventKind
from models.errors import SetupError
from register.entries import make_entry
from settings import Settings
from store.outbox import Effect, OutboxState
from tests.inbox.conftest import Browser, add_person, log_in, make_app
from tests.inbox.factory import DEMO, NOW, add


@pytest.fixture
def complaint(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


def _mention(store, case_id, place=-1):
    with store.reading() as transaction:
        return transaction.mentions.of_case(case_id)[place].mention


def _replies(store, case_id):
    with store.reading() as transaction:
        return [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.SEND_REPLY]


def _fields(store, browser, case_id, **changed):
    page = browser.get(f"/cases/{case_id}").text.split('id="composer"')[1]
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key is not None
    fields = {
        "form_key": key[1],
        "mention_id": _mention(store, case_id).id,
        "audience": "public",
        "text": "We are on it.",
    }
    return fields | changed


def test_a_reply_is_queued_with_its_event_and_handed_to_delivery(sqlite_store, agent, complaint, queues):
    answer = agent.post(
        f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text="Sorry, Joss.\r\nPriti")
    )
    assert answer.status_code == 303
    (row,) = _replies(sqlite_store, complaint)
    assert row.payload == {"text": "Sorry, Joss.\nPriti", "is_private": False, "person": "agent person"}
    assert row.sink == "local"
    assert queues.take() == ("deliver", (row.id,))
    with sqlite_store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(complaint)]
    assert kinds.count(EventKind.REPLY_QUEUED) == 1
    page = agent.get(f"/cases/{complaint}").text
    assert "waiting to be sent" in page
    assert "Sorry, Joss.\nPriti" in page


def test_the_same_form_sent_twice_sends_one_reply(sqlite_store, agent, complaint, queues):
    fields = _fields(sqlite_store, agent, complaint)
    first = agent.post(f"/cases/{complaint}/reply", **fields)
    second = agent.post(f"/cases/{complaint}/reply", **fields)
    assert "notice=queued" in first.headers["location"]
    assert "notice=already" in second.headers["location"]
    assert len(_replies(sqlite_store, complaint)) == 1
    assert queues.take() is not None
    assert queues.take() is None


def test_a_second_reply_to_the_same_message_has_to_be_confirmed(sqlite_store, agent, complaint):
    agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint))
    fields = _fields(sqlite_store, agent, complaint, text="Another answer")
    refused = agent.post(f"/cases/{complaint}/reply", **fields)
    assert refused.status_code == 409
    assert "answered this message already" in refused.text
    assert "Another answer" in refused.text
    assert len(_replies(sqlite_store, complaint)) == 1
    agent.post(f"/cases/{complaint}/reply", **fields, anyway="1")
    assert len(_replies(sqlite_store, complaint)) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hi {name}, we are on it", "Fill in {name}"),
        ("Здравейте, {име}", "Fill in {име}"),
        ("   ", "The reply is empty"),
        ("x" * (MAX_CHARACTERS + 1), "this channel takes 10,000"),
    ],
)
def test_what_must_not_go_out_is_stopped_and_the_draft_kept(sqlite_store, agent, complaint, queues, text, why):
    answer = agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text=text))
    assert answer.status_code == 422
    assert why in answer.text
    assert text.strip() in answer.text
    assert _replies(sqlite_store, complaint) == []
    assert queues.take() is None


def test_a_private_message_is_never_answered_in_public(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[3], now=NOW)
    answer = agent.post(f"/cases/{case_id}/reply", **_fields(sqlite_store, agent, case_id))
    assert answer.status_code == 422
    assert _replies(sqlite_store, case_id) == []
    assert 'value="public"' not in agent.get(f"/cases/{case_id}").text
    agent.post(f"/cases/{case_id}/reply", **_fields(sqlite_store, agent, case_id, audience="private"))
    assert [row.payload["is_private"] for row in _replies(sqlite_store, case_id)] == [True]


def test_a_message_of_another_case_is_not_answered_from_here(sqlite_store, agent, complaint):
    other = add(sqlite_store, *DEMO[1], now=NOW)
    fields = _fields(sqlite_store, agent, complaint, mention_id=_mention(sqlite_store, other).id)
    assert agent.post(f"/cases/{complaint}/reply", **fields).status_code == 404
    assert _replies(sqlite_store, other) == []


def test_a_reply_is_kept_when_the_queue_is_down(sqlite_store, agent, complaint, queues):
    fields = _fields(sqlite_store, agent, complaint)
    queues.is_down = True
    answer = agent.post(f"/cases/{complaint}/reply", **fields)
    assert "notice=later" in answer.headers["location"]
    assert [row.state for row in _replies(sqlite_store, complaint)] == [OutboxState.PENDING]


def test_a_saved_reply_is_inserted_in_the_language_of_the_message(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[2], now=NOW)
    fields = _fields(sqlite_store, agent, case_id, text="Моето начало", saved="complaint_acknowledge")
    whole = agent.post(f"/cases/{case_id}/composer", **fields)
    assert whole.status_code == 200
    assert "Моето начало" in whole.text
    assert "Здравейте, {name}" in whole.text
    assert "C-0000001" in whole.text
    part = agent.client.post(
        f"/cases/{case_id}/composer", data={"form_token": agent.token(), **fields}, headers={"hx-request": "true"}
    )
    assert part.text.lstrip().startswith('<section id="composer"')
    assert _replies(sqlite_store, case_id) == []


def test_the_saved_replies_for_the_tags_of_the_case_come_first():
    replies = load()
    assert ranked(replies, label="complaint", tags=["outage"])[0].key == "outage"
    assert ranked(replies, label="praise", tags=[])[0].key == "praise_thanks"
    assert len(ranked(replies, label="other", tags=[])) == len(replies)


def test_every_saved_reply_speaks_three_languages_with_the_same_placeholders():
    for reply in load():
        assert set(reply.texts) == {"en", "tr", "bg"}
        wanted = sorted(unfilled(reply.text("en")))
        assert [sorted(unfilled(reply.text(language))) for language in ("tr", "bg", "de")] == [wanted] * 3
        assert all(len(text) < 300 + 200 for text in reply.texts.values())


def test_placeholders_are_filled_where_something_is_known():
    assert filled("{firm}: {reference} {name}", {"firm": "Larkbank", "reference": ""}) == "Larkbank: {reference} {name}"
    assert unfilled("{a} {b} {a} { c } {1}") == ["{a}", "{b}"]


def test_a_broken_file_of_saved_replies_stops_the_start(tmp_path):
    file = tmp_path / "saved.toml"
    for text in (
        "not toml",
        "[[reply]]\nkey='x'\n",
        "[[reply]]\nkey='x'\ntitle='t'\nlabels=[]\ntags=[]\ntext={tr='y'}\n",
    ):
        file.write_text(text)
        with pytest.raises(SetupError):
            load(file)


GIVEN_AWAY = "As our customer, your account 44719028 is safe."


def test_a_public_reply_that_gives_the_person_away_is_refused_with_the_words_marked(sqlite_store, agent, complaint):
    answer = agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text=GIVEN_AWAY))
    assert answer.status_code == 422
    assert "<mark>As our customer</mark>" in answer.text
    assert "confirms that this person is a customer" in answer.text
    assert "RG 271.32 Note 2" in answer.text
    assert "Please send us a private message" in answer.text
    assert GIVEN_AWAY in answer.text
    assert _replies(sqlite_store, complaint) == []


def test_the_same_words_may_be_sent_in_private(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[3], now=NOW)
    fields = _fields(sqlite_store, agent, case_id, audience="private", text=GIVEN_AWAY)
    assert agent.post(f"/cases/{case_id}/reply", **fields).status_code == 303


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
def test_only_a_lead_or_compliance_may_let_it_pass(sqlite_store, as_role, complaint, role):
    browser = as_role(role)
    fields = _fields(sqlite_store, browser, complaint, text=GIVEN_AWAY, override_reason="I want to")
    answer = browser.post(f"/cases/{complaint}/reply", **fields)
    assert answer.status_code == 422
    assert 'name="override_reason"' not in answer.text
    assert _replies(sqlite_store, complaint) == []


@pytest.mark.parametrize("role", [Role.LEAD, Role.COMPLIANCE])
def test_letting_it_pass_takes_a_reason_that_is_kept_without_the_words(sqlite_store, as_role, complaint, role):
    browser = as_role(role)
    fields = _fields(sqlite_store, browser, complaint, text=GIVEN_AWAY, override_reason="  ")
    answer = browser.post(f"/cases/{complaint}/reply", **fields)
    assert answer.status_code == 422
    assert 'name="override_reason"' in answer.text
    assert (
        browser.post(f"/cases/{complaint}/reply", **fields | {"override_reason": "She asked us to"}).status_code == 303
    )
    with sqlite_store.reading() as transaction:
        events = transaction.events.of_case(complaint)
    (let,) = [event for event in events if event.kind is EventKind.REPLY_GUARD_OVERRIDDEN]
    assert let.actor == f"{role.value} person"
    assert let.facts["reason"] == "She asked us to"
    assert set(let.facts["gives_away"]) >= {"customer", "account_number"}
    assert "44719028" not in str(let.facts)


def test_a_reason_where_nothing_is_given_away_leaves_no_trace(sqlite_store, as_role, complaint):
    browser = as_role(Role.LEAD)
    fields = _fields(sqlite_store, browser, complaint, override_reason="just in case")
    assert browser.post(f"/cases/{complaint}/reply", **fields).status_code == 303
    with sqlite_store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(complaint)]
    assert EventKind.REPLY_GUARD_OVERRIDDEN not in kinds


def test_the_number_of_the_dispute_scheme_may_stand_in_public(sqlite_store, agent, complaint):
    text = "You can also go to AFCA on 1800 931 678 or info@afca.org.au."
    answer = agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text=text))
    assert answer.status_code == 303


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMPLIANCE])
def test_50_nobody_is_told_of_a_suspicious_matter_report(sqlite_store, as_role, role):
    browser = as_role(role)
    case_id = add(sqlite_store, *DEMO[3], now=NOW)
    text = "It is frozen because we sent a suspicious matter report."
    fields = _fields(sqlite_store, browser, case_id, audience="private", text=text, override_reason="I may")
    answer = browser.post(f"/cases/{case_id}/reply", **fields)
    assert answer.status_code == 422
    assert "take out “suspicious matter”" in answer.text
    assert _replies(sqlite_store, case_id) == []


def test_51_an_answer_does_not_leave_from_the_account_of_another_brand(tmp_path, sqlite_store, queues, clock):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    _name_brand(sqlite_store, case_id, "Finchpay")
    settings = Settings(home=tmp_path, brand_accounts=(("Finchpay", frozenset({"finchpay"})),))
    add_person(sqlite_store, "agnes", Role.AGENT)
    app = make_app(settings, sqlite_store, queues, clock)
    with TestClient(app, follow_redirects=False) as client:
        browser = Browser(client)
        log_in(browser, "agnes")
        answer = browser.post(f"/cases/{case_id}/reply", **_fields(sqlite_store, browser, case_id))
    assert answer.status_code == 422
    assert "The complaint is about Finchpay, and larkbank is not one of its accounts: finchpay" in answer.text
    assert _replies(sqlite_store, case_id) == []


def _name_brand(store, case_id, brand):
    with store.writing() as transaction:
        transaction.register.lock()
        case = transaction.cases.get(case_id)
        seq, previous = transaction.register.head()
        entry = make_entry(
            EntryKind.CORRECTED,
            seq=seq + 1,
            complaint_id=case.complaint_id,
            recorded_at=NOW,
            facts={"brand": brand, "reason": "asked"},
            personal={},
            salt="salt",
            previous=previous,
        )
        transaction.register.append(entry)
