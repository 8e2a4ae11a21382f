import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from connectors.desks.zendesk.connector import ZENDESK
from connectors.desks.zendesk.receiver import ZendeskReceiver
from models import TicketStanding, TicketStatus
from models.errors import RecordError, SetupError, SignatureError
from settings import Settings

SECRET = "dGhpc19zZWNyZXRfaXNfbWFkZV91cA=="
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
STAMP = "2026-11-22T05:59:30Z"
RECEIVER = ZendeskReceiver([SECRET])


def body(**changes):
    told = {
        "ticket_id": "35436", "external_id": "earshot-1b2c", "status": "Solved", "assignee": "Priya Natarajan",
        "updated_at": "2026-11-22T05:59:00Z",
    }  # fmt: skip
    return json.dumps(told | changes).encode()


def signed(content, secret=SECRET, stamp=STAMP):
    made = base64.b64encode(hmac.new(secret.encode(), stamp.encode() + content, sha256).digest()).decode()
    return {"x-zendesk-webhook-signature": made, "x-zendesk-webhook-signature-timestamp": stamp}


def test_what_zendesk_signs_is_accepted_and_known_by_its_body():
    assert RECEIVER.verify(signed(body()), body(), now=NOW) is None


def test_during_a_rotation_either_secret_is_accepted():
    assert ZendeskReceiver(["new", SECRET]).verify(signed(body()), body(), now=NOW) is None


@pytest.mark.parametrize("stamp", ["2026-11-22T05:54:59Z", "2026-11-22T06:05:01Z", "", "now", "2026-11-22T06:00:00"])
def test_a_push_from_another_time_is_refused(stamp):
    with pytest.raises(SignatureError):
        RECEIVER.verify(signed(body(), stamp=stamp), body(), now=NOW)


def test_nothing_signed_can_be_changed():
    later = (NOW + timedelta(seconds=1)).isoformat()
    wrong = [
        (signed(body()), body(status="Open")),
        (signed(body(), "other"), body()),
        (signed(body()) | {"x-zendesk-webhook-signature-timestamp": later}, body()),
        (signed(body()) | {"x-zendesk-webhook-signature": ""}, body()),
        (signed(body()) | {"x-zendesk-webhook-signature": "é"}, body()),
        ({}, body()),
    ]
    for headers, content in wrong:
        with pytest.raises(SignatureError) as raised:
            RECEIVER.verify(headers, content, now=NOW)
        assert SECRET not in str(raised.value)


def test_a_change_is_read_whole():
    assert RECEIVER.parse(body(), received_at=NOW) == (
        TicketStanding(
            "35436", "earshot-1b2c", TicketStatus.SOLVED, "Solved", datetime(2026, 11, 22, 5, 59, tzinfo=UTC),
            "Priya Natarajan",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("New", TicketStatus.NEW),
        ("open", TicketStatus.OPEN),
        (" Pending ", TicketStatus.PENDING),
        ("On-hold", TicketStatus.PENDING),
        ("Closed", TicketStatus.CLOSED),
    ],
)
def test_a_status_is_known_however_it_is_written(said, status):
    [told] = RECEIVER.parse(body(status=said), received_at=NOW)
    assert told.status is status


def test_a_status_in_another_language_is_parked_and_not_guessed():
    with pytest.raises(RecordError, match="the next poll tells it"):
        RECEIVER.parse(body(status="Gelöst"), received_at=NOW)


@pytest.mark.parametrize("at", ["", "yesterday", "2031-01-01T00:00:00Z", "2026-11-22T05:00:00"])
def test_without_a_usable_instant_the_change_is_as_old_as_the_push(at):
    [told] = RECEIVER.parse(body(updated_at=at), received_at=NOW)
    assert told.changed_at == NOW


@pytest.mark.parametrize("external_id", ["", "crm-77"])
def test_tickets_of_others_mean_nothing(external_id):
    assert RECEIVER.parse(body(external_id=external_id), received_at=NOW) == ()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", body()[:-4], body(ticket_id=None)])
def test_a_change_that_cannot_be_read_is_parked_and_nothing_of_it_is_repeated(content):
    with pytest.raises(RecordError) as raised:
        RECEIVER.parse(content, received_at=NOW)
    assert "Priya" not in str(raised.value)


def test_the_registry_opens_it_with_its_secret_only(tools):
    settings = Settings(desk="zendesk", zendesk_webhook_secret=f"new {SECRET}")
    opened = ZENDESK.receivers["zendesk"](settings, tools)
    assert opened.verify(signed(body()), body(), now=NOW) is None
    assert opened.handshake({}) is None
    assert opened.answer(b"").status == 200
    with pytest.raises(SetupError, match="ZENDESK_WEBHOOK_SECRET"):
        ZENDESK.receivers["zendesk"](Settings(), tools)
