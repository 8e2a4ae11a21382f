import json

import pytest

from inbox.roles import Role
from models import ActorKind, EventKind, MentionState, Rejected
from store.outbox import OutboxState
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.inbox.conftest import FORM_KEY, Browser
from tests.inbox.factory import NOW, Said, add, add_demo, push_ticket

LINE = {"id": "77", "channel": "x", "account": "larkbank", "text": "My card was eaten", "created_at": NOW.isoformat()}


def _send(browser: Browser, path: str, **fields: str):
    found = FORM_KEY.search(browser.get("/operations").text)
    return browser.post(path, form_key=found[1] if found else "0" * 32, **fields)


def _events(store: Store, kind: EventKind) -> list:
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT actor_kind, actor, facts FROM events WHERE kind = '{kind.value}'")
        return [(row[0], row[1], json.loads(row[2])) for row in rows]


def _park_message(store: Store) -> str:
    case_id = add(store, Said("unreadable", native_id="bad"), now=NOW)
    with store.writing() as transaction:
        [item] = transaction.mentions.of_case(case_id)
        transaction.mentions.park(item.mention.id, fault="its worker died 4 times at received")
    return item.mention.id


def _park_line(store: Store, raw: bytes, source: str = "file") -> None:
    with store.writing() as transaction:
        transaction.quarantine.park(source, [Rejected("line 17", "no text", raw)], now=NOW)


def _park_push(store: Store, delivery: str = "d1") -> int:
    with store.writing() as transaction:
        transaction.pushes.keep("telegram", delivery, b'{"update_id": 1}', now=NOW)
        [push] = transaction.pushes.waiting("telegram", limit=1)
        transaction.pushes.set_aside(push.id, fault="no message in it")
    return push.id


@pytest.mark.parametrize("role", [Role.AGENT, Role.LEAD, Role.COMPLIANCE])
def test_operations_are_for_administrators_and_for_auditors_to_read(as_role, role):
    assert as_role(role).get("/operations").status_code == 403


