import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from connectors.desks.webhook.receiver import WebhookStatusReceiver
from connectors.desks.webhook.signing import WebhookSigner
from models import TicketStanding, TicketStatus
from models.errors import RecordError, SetupError, SignatureError
from tests.fakes.webhook_receiver import SECRET

OTHER = "whsec_" + "bXktb3RoZXItc2VjcmV0LW9mLTMyLWJ5dGVzLWxvbmc="
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def receiver(*secrets):
    return WebhookStatusReceiver(secrets or [SECRET])


def event(**changes):
    data = {
        "external_id": "earshot-1b2c",
        "reference": "T-9",
        "status": "solved",
        "status_name": "Done",
        "assignee": "Priya",
        "changed_at": "2026-11-22T16:59:00+11:00",
    } | changes
    return json.dumps({"specversion": "1.0", "id": "s1", "type": "earshot.ticket.status", "data": data}).encode()


def signed(body, secret=SECRET, at=NOW, event_id="msg_1"):
    """By the standard's own library."""
    signature = Webhook(secret).sign(event_id, at, body.decode())
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


@given(st.text(max_size=200))
def test_what_the_standards_own_library_signs_is_accepted_and_bears_its_id(text):
    body = json.dumps({"text": text}, ensure_ascii=True).encode()
    assert receiver().verify(signed(body), body, now=NOW) == "msg_1"


def test_what_we_sign_ourselves_is_accepted_too():
    body = event()
    assert receiver().verify(WebhookSigner([SECRET]).headers("msg_2", NOW, body), body, now=NOW) == "msg_2"


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_during_a_rotation_either_secret_is_accepted(secret):
    body = event()
    assert receiver(SECRET, OTHER).verify(signed(body, secret), body, now=NOW)


def test_of_several_signatures_one_that_fits_is_enough():
    body = event()
    headers = signed(body)
    headers["webhook-signature"] = f"v2,abc {signed(body, OTHER)['webhook-signature']} {headers['webhook-signature']}"
    assert receiver().verify(headers, body, now=NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_tolerated(seconds):
    body = event()
    assert receiver().verify(signed(body), body, now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 10**6])
def test_a_push_from_another_time_is_refused(seconds):
    body = event()
    with pytest.raises(SignatureError, match="five minutes"):
        receiver().verify(signed(body), body, now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", "msg_2"),
        ("webhook-id", ""),
        ("webhook-id", "é"),
        ("webhook-id", "x" * 999),
        ("webhook-timestamp", str(int(NOW.timestamp()) + 1)),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "-5"),
        ("webhook-timestamp", "٣" * 10),
        ("webhook-timestamp", "9" * 400),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,é"),
        ("webhook-signature", "v1a," + "A" * 44),
    ],
)
def test_nothing_signed_can_be_changed_or_left_out(header, value):
    body = event()
    with pytest.raises(SignatureError):
        receiver().verify({**signed(body), header: value}, body, now=NOW)
    without = {name: each for name, each in signed(body).items() if name != header}
    with pytest.raises(SignatureError):
        receiver().verify(without, body, now=NOW)


def test_another_body_or_another_secret_is_refused_without_a_word_of_either():
    body = event()
    for headers, sent in [(signed(body), event(status="open")), (signed(body, OTHER), body)]:
        with pytest.raises(SignatureError) as raised:
            receiver().verify(headers, sent, now=NOW)
        assert not any(secret in str(raised.value) for secret in (SECRET, "Priya", "earshot-1b2c"))


def test_a_status_is_read_whole():
    assert receiver().parse(event(), received_at=NOW) == (
        TicketStanding(
            reference="T-9",
            external_id="earshot-1b2c",
            status=TicketStatus.SOLVED,
            status_name="Done",
            changed_at=datetime(2026, 11, 22, 5, 59, tzinfo=UTC),
            assignee="Priya",
        ),
    )


def test_what_is_not_known_may_be_left_out():
    body = event(reference=None, status_name=None, assignee="")
    [told] = receiver().parse(body, received_at=NOW)
    assert (told.reference, told.status_name, told.assignee) == ("earshot-1b2c", "solved", None)
    [told] = receiver().parse(event(external_id=None, reference=9), received_at=NOW)
    assert (told.reference, told.external_id) == ("9", None)


def test_a_clock_that_is_ahead_does_not_outrun_ours():
    [told] = receiver().parse(event(changed_at="2031-01-01T00:00:00Z"), received_at=NOW)
    assert told.changed_at == NOW


@pytest.mark.parametrize("type", ["earshot.ticket.create", "earshot.ticket.update", "com.example.other"])
def test_events_of_other_kinds_our_own_among_them_mean_nothing(type):
    body = json.dumps({"type": type, "data": {"external_id": "earshot-1b2c", "status": "closed"}}).encode()
    assert receiver().parse(body, received_at=NOW) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"type": "earshot.ticket.status"}',
        event()[:-5],
        event(status="finished"),
        event(changed_at="yesterday"),
        event(changed_at="2026-11-22T06:00:00"),
        event(external_id=None, reference=None),
        event(external_id="", reference=""),
        event(external_id="x" * 999),
    ],
)
def test_a_status_that_cannot_be_read_is_parked_and_nothing_of_it_is_repeated(body):
    with pytest.raises(RecordError) as raised:
        receiver().parse(body, received_at=NOW)
    assert not any(secret in str(raised.value) for secret in ("Priya", "finished", "yesterday"))


def test_nobody_is_greeted_and_every_push_is_thanked():
    assert receiver().handshake({"challenge": "x"}) is None
    assert receiver().answer(b"").status == 204


def test_without_a_secret_nothing_is_received():
    with pytest.raises(SetupError):
        WebhookStatusReceiver([])
