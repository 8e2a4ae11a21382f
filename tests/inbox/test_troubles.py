"""What does not answer is said on every page to who works here, with since when, what goes on and what waits."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flow.delivery import put_back
from flow.sandbox import MARKER
from inbox.roles import Role
from models.errors import RetryableError
from settings import Settings
from store.outbox import Effect
from store.queue_in_memory import QueuesInMemory
from tests.inbox.conftest import Browser, Clock, add_person, log_in, make_app
from tests.inbox.factory import NOW, add_demo


def bar(page: str) -> str:
    return page.partition('class="trouble-bar"')[2].partition("</div>")[0]


def test_when_all_is_well_nothing_is_said(agent):
    assert bar(agent.get("/").text) == ""
    assert "What does not answer" not in agent.get("/health").text


def test_redis_that_does_not_answer_is_said_on_every_page_with_since_when(agent, queues: QueuesInMemory, clock: Clock):
    agent.get("/")
    queues.is_down = True
    clock.move(minutes=1)
    began = clock.now
    agent.get("/")
    clock.move(hours=2)
    for path in ("/", "/complaints", "/replies", "/me"):
        said = bar(agent.get(path).text)
        assert "Background work stands still" in said
        assert began.isoformat() in said
        assert "answering and the register go on" in said
    assert "Start Redis" in agent.get("/health").text
    queues.is_down = False
    clock.move(minutes=1)
    assert bar(agent.get("/").text) == ""


def test_a_desk_that_does_not_answer_is_said_with_how_many_effects_wait(agent, sqlite_store, clock: Clock):
    add_demo(sqlite_store, now=NOW)
    with sqlite_store.writing() as transaction:
        payload = {"text": "x"}
        number = transaction.outbox.add(
            Effect.CREATE_TICKET, sink="zendesk", key="k", case_id=1, payload=payload, now=NOW
        )
        assert number is not None
        row = transaction.outbox.claim(number, worker="w", now=NOW, lease_seconds=60)
        assert row is not None
        put_back(transaction, row, RetryableError("zendesk does not answer"), now=NOW)
    clock.move(hours=1)
    said = bar(agent.get("/").text)
    assert "Not reached" in said
    assert "1 waiting" in said
    assert "zendesk does not answer" in agent.get("/health").text


def test_a_classifier_that_does_not_load_is_said_with_how_many_messages_wait(agent, sqlite_store, clock: Clock):
    with sqlite_store.writing() as transaction:
        transaction.connections.failed("classifier", "sha256 of model.bin is another one", now=NOW)
    clock.move(minutes=5)
    assert "The classifier cannot be loaded" in bar(agent.get("/").text)
    health = agent.get("/health").text
    assert "sha256 of model.bin is another one" in health
    assert "clocks count from when the words were said" in health


def test_a_slow_database_is_said(agent, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("inbox.troubles.SLOW_SECONDS", -1.0)
    clock.move(minutes=1)
    assert "The database answers slowly" in bar(agent.get("/").text)


def test_a_stranger_learns_nothing_of_it(nobody, queues: QueuesInMemory, clock: Clock):
    queues.is_down = True
    clock.move(minutes=1)
    assert "stands still" not in nobody.get("/login").text


def test_the_database_is_asked_once_for_many_pages_of_the_same_seconds(agent, queues: QueuesInMemory, clock: Clock):
    clock.move(minutes=1)
    agent.get("/me")
    queues.is_down = True
    assert bar(agent.get("/me").text) == ""
    clock.move(seconds=11)
    assert "stands still" in bar(agent.get("/me").text)


def test_a_sandbox_says_on_every_page_that_it_is_one_and_tells_what_happened_then(
    sqlite_store, queues: QueuesInMemory, clock: Clock, tmp_path: Path
):
    add_demo(sqlite_store, now=NOW)
    with sqlite_store.reading() as transaction:
        [first, *_] = [item.mention.id for item in transaction.mentions.of_case(1)]
    facts = {"tier": 3, "is_complaint": True, "label": "complaint"}
    story = [
        {
            "minutes": 3,
            "kind": "triaged",
            "by": "rule",
            "facts": facts,
        },
        {"minutes": 95, "kind": "reply", "by": "person", "facts": {"state": "sent"}, "text": "We are sorry."},
    ]
    (tmp_path / MARKER).write_text(json.dumps({"stories": {first: story}}))
    app = make_app(Settings(home=tmp_path), sqlite_store, queues, clock)
    add_person(sqlite_store, "trainee", Role.AGENT)
    with TestClient(app, follow_redirects=False) as client:
        browser = Browser(client)
        log_in(browser, "trainee")
        assert "nothing is ever sent" in browser.get("/").text
        case = browser.get("/cases/1").text
        assert "What happened then" in case
        assert "We are sorry." not in case
        told = browser.get("/cases/1/then").text
        assert "We are sorry." in told
        assert "1 h 35 m" in told
        assert "was not copied from a real one" in browser.get("/cases/2/then").text


def test_elsewhere_there_is_no_such_story(agent, sqlite_store):
    add_demo(sqlite_store, now=NOW)
    assert "Sandbox" not in agent.get("/").text
    assert agent.get("/cases/1/then").status_code == 404
