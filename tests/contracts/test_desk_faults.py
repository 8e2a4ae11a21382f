"""Whatever goes wrong between us and a desk: one ticket, one note, one change, and an error of our own kind."""

import json

import httpx
import pytest

from models import Priority, Receipt, TicketStatus, TicketUpdate
from models.errors import AccessError, EarshotError, RetryableError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket

SECRETS = ("never arrived", "alice", "Posted again", "secret-of-the-body")


def refusing(status, **headers):
    """The request is refused before anything came of it."""
    return lambda request, send: httpx.Response(status, headers=headers, text="no", request=request)


def spoiling(change):
    """The request takes effect, and what comes back is not what was sent."""

    def fault(request, send):
        response = send()
        return httpx.Response(response.status_code, headers=kept(response), content=change(response.content))

    return fault


def kept(response):
    return {name: value for name, value in response.headers.items() if name in ("content-type", "location", "etag")}


def losing(request, send):
    send()
    raise httpx.ReadTimeout("lost by the test", request=request)


def breaking(request, send):
    raise httpx.ConnectError("lost by the test", request=request)


def saying(body, content_type="application/json"):
    """The request takes effect, and 200 is said with something else in it."""

    def fault(request, send):
        send()
        return httpx.Response(200, headers={"content-type": content_type}, content=body)

    return fault


def outcome_of(call, *arguments):
    """What it gives, or the error of ours that it raises."""
    try:
        return call(*arguments)
    except EarshotError as error:
        return error


FAULTS = {
    **{str(status): refusing(status) for status in (400, 401, 402, 403, 404, 408, 409, 500, 502, 504)},
    "429": refusing(429, **{"retry-after": "30"}),
    "503": refusing(503, **{"retry-after": "30"}),
    "cut short": spoiling(lambda body: body[: len(body) // 2]),
    "empty": spoiling(lambda body: b""),
    "not json": saying(b"<html>Log in</html>", "text/html"),
    "200 with an error inside": saying(b'{"ok": false, "error": "channel_not_found"}'),
    "null": saying(b"null"),
    "a list": saying(b"[]"),
    "timeout after the effect": losing,
    "no connection": breaking,
}


def insist(effect, tries=6):
    """What the outbox and the person behind it do: try again, whatever was said, as long as it is an error of ours."""
    for _ in range(tries):
        try:
            return effect()
        except EarshotError as error:
            assert not any(secret in str(error) for secret in SECRETS)
    raise AssertionError(f"still no receipt after {tries} tries")


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_anywhere_leaves_one_ticket_one_note_and_one_change(over_network, id, fault, position):
    desk, wire = over_network.desk, over_network.wire
    ticket, note = a_ticket(id, body="secret-of-the-body"), a_comment(id)
    change = TicketUpdate(id, "raise", priority=Priority.URGENT, add_tags=("vip",), status=TicketStatus.PENDING)

    wire.meet(FAULTS[fault], position=position)
    insist(lambda: desk.find_ticket(id) or desk.create_ticket(ticket))
    wire.meet(FAULTS[fault], position=position)
    insist(lambda: desk.find_comment(note) or desk.add_comment(note))
    wire.meet(FAULTS[fault], position=position)
    insist(lambda: desk.update_ticket(change))
    wire.be_well()

    [held] = over_network.held(id)
    assert (held.body, held.notes) == ("secret-of-the-body", ["Posted again."])
    assert held.priority is Priority.URGENT
    assert held.status is TicketStatus.PENDING
    assert held.tags == {"delivery", "negative", "vip"}


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_while_asking_for_changes_loses_none(searched_over_network, id, fault, position):
    desk, wire = searched_over_network.desk, searched_over_network.wire
    ids = [f"{id}:{number}" for number in range(4)]
    for each in ids:
        desk.create_ticket(a_ticket(each))
    searched_over_network.settle()
    cursor = insist(lambda: desk.standings(None)).cursor
    for each in ids:
        searched_over_network.set_status(each, TicketStatus.SOLVED)
    searched_over_network.settle()
    wire.meet(FAULTS[fault], position=position)
    found = []
    for _ in range(6):
        page = insist(lambda at=cursor: desk.standings(at))
        found += page.standings
        cursor = page.cursor
    assert {told.external_id for told in found if told.status is TicketStatus.SOLVED} == set(ids)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_refused_credentials_stop_the_desk(over_network, id, status):
    over_network.wire.meet(refusing(status))
    with pytest.raises(AccessError, match=str(status)):
        over_network.desk.create_ticket(a_ticket(id))
    assert over_network.held(id) == []


def test_being_told_to_wait_says_how_long_and_did_nothing(over_network, id):
    over_network.wire.meet(refusing(429, **{"retry-after": "30"}))
    with pytest.raises(RetryableError) as raised:
        over_network.desk.create_ticket(a_ticket(id))
    assert not isinstance(raised.value, UnknownOutcomeError)
    assert raised.value.retry_after_seconds == pytest.approx(30, abs=1)
    assert over_network.held(id) == []


def test_an_update_never_leaves_its_outcome_open(over_network, id):
    over_network.desk.create_ticket(a_ticket(id))
    change = TicketUpdate(id, "raise", priority=Priority.URGENT, add_tags=("vip",), status=TicketStatus.OPEN)
    for fault in FAULTS.values():
        for position in range(4):
            over_network.wire.meet(fault, position=position)
            outcome = outcome_of(over_network.desk.update_ticket, change)
            assert not isinstance(outcome, UnknownOutcomeError), "an update may be repeated without a look"
            assert isinstance(outcome, Receipt | EarshotError)


def with_more(body):
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    return json.dumps(_with_more(answer)).encode()


def _with_more(value):
    if isinstance(value, list):
        return [_with_more(each) for each in value]
    if isinstance(value, dict):
        return {name: _with_more(each) for name, each in value.items()} | {"added_in_2031": {"a": [1, None]}}
    return value


def test_fields_nobody_has_heard_of_change_nothing(over_network, id):
    class More(httpx.BaseTransport):
        def __init__(self, inner):
            self.inner = inner

        def handle_request(self, request):
            return spoiling(with_more)(request, lambda: self.whole(request))

        def whole(self, request):
            response = self.inner.handle_request(request)
            response.read()
            return response

    over_network.wire._inner = More(over_network.wire._inner)
    desk = over_network.desk
    desk.check()
    desk.create_ticket(a_ticket(id))
    desk.add_comment(a_comment(id))
    desk.update_ticket(TicketUpdate(id, "raise", priority=Priority.URGENT, add_tags=("vip",)))
    desk.standings(desk.standings(None).cursor)
    [held] = over_network.held(id)
    assert (held.notes, held.priority) == (["Posted again."], Priority.URGENT)
    assert "vip" in held.tags


def test_a_text_of_a_hundred_thousand_characters_arrives_or_says_where_the_rest_is(over_network, id):
    text = "words, " * 15_000
    over_network.desk.create_ticket(a_ticket(id, body=text, subject=text))
    over_network.desk.add_comment(a_comment(id, body=text))
    [held] = over_network.held(id)
    for arrived in (held.body, *held.notes):
        assert arrived == text or (arrived.startswith(text[:10_000]) and "Earshot" in arrived[-200:])
