"""What a trigger of Zendesk posts: the body that docs/desks/zendesk.md tells to paste, signed by Zendesk."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pydantic import AwareDatetime, BaseModel, ValidationError

from connectors.base import Answer
from connectors.desks.plain_text import one_line
from connectors.desks.zendesk.records import OUR_PREFIX, STATUSES
from connectors.desks.zendesk.wire import ZdId
from models import TicketStanding
from models.errors import RecordError, SignatureError

TOLERANCE = timedelta(minutes=5)
LONGEST_LINE_BYTES = 200


class _Told(BaseModel):
    ticket_id: ZdId
    external_id: str = ""
    status: str
    assignee: str = ""
    updated_at: AwareDatetime | str = ""
    """Empty or unreadable: when it came."""


class ZendeskReceiver:
    """A `DeskReceiver`."""

    name = "zendesk"
    longest_body_bytes = 65_536

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """None: the delivery's id is not signed; the digest of the body, which holds the instant, stands for it."""
        timestamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
        try:
            at = datetime.fromisoformat(timestamp)
        except ValueError:
            raise SignatureError("zendesk: the signature's timestamp is missing or no instant") from None
        if at.utcoffset() is None or abs(now - at) > TOLERANCE:
            raise SignatureError("zendesk: the signature is over five minutes off; is one of the clocks wrong?")
        given = headers.get("x-zendesk-webhook-signature", "").encode()
        signed = timestamp.encode() + body
        made = [base64.b64encode(hmac.digest(secret, signed, sha256)) for secret in self._secrets]
        if not any([hmac.compare_digest(each, given) for each in made]):
            raise SignatureError("zendesk: the signature is not made with our secret; is it that of this webhook?")
        return None

    def answer(self, body: bytes) -> Answer:
        return Answer()

    def parse(self, body: bytes, *, received_at: datetime) -> Sequence[TicketStanding]:
        try:
            told = _Told.model_validate_json(body)
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(map(str, each["loc"])) or "the body" for each in error.errors()}))
            raise RecordError(f"zendesk: a change that cannot be read: {fields}") from None
        if not told.external_id.startswith(OUR_PREFIX):
            return ()
        status = STATUSES.get(told.status.strip().lower())
        if status is None:
            raise RecordError("zendesk: the trigger sends a status in words we do not know; the next poll tells it")
        at = told.updated_at.astimezone(UTC) if isinstance(told.updated_at, datetime) else received_at
        return (
            TicketStanding(
                reference=told.ticket_id,
                external_id=told.external_id,
                status=status,
                status_name=told.status.strip(),
                changed_at=min(at, received_at),
                assignee=one_line(told.assignee, longest_bytes=LONGEST_LINE_BYTES) or None,
            ),
        )
