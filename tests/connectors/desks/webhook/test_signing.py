import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connectors.desks.webhook.signing import WebhookSigner
from models.errors import SetupError

OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 64).decode()


def signed(secrets, body=b'{"a":1}', event_id="ticket_1", at=None):
    return WebhookSigner(secrets).headers(event_id, at or datetime.now(UTC), body)


@given(st.binary(max_size=300).map(lambda raw: b'{"text":"' + base64.b64encode(raw) + b'"}'))
def test_the_standards_own_library_accepts_every_signature(body):
    assert Webhook(NEW).verify(body, signed([NEW], body))


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_during_a_rotation_the_receiver_may_hold_either_secret(secret):
    assert Webhook(secret).verify(b'{"a":1}', signed([NEW, OLD])) == {"a": 1}


def test_the_standards_own_library_signs_the_same():
    at = datetime(2026, 11, 21, tzinfo=UTC)
    assert signed([OLD], at=at)["webhook-signature"] == Webhook(OLD).sign("ticket_1", at, '{"a":1}')


@pytest.mark.parametrize(
    "change",
    [{"webhook-id": "ticket_2"}, {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) - 1)}, {}],
    ids=["id", "timestamp", "body"],
)
def test_nothing_signed_can_be_changed(change):
    headers = signed([NEW])
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(b'{"a":1}' if change else b'{"a":2}', {**headers, **change})


@pytest.mark.parametrize(
    ("secrets", "wrong"),
    [
        ([], "no signing secret"),
        (["aGVsbG8="], "1 does not begin with whsec_"),
        ([NEW, "whsec_not base64!"], "2 is not base64"),
        (["whsec_" + base64.b64encode(b"x" * 23).decode()], "1 has 23 bytes"),
        (["whsec_" + base64.b64encode(b"x" * 65).decode()], "1 has 65 bytes"),
    ],
)
def test_an_unusable_secret_is_refused_without_being_shown(secrets, wrong):
    with pytest.raises(SetupError, match=wrong) as raised:
        WebhookSigner(secrets)
    assert not any(secret in str(raised.value) for secret in secrets)
