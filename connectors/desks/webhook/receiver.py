"""What a desk posts back: one CloudEvents 1.0 event of type `earshot.ticket.status`, signed by Standard Webhooks.

Anything else that is rightly signed is taken and means nothing: our own events, sent back to us, do no harm.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, ValidationError

from connectors.base import Answer
from connectors.desks.plain_text import one_line
from connectors.desks.webhook.signing import WebhookVerifier
from models import TicketStanding, TicketStatus
from models.errors import RecordError

STATUS_TYPE = "earshot.ticket.status"
LONGEST_LINE_BYTES = 200

Id = Annotated[str, BeforeValidator(lambda id: str(id) if isinstance(id, int) else id), Field(max_length=400)]


class _Event(BaseModel):
    type: str
    data: object = None


class _Status(BaseModel):
    reference: Id | None = None
    """The desk's own id; may be missing where `external_id` is there."""
    external_id: Id | None = None
    status: TicketStatus
    status_name: str | None = None
    assignee: str | None = None
    changed_at: AwareDatetime


class WebhookStatusReceiver:
    """A `DeskReceiver`."""

    name = "desk_webhook"
    longest_body_bytes = 65_536

    def __init__(self, secrets: Sequence[str]) -> None:
        self._verifier = WebhookVerifier(secrets)

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        return self._verifier.verify(headers, body, now=now)

    def answer(self, body: bytes) -> Answer:
        return Answer(status=204)

    def parse(self, body: bytes, *, received_at: datetime) -> Sequence[TicketStanding]:
        try:
            event = _Event.model_validate_json(body)
            if event.type != STATUS_TYPE:
                return ()
            said = _Status.model_validate(event.data)
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(map(str, each["loc"])) or "the body" for each in error.errors()}))
            raise RecordError(f"webhook: a status that cannot be read: {fields}") from None
        reference = said.reference or said.external_id
        if not reference:
            raise RecordError("webhook: a status that names no ticket: give external_id or reference")
        return (
            TicketStanding(
                reference=reference,
                external_id=said.external_id or None,
                status=said.status,
                status_name=one_line(said.status_name or said.status.value, longest_bytes=LONGEST_LINE_BYTES),
                # A clock that is ahead must not make every later change look old.
                changed_at=min(said.changed_at.astimezone(UTC), received_at),
                assignee=one_line(said.assignee or "", longest_bytes=LONGEST_LINE_BYTES) or None,
            ),
        )
