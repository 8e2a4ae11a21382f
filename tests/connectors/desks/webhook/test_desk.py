import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.desks.mapping import DeskWords
from connectors.desks.webhook.desk import WebhookDesk
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.fakes.webhook_receiver import SECRET, FakeReceiver

URL = "https://desk.test/hooks/T0/secret-path?key=1"


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_answered(*answers, now=lambda: datetime.now(UTC)):
    left = list(answers)

    def answer(request):
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return WebhookDesk(URL, [SECRET], transport=httpx.MockTransport(answer), sleep=no_sleep, now=now)


@pytest.fixture
def receiver():
    return FakeReceiver()


@pytest.fixture
def desk(receiver):
    return WebhookDesk(URL, [SECRET], source="https://earshot.test", transport=receiver.transport(), sleep=no_sleep)


def test_a_ticket_is_one_cloudevent(desk, receiver):
    desk.create_ticket(a_ticket("earshot:x:1"))
    [(event_id, event)] = receiver.kept.items()
    assert event == {
        "specversion": "1.0",
        "id": event_id,
        "source": "https://earshot.test",
        "type": "earshot.ticket.create",
        "subject": "earshot:x:1",
        "datacontenttype": "application/json",
        "data": {
            "external_id": "earshot:x:1",
            "title": "@alice: my order never arrived",
            "body": "@acme my order never arrived <b>!!</b>\nhttps://x.test/alice/1",
            "priority": "high",
            "team": "Deliveries",
            "tags": ["delivery", "negative"],
            "channel": "x",
            "requestor": "@alice",
            "reach": 12000,
            "due_at": "2026-12-01T03:04:05Z",
        },
    }
    assert receiver.requests[0].headers["content-type"] == "application/cloudevents+json; charset=UTF-8"


def test_it_goes_to_the_very_address_that_was_given(desk, receiver):
    desk.create_ticket(a_ticket())
    assert str(receiver.requests[0].url) == URL


def test_a_note_is_one_cloudevent(desk, receiver):
    desk.add_comment(a_comment("earshot:x:1", "mention:2", "Posted again."))
    [event] = receiver.kept.values()
    assert event["type"] == "earshot.ticket.comment"
    assert event["data"] == {"external_id": "earshot:x:1", "key": "mention:2", "body": "Posted again."}


def test_a_repeat_is_the_same_event_byte_for_byte_with_a_fresh_signature(receiver):
    clock = iter(datetime.now(UTC) + timedelta(seconds=number) for number in range(9))
    for _ in range(2):
        WebhookDesk(URL, [SECRET], transport=receiver.transport(), now=lambda: next(clock)).create_ticket(a_ticket())
    first, second = receiver.requests
    assert first.content == second.content
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert len(receiver.kept) == 1


def test_different_effects_have_different_ids(desk, receiver):
    desk.create_ticket(a_ticket("a"))
    desk.create_ticket(a_ticket("b"))
    desk.add_comment(a_comment("a", "1"))
    desk.add_comment(a_comment("a", "2"))
    desk.add_comment(a_comment("a1", ""))
    assert len(receiver.kept) == 5


def test_an_id_of_any_letters_makes_headers_that_can_be_sent(desk, receiver):
    desk.create_ticket(a_ticket("é\n漢 'x'"))
    assert receiver.requests[0].headers["webhook-id"].isascii()


def test_nothing_can_be_looked_up_here(desk):
    desk.create_ticket(a_ticket())
    assert desk.find_ticket(a_ticket().external_id) is None
    assert desk.find_comment(a_comment()) is None


@pytest.mark.parametrize(
    ("answer", "reference", "url"),
    [
        (httpx.Response(200, json={"id": "T-9", "url": "https://desk.test/t/9"}), "T-9", "https://desk.test/t/9"),
        (httpx.Response(200, json={"id": 9}), "9", None),
        (httpx.Response(201, headers={"location": "/t/9"}), None, "https://desk.test/t/9"),
        (httpx.Response(200, json={"url": "javascript:alert(1)"}), None, None),
        (httpx.Response(200, json={"url": "http://desk.test:port/"}), None, None),
        (httpx.Response(200, json=["ok"]), None, None),
        (httpx.Response(200, text="ok"), None, None),
        (httpx.Response(204), None, None),
    ],
)
def test_the_reference_is_the_receivers_or_else_our_event_id(answer, reference, url):
    receipt = desk_answered(answer).create_ticket(a_ticket())
    assert receipt.url == url
    assert receipt.reference == reference or (reference is None and receipt.reference.startswith("ticket_"))


