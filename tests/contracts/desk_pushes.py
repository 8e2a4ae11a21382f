"""How desks that sign the instant sign what they push; written from the vendors' pages, not from our receivers."""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from standardwebhooks.webhooks import Webhook

from connectors.connector import needed
from settings import Settings

Sign = Callable[[Settings, bytes, datetime], dict[str, str]]
BECAUSE = "the test"


def by_the_standard(settings: Settings, body: bytes, at: datetime) -> dict[str, str]:
    signature = Webhook(needed(settings, "webhook_secret", BECAUSE)).sign("msg_1", at, body.decode())
    timestamp = str(int(at.timestamp()))
    return {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}


def by_zendesk(settings: Settings, body: bytes, at: datetime) -> dict[str, str]:
    timestamp = at.isoformat()
    made = _digest(needed(settings, "zendesk_webhook_secret", BECAUSE), timestamp.encode() + body)
    return {
        "x-zendesk-webhook-signature": base64.b64encode(made).decode(),
        "x-zendesk-webhook-signature-timestamp": timestamp,
    }


def by_chatwoot(settings: Settings, body: bytes, at: datetime) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    made = _digest(needed(settings, "chatwoot_webhook_secret", BECAUSE), timestamp.encode() + b"." + body)
    return {"x-chatwoot-signature": f"sha256={made.hex()}", "x-chatwoot-timestamp": timestamp}


def _digest(secret: str, signed: bytes) -> bytes:
    return hmac.digest(secret.encode(), signed, sha256)


SIGN_TIME: Mapping[str, Sign] = {
    "desk_webhook": by_the_standard,
    "zendesk": by_zendesk,
    "chatwoot": by_chatwoot,
}
"""Name of the receiver → its headers for a body pushed at an instant."""
SIGN_NO_TIME = frozenset({"jira_service_management", "zammad"})
"""Nor does any channel: there the delivery's own id, or the digest of the body, tells a repeat."""
