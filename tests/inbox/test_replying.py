import re

import pytest

from connectors.local.channel import MAX_CHARACTERS
from inbox.saved_replies import filled, load, ranked, unfilled
from models import EventKind
from models.errors import SetupError
from store.outbox import Effect, OutboxState
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
