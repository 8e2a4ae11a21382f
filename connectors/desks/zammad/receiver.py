"""What a trigger of Zammad pushes: the ticket as it stands, signed with HMAC-SHA1."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import ValidationError

from connectors.base import Answer
from connectors.desks.zammad import records, wire
from models import TicketStanding
from models.errors import RecordError, SignatureError


class ZammadReceiver:
    """A `DeskReceiver`."""

    name = "zammad"
    longest_body_bytes = 2_000_000

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """Zammad has none."""
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        wanted = "sha1=" + hmac.new(self._secret, body, "sha1").hexdigest()
        if not hmac.compare_digest(headers.get("x-hub-signature", "").encode(), wanted.encode()):
            raise SignatureError("zammad: the push is not signed with EARSHOT_ZAMMAD_WEBHOOK_SECRET")
        return headers.get("x-zammad-delivery") or None

    def answer(self, body: bytes) -> Answer:
        return Answer()

    def parse(self, body: bytes, *, received_at: datetime) -> Sequence[TicketStanding]:
        try:
            ticket = wire.PUSH.validate_json(body).ticket
        except ValidationError as error:
            raise RecordError(f"zammad: the push cannot be read ({error.error_count()} fields amiss)") from None
        found = records.standing(ticket, changed_at=(ticket.updated_at or received_at).astimezone(UTC))
        return [] if found is None else [found]