def test_an_auditor_sees_what_is_set_aside_and_no_button(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    _park_message(sqlite_store)
    _park_line(sqlite_store, b"{}")
    page = as_role(Role.AUDITOR).get("/operations").text
    assert "its worker died 4 times" in page
    assert "/operations/messages" not in page
    assert "Give up" not in page


def test_where_nothing_is_set_aside_the_page_says_so(as_role):
    page = as_role(Role.ADMIN).get("/operations").text
    assert "Empty: every record could be read." in page
    assert "None: everything was carried out." in page
    assert "SQLite" in page
    assert "Try all" not in page


def test_a_message_that_was_judged_before_is_triaged_again_with_an_event_of_the_person(sqlite_store, as_role, queues):
    mention_id = _park_message(sqlite_store)
    admin = as_role(Role.ADMIN)
    assert _send(admin, f"/operations/messages/{mention_id}/retry").headers["location"].endswith("notice=retried")
    assert queues.take() == ("triage_mentions", ([mention_id],))
    with sqlite_store.reading() as transaction:
        assert transaction.mentions.get([mention_id])[0].state is MentionState.CLASSIFIED
    assert _events(sqlite_store, EventKind.TRIED_AGAIN) == [
        (ActorKind.PERSON.value, "admin person", {"what": "message"})
    ]
    assert _send(admin, f"/operations/messages/{mention_id}/retry").headers["location"].endswith("notice=gone")
    assert queues.take() is None


def test_all_messages_are_tried_again_at_once(sqlite_store, as_role, queues):
    mention_id = _park_message(sqlite_store)
    _send(as_role(Role.ADMIN), "/operations/messages/retry")
    assert queues.take() == ("sweep", ())
    with sqlite_store.reading() as transaction:
        assert transaction.mentions.get([mention_id])[0].state is MentionState.CLASSIFIED
        assert transaction.mentions.parked() == []


def test_a_line_that_can_be_read_by_now_becomes_a_message_and_leaves_the_quarantine(sqlite_store, as_role, queues):
    _park_line(sqlite_store, json.dumps(LINE).encode())
    assert _send(as_role(Role.ADMIN), "/operations/lines/1/retry").status_code == 303
    job, (ids,) = queues.take()
    assert job == "classify_mentions"
    with sqlite_store.reading() as transaction:
        assert transaction.mentions.get(ids)[0].mention.text == "My card was eaten"
        assert transaction.quarantine.count() == 0
    [(_, person, facts)] = _events(sqlite_store, EventKind.TRIED_AGAIN)
    assert (person, facts["what"]) == ("admin person", "line")


def test_a_line_that_still_cannot_be_read_stays_with_the_reason_shown(sqlite_store, as_role):
    _park_line(sqlite_store, b"{not json")
    answer = _send(as_role(Role.ADMIN), "/operations/lines/1/retry")
    assert answer.status_code == 422
    assert "The line still cannot be read" in answer.text
    with sqlite_store.reading() as transaction:
        assert transaction.quarantine.count() == 1
    assert _events(sqlite_store, EventKind.TRIED_AGAIN) == []


def test_one_bad_line_does_not_hold_up_the_others(sqlite_store, as_role):
    for raw in (b"{not json", json.dumps(LINE).encode(), b"[]"):
        _park_line(sqlite_store, raw)
    admin = as_role(Role.ADMIN)
    location = _send(admin, "/operations/lines/retry").headers["location"]
    assert location.endswith("read=1&left=2")
    assert "1 read and on their way; 2 still cannot be read" in admin.get(location).text


def test_a_record_of_a_platform_is_not_guessed_at(sqlite_store, as_role):
    _park_line(sqlite_store, json.dumps(LINE).encode(), source="bluesky")
    admin = as_role(Role.ADMIN)
    assert "comes again with its channel" in admin.get("/operations").text
    assert _send(admin, "/operations/lines/1/retry").status_code == 422
    with sqlite_store.reading() as transaction:
        assert transaction.quarantine.count() == 1


def test_a_push_is_read_again_one_by_one_or_all(sqlite_store, as_role, queues):
    number, other = _park_push(sqlite_store), _park_push(sqlite_store, "d2")
    admin = as_role(Role.ADMIN)
    assert "no message in it" in admin.get("/operations").text
    _send(admin, f"/operations/pushes/{number}/retry")
    assert queues.take() == ("receive", ("telegram",))
    with sqlite_store.reading() as transaction:
        assert [push.id for push in transaction.pushes.parked(limit=9)] == [other]
    _send(admin, "/operations/pushes/retry")
    assert queues.take() == ("sweep", ())
    with sqlite_store.reading() as transaction:
        assert transaction.pushes.failed() == {}


def _failed(store: Store) -> int:
    case_id = add(store, Said("charged twice", native_id="1"), now=NOW)
    return push_ticket(store, case_id, now=NOW, fails_with="503 from the desk")


def _state(store: Store, number: int) -> OutboxState:
    with store.reading() as transaction:
        return transaction.outbox.get(number).state


def test_a_delivery_is_given_up_with_a_reason_and_its_case_says_so(sqlite_store, as_role):
    number = _failed(sqlite_store)
    admin = as_role(Role.ADMIN)
    answer = _send(admin, f"/operations/outbox/{number}/give-up", attempts="1", reason="The desk was replaced")
    assert answer.headers["location"].endswith("notice=given_up")
    assert _state(sqlite_store, number) is OutboxState.GIVEN_UP
    page = admin.get("/cases/1").text
    assert "gave up a delivery" in page
    assert "The desk was replaced" in page
    assert "given up" in admin.get("/operations").text
    again = _send(admin, f"/operations/outbox/{number}/give-up", attempts="1", reason="Twice")
    assert again.headers["location"].endswith("notice=gone")
    assert len(_events(sqlite_store, EventKind.GIVEN_UP)) == 1


def test_giving_up_without_a_reason_changes_nothing(sqlite_store, as_role):
    number = _failed(sqlite_store)
    answer = _send(as_role(Role.ADMIN), f"/operations/outbox/{number}/give-up", attempts="1", reason="  ")
    assert answer.status_code == 422
    assert _state(sqlite_store, number) is OutboxState.FAILED


def test_giving_up_what_was_tried_again_meanwhile_is_refused(sqlite_store, as_role):
    number = _failed(sqlite_store)
    answer = _send(as_role(Role.ADMIN), f"/operations/outbox/{number}/give-up", attempts="0", reason="Old form")
    assert answer.status_code == 409
    assert _state(sqlite_store, number) is OutboxState.FAILED


def test_what_was_given_up_can_be_tried_again_and_is_not_swept_up_with_the_failed(sqlite_store, as_role, queues):
    number = _failed(sqlite_store)
    admin = as_role(Role.ADMIN)
    _send(admin, f"/operations/outbox/{number}/give-up", attempts="1", reason="Too early")
    assert _send(admin, "/operations/outbox/retry").headers["location"].endswith("notice=gone")
    assert _state(sqlite_store, number) is OutboxState.GIVEN_UP
    _send(admin, f"/operations/outbox/{number}/retry")
    assert queues.take() == ("deliver", (number,))
    assert _state(sqlite_store, number) is OutboxState.UNKNOWN


def test_all_failed_deliveries_are_tried_again(sqlite_store, as_role, queues):
    number = _failed(sqlite_store)
    _send(as_role(Role.ADMIN), "/operations/outbox/retry")
    assert queues.take() == ("sweep", ())
    assert _state(sqlite_store, number) is OutboxState.UNKNOWN


def test_without_the_queue_what_is_tried_again_is_kept_for_later(sqlite_store, as_role, queues: QueuesInMemory):
    mention_id = _park_message(sqlite_store)
    admin = as_role(Role.ADMIN)
    queues.is_down = True
    assert _send(admin, f"/operations/messages/{mention_id}/retry").headers["location"].endswith("notice=later")
    assert "Background work stands still." in admin.get("/operations").text


def test_the_database_tells_its_kind_size_and_schema(store):
    with store.reading() as transaction:
        found = transaction.upkeep.database()
    assert found.kind.startswith(("SQLite 3", "PostgreSQL "))
    assert found.bytes > 100_000
    assert found.revision


@pytest.mark.parametrize("path", ["outbox/999/retry", "outbox/999/give-up", "outbox/x/retry"])
def test_an_unknown_delivery_is_a_clear_404(as_role, path):
    answer = _send(as_role(Role.ADMIN), f"/operations/{path}", attempts="1", reason="r")
    assert answer.status_code == 404
