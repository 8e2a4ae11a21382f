"""Where too much waits, whoever pushes is told to come back, and nothing that was taken is lost."""

import pytest
from starlette.testclient import TestClient

from connectors.world import World
from inbox import door as doors
from inbox.app import create_app
from inbox.door import Door, messages_wait
from models import MentionState
from tests.flow.receiver_in_memory import ReceiverInMemory
from tests.inbox.conftest import CHEAP
from tests.inbox.factory import NOW

MOST = 100


@pytest.fixture
def outside(settings, sqlite_store, queues, clock, monkeypatch):
    receiver = ReceiverInMemory(sqlite_store, clock)
    monkeypatch.setattr(World, "receiver", lambda self, name: receiver if name == "x" else None)
    monkeypatch.setattr(doors, "LOOK_SECONDS", 0.0)
    small = settings.model_copy(update={"most_waiting": MOST})
    app = create_app(small, sqlite_store, queues, clock=clock, passwords=CHEAP)
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def key(sqlite_store) -> str:
    with sqlite_store.writing() as transaction:
        return transaction.api_keys.make("bridge", scopes=["messages:write"], now=NOW)


def send(client, key: str, first: int, number: int):
    messages = [{"id": str(each), "text": f"message {each}"} for each in range(first, first + number)]
    return client.post("/api/messages", json=messages, headers={"Authorization": f"Bearer {key}"})


def stored(store) -> int:
    with store.reading() as transaction:
        return transaction.counts.all(now=NOW)["messages_total"]


def test_a_program_is_asked_to_come_back_while_too_many_messages_wait(outside, key, sqlite_store):
    assert send(outside, key, 0, MOST + 1).status_code == 202
    answer = send(outside, key, 1_000, 1)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert "send it again later" in answer.json()["error"]
    assert stored(sqlite_store) == MOST + 1
    with sqlite_store.writing() as transaction:
        waiting = transaction.mentions.standing_still(
            MentionState.RECEIVED, "judge", now=NOW, lease_seconds=60, limit=500
        )
        for mention_id, *_ in waiting:
            transaction.mentions.park(mention_id, fault="looked at")
    assert send(outside, key, 1_000, 1).status_code == 202


def test_a_key_that_is_not_ours_is_not_told_how_much_waits(outside, key, sqlite_store):
    assert send(outside, key, 0, MOST + 1).status_code == 202
    assert send(outside, "ek_wrong", 1_000, 1).status_code == 401


def test_a_platform_is_asked_to_push_again_while_too_many_pushes_wait(outside, sqlite_store):
    def push(number: int):
        return outside.post("/hooks/x", content=str(number).encode(), headers={"x-signed": "yes"})

    assert {push(number).status_code for number in range(MOST + 1)} == {200}
    answer = push(MOST + 1)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    with sqlite_store.writing() as transaction:
        [first, *_] = transaction.pushes.waiting("x", limit=1)
        transaction.pushes.done(first.id)
    assert push(MOST + 1).status_code == 200


def test_how_much_waits_is_looked_at_once_a_second_and_not_at_every_push(sqlite_store):
    looked = []

    def waits(transaction, number: int) -> bool:
        looked.append(number)
        return messages_wait(transaction, number)

    door = Door(sqlite_store, 5, waits)
    assert [door.is_full() for _ in range(50)] == [False] * 50
    assert looked == [5]
