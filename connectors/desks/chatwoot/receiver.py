"""What Chatwoot pushes: `conversation_status_changed`, signed where its version signs."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import ValidationError

from connectors.base import Answer
from connectors.desks.chatwoot import records, wire
from models import TicketStanding
from models.errors import RecordError, SignatureError

TOLERANCE = timedelta(minutes=5)


class ChatwootReceiver:
    """A `DeskReceiver`."""

    name = "chatwoot"
    longest_body_bytes = 1_000_000

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """Chatwoot has none."""
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        timestamp = headers.get("x-chatwoot-timestamp", "")
        signed = timestamp.encode() + b"." + body
        wanted = "sha256=" + hmac.new(self._secret, signed, sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-chatwoot-signature", "").encode(), wanted.encode()):
            raise SignatureError("chatwoot: the push is not signed with EARSHOT_CHATWOOT_WEBHOOK_SECRET")
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            raise SignatureError("chatwoot: the push is older than five minutes, or a clock is wrong")
        return headers.get("x-chatwoot-delivery") or None

    def answer(self, body: bytes) -> Answer:
        return Answer()

    def parse(self, body: bytes, *, received_at: datetime) -> Sequence[TicketStanding]:
        try:
            event = wire.PUSH.validate_json(body).event
            if event != "conversation_status_changed":
                return []
            said = wire.CONVERSATION.validate_json(body)
        except ValidationError as error:
            raise RecordError(f"chatwoot: the push cannot be read ({error.error_count()} fields amiss)") from None
        found = records.standing(said, changed_at=None if said.active_at else received_at)
        return [] if found is None else [found]
