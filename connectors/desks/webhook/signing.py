"""Signatures by the Standard Webhooks specification, symmetric scheme `v1`.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from models.errors import SetupError, SignatureError

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
"""Lengths the specification allows."""
TOLERANCE = timedelta(minutes=5)
LONGEST_ID = 200


class WebhookSigner:
    """Signs with every secret it is given: during a rotation the receiver accepts the old or the new one."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise SetupError("webhook: no signing secret; give one, e.g. whsec_ + base64 of 32 random bytes")
        self._keys = tuple(_key(secret, position) for position, secret in enumerate(secrets, 1))

    def headers(self, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """The three headers of one attempt, made at `at` (aware). `event_id` is the same on every retry."""
        timestamp = str(int(at.timestamp()))
        signed = b".".join((event_id.encode("ascii"), timestamp.encode("ascii"), body))
        return {
            "webhook-id": event_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(_signature(key, signed) for key in self._keys),
        }


class WebhookVerifier:
    """Accepts what any of its secrets signed within the last five minutes, by either clock."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise SetupError("webhook: no signing secret; give one, e.g. whsec_ + base64 of 32 random bytes")
        self._keys = tuple(_key(secret, position) for position, secret in enumerate(secrets, 1))

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
        """The event's id. Header names are lower case. Raises: SignatureError."""
        event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not event_id or not event_id.isascii() or len(event_id) > LONGEST_ID:
            raise SignatureError("webhook: no webhook-id, or one that cannot be kept")
        if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 11:
            raise SignatureError("webhook: webhook-timestamp is not a time in whole seconds")
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            raise SignatureError("webhook: webhook-timestamp is over five minutes off; is one of the clocks wrong?")
        signed = b".".join((event_id.encode("ascii"), timestamp.encode("ascii"), body))
        given = [part.encode() for part in headers.get("webhook-signature", "").split()]
        # Every pair is compared: how long it takes tells nothing of which secret fits.
        fits = [hmac.compare_digest(_signature(key, signed).encode(), part) for key in self._keys for part in given]
        if not any(fits):
            raise SignatureError("webhook: no signature of these secrets; is webhook_secret the same on both sides?")
        return event_id


def _key(secret: str, position: int) -> bytes:
    how = "write whsec_ + base64 of 24 to 64 random bytes"
    if not secret.startswith(PREFIX):
        raise SetupError(f"webhook: signing secret {position} does not begin with {PREFIX}; {how}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise SetupError(f"webhook: signing secret {position} is not base64; {how}") from error
    if len(key) not in KEY_BYTES:
        raise SetupError(f"webhook: signing secret {position} has {len(key)} bytes; {how}")
    return key


def _signature(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode("ascii")
