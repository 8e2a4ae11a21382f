"""The page of channels, the doors for pushes and for programs."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from connectors.world import World
from inbox.app import create_app
from inbox.roles import Role
from models import MentionState
from store.channel_health import StoredSilence
from tests.flow.receiver_in_memory import ReceiverInMemory
from tests.inbox.conftest import CHEAP, Browser, add_person, log_in
from tests.inbox.factory import NOW


@pytest.fixture
def receiver(sqlite_store, clock, monkeypatch) -> ReceiverInMemory:
    one = ReceiverInMemory(sqlite_store, clock)
    monkeypatch.setattr(World, "receiver", lambda self, name: one if name == "x" else None)
    return one


@pytest.fixture
def outside(settings, sqlite_store, queues, clock):
    """Somebody who is nobody here."""
    app = create_app(settings, sqlite_store, queues, clock=clock, passwords=CHEAP)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def key(sqlite_store) -> str:
    with sqlite_store.writing() as transaction:
        return transaction.api_keys.make("bridge", scopes=["messages:write"], now=NOW)


def waiting(store) -> dict[str, int]:
    with store.reading() as transaction:
        return dict(transaction.pushes.receivers_waiting())


def send(client, key, body, **headers):
    return client.post("/api/messages", content=body, headers={"Authorization": f"Bearer {key}"} | headers)


def test_a_signed_push_is_kept_before_it_is_answered(outside, receiver, sqlite_store):
    answer = outside.post("/hooks/x", content=b"anything", headers={"x-signed": "yes"})
    assert answer.status_code == 200
    assert waiting(sqlite_store) == {"x": 1}


def test_a_push_that_comes_twice_is_kept_once(outside, receiver, sqlite_store):
    for _ in range(2):
        assert outside.post("/hooks/x", content=b"same", headers={"x-signed": "yes"}).status_code == 200
    assert waiting(sqlite_store) == {"x": 1}


def test_a_push_with_a_wrong_signature_leaves_nothing(outside, receiver, sqlite_store):
    assert outside.post("/hooks/x", content=b"anything", headers={"x-signed": "no"}).status_code == 401
    assert waiting(sqlite_store) == {}


def test_a_push_that_is_too_large_is_refused_without_being_read_whole(outside, receiver, sqlite_store):
    assert outside.post("/hooks/x", content=b"x" * 1001, headers={"x-signed": "yes"}).status_code == 413
    assert waiting(sqlite_store) == {}


def test_the_handshake_is_answered_and_anything_else_refused(outside, receiver):
    assert outside.get("/hooks/x?challenge=12").text == "12"
    assert outside.get("/hooks/x").status_code == 404


def test_nothing_is_received_where_nobody_listens(outside, receiver):
    assert outside.post("/hooks/nobody", content=b"x").status_code == 404


def test_nothing_of_a_body_is_logged(outside, receiver, caplog):
    outside.post("/hooks/x", content=b"a secret story", headers={"x-signed": "no"})
    assert "a secret story" not in caplog.text
    assert "was refused" in caplog.text


def test_messages_come_in_by_a_key(outside, key, sqlite_store):
    body = json.dumps([{"id": "1", "text": "you charged me twice"}, {"id": "2", "text": "thank you"}])
    answer = send(outside, key, body)
    assert answer.status_code == 202
    assert (answer.json()["accepted"], answer.json()["new"], answer.json()["rejected"]) == (2, 2, [])
    with sqlite_store.reading() as transaction:
        items = transaction.mentions.get(answer.json()["ids"])
    assert [(item.mention.channel, item.state) for item in items] == [("api", MentionState.RECEIVED)] * 2


def test_the_same_messages_again_change_nothing(outside, key):
    body = json.dumps({"id": "1", "text": "you charged me twice"})
    assert send(outside, key, body).json()["new"] == 1
    assert send(outside, key, body).json()["new"] == 0


def test_one_bad_message_is_refused_alone_and_kept(outside, key, sqlite_store):
    answer = send(outside, key, b'{"text": "one"}\n{"txt": "two"}\n', **{"content-type": "application/x-ndjson"})
    assert answer.json()["accepted"] == 1
    assert answer.json()["rejected"] == [
        {"index": 1, "reason": "text is missing; it is the one key every message needs"}
    ]
    with sqlite_store.reading() as transaction:
        assert len(transaction.quarantine.newest(limit=5)) == 1


@pytest.mark.parametrize("body", [b"", b"no json", b"[1,", b"\xff\xfe"])
def test_a_body_that_is_no_json_is_refused_in_words(outside, key, body):
    answer = send(outside, key, body)
    assert answer.status_code == 400
    assert "no JSON" in answer.json()["error"]


def test_too_many_messages_are_refused(outside, key):
    assert send(outside, key, json.dumps([{"text": "x"}] * 501)).status_code == 413


def test_a_wrong_or_revoked_key_is_refused(outside, key, sqlite_store):
    assert send(outside, "ek_wrong", "{}").status_code == 401
    assert outside.post("/api/messages", content="{}").status_code == 401
    with sqlite_store.writing() as transaction:
        assert transaction.api_keys.revoke(1, now=NOW)
    assert send(outside, key, "{}").status_code == 401


def test_a_key_without_the_scope_is_refused(outside, sqlite_store):
    with sqlite_store.writing() as transaction:
        other = transaction.api_keys.make("reader", scopes=["figures:read"], now=NOW)
    assert send(outside, other, '{"text": "x"}').status_code == 403


def test_the_key_itself_is_nowhere_in_the_database(key, sqlite_url, sqlite_store):

    with sqlite_store.reading() as transaction:
        assert transaction.api_keys.all()[0].name == "bridge"
    assert key.encode() not in Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()


def test_silence_turns_the_health_check_red(outside, sqlite_store):
    assert outside.get("/healthz").status_code == 200
    silent = StoredSilence("x", NOW, NOW - timedelta(hours=9), 40.0, 1e-9, is_alarm=True, alarm_at=NOW)
    with sqlite_store.writing() as transaction:
        transaction.health.keep_silence(silent)
    answer = outside.get("/healthz")
    assert (answer.status_code, answer.json()["silent_channels"]) == (503, ["x"])


def test_the_page_says_how_each_channel_is_heard(agent):
    page = agent.get("/channels")
    assert page.status_code == 200
    assert "No channel is switched on" in page.text
    assert "Mastodon" in page.text


def test_the_page_shows_calls_and_cost_of_each_credential_against_its_budget(settings, sqlite_store, queues, clock):
    with sqlite_store.writing() as transaction:
        transaction.quotas.spend("x:1", "mentions", calls=412, cost=Decimal("12.35"), now=NOW)
        transaction.quotas.spend("mastodon", "notifications", calls=9, cost=Decimal(0), now=NOW)
    paid = settings.model_copy(update={"x_monthly_budget": Decimal(50)})
    add_person(sqlite_store, "Priti", Role.AGENT)
    with TestClient(
        create_app(paid, sqlite_store, queues, clock=clock, passwords=CHEAP), follow_redirects=False
    ) as client:
        browser = Browser(client)
        log_in(browser, "Priti")
        page = " ".join(browser.get("/channels").text.split())
    assert "25 %</meter> 25 % of 50.00" in page.replace("\xa0", " ")
    assert '<td translate="no">mastodon</td><td>9</td><td>free</td><td>–</td>' in page


def test_programs_without_a_key_or_signature_get_nothing(outside):
    assert outside.post("/api/messages", json={"text": "x"}).status_code == 401
    assert outside.get("/api/messages").status_code == 405
    assert outside.post("/hooks/telegram", content=b"{}").status_code == 404
