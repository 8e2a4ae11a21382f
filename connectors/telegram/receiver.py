"""Updates of one bot, pushed to `/hooks/telegram`."""

import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import SecretStr

from connectors.base import Answer
from connectors.telegram.client import Unreadable, parsed, read_update
from connectors.telegram.records import CHANNEL, Us, to_page
from models import Page
from models.errors import SignatureError

HEADER = "x-telegram-bot-api-secret-token"


class TelegramReceiver:
    """A `connectors.base.Receiver`."""

    name = CHANNEL
    longest_body_bytes = 1_000_000

    def __init__(self, us: Us, secret: SecretStr) -> None:
        self._us = us
        self._secret = secret.get_secret_value().encode()

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """Telegram asks nothing."""
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """See `Signed.verify`. Telegram names no delivery, and a number of an update comes again after a quiet week."""
        if not hmac.compare_digest(headers.get(HEADER, "").encode(errors="replace"), self._secret):
            raise SignatureError("telegram: the secret token of the push is missing or wrong; nothing was kept")
        return None

    def answer(self, body: bytes) -> Answer:
        return Answer()

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        """See `Receiver.parse`: one update a push."""
        try:
            update = read_update(parsed(body))
        except ValueError:
            update = Unreadable(None, "the body is not JSON", body)
        return to_page([update], self._us, received_at=received_at)