def test_an_endpoint_given_up_for_good_stops_the_desk():
    with pytest.raises(AccessError, match="410.*disable"):
        desk_answered(httpx.Response(410)).create_ticket(a_ticket())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status):
    elsewhere = httpx.Response(status, headers={"location": "http://169.254.169.254/"})
    with pytest.raises(AccessError, match="redirects are not followed"):
        desk_answered(elsewhere).create_ticket(a_ticket())


def test_an_answer_lost_three_times_may_be_tried_again_without_looking():
    with pytest.raises(RetryableError) as raised:
        desk_answered(*[httpx.ReadTimeout("lost")] * 3).create_ticket(a_ticket())
    assert not isinstance(raised.value, UnknownOutcomeError)


def test_a_passing_failure_is_ridden_out():
    assert desk_answered(httpx.Response(500), httpx.Response(204)).create_ticket(a_ticket()).reference


def test_a_refused_event_is_left_to_a_person():
    with pytest.raises(PermanentError, match="422"):
        desk_answered(httpx.Response(422)).create_ticket(a_ticket())


def test_check_sends_a_signed_event_of_its_own(desk, receiver):
    desk.check()
    [event] = receiver.kept.values()
    assert event["type"] == "earshot.check"


def test_check_says_that_the_endpoint_is_not_there():
    with pytest.raises(SetupError, match=r"refuses a signed earshot\.check.*404"):
        desk_answered(httpx.Response(404)).check()


def test_check_says_that_the_signature_is_refused():
    with pytest.raises(AccessError, match="401"):
        desk_answered(httpx.Response(401)).check()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://desk.test/", "desk.test/hook", "", "http://", "http://desk.test:port/"]
)
def test_an_address_that_is_none_of_the_webs_is_refused(url):
    with pytest.raises(SetupError, match="write https://host/path"):
        WebhookDesk(url, [SECRET])


@pytest.mark.parametrize("status", [401, 404, 410, 302, 422, 503])
def test_no_message_holds_the_path_the_text_or_the_handle(status):
    with pytest.raises((AccessError, PermanentError, RetryableError)) as raised:
        desk_answered(*[httpx.Response(status, headers={"retry-after": "99"})]).create_ticket(a_ticket())
    assert "desk.test" in str(raised.value)
    assert not any(secret in str(raised.value) for secret in ("secret-path", "key=1", "never arrived", "alice"))


def test_the_event_is_json_whatever_the_text_holds(desk, receiver):
    desk.create_ticket(a_ticket(body='"\\\ud800\0\u2028', subject="\ud800", tags=("\ud800",), requestor="\ud800"))
    assert json.loads(receiver.requests[0].content)["data"]["body"] == '"\\?\u2028'


def test_a_change_is_one_cloudevent_that_leaves_null_what_stays(desk, receiver):
    desk.update_ticket(TicketUpdate("earshot:x:1", "raise", priority=Priority.URGENT, add_tags=("vip",)))
    [event] = receiver.kept.values()
    assert event["type"] == "earshot.ticket.update"
    assert event["data"] == {
        "external_id": "earshot:x:1",
        "key": "raise",
        "priority": "urgent",
        "team": None,
        "add_tags": ["vip"],
        "status": None,
    }


def test_two_changes_of_one_ticket_are_two_events_and_a_repeat_is_none(desk, receiver):
    for key in ("a", "b", "a"):
        desk.update_ticket(TicketUpdate("earshot:x:1", key, status=TicketStatus.CLOSED))
    assert len(receiver.kept) == 2


def test_priorities_and_tags_are_said_in_the_words_of_the_settings(receiver):
    words = DeskWords({each: f"P{each.rank}" for each in Priority}, {"delivery": "logistics"})
    desk = WebhookDesk(URL, [SECRET], words=words, transport=receiver.transport(), sleep=no_sleep)
    desk.create_ticket(a_ticket(priority=Priority.URGENT))
    [event] = receiver.kept.values()
    assert (event["data"]["priority"], event["data"]["tags"]) == (f"P{Priority.URGENT.rank}", ["logistics", "negative"])


def test_it_cannot_be_asked_what_changed_and_keeps_the_cursor(desk, receiver):
    assert list(desk.standings(None).standings) == []
    assert desk.standings("kept").cursor == "kept"
    assert receiver.requests == []
