"""What a webhook of Jira pushes: the issue as it stands, signed with HMAC-SHA256."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from pydantic import ValidationError

from connectors.base import Answer
from connectors.desks.jira_service_management import records, wire
from models import TicketStanding
from models.errors import RecordError, SignatureError

EVENTS = ("jira:issue_created", "jira:issue_updated")


class JiraReceiver:
    """A `DeskReceiver`."""

    name = "jira_service_management"
    longest_body_bytes = 4_000_000

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """Jira has none."""
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        wanted = "sha256=" + hmac.new(self._secret, body, sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-hub-signature", "").encode(), wanted.encode()):
            raise SignatureError("jira_service_management: the push is not signed with EARSHOT_JIRA_WEBHOOK_SECRET")
        return headers.get("x-atlassian-webhook-identifier") or None

    def answer(self, body: bytes) -> Answer:
        return Answer()

    def parse(self, body: bytes, *, received_at: datetime) -> Sequence[TicketStanding]:
        try:
            push = wire.PUSH.validate_json(body)
        except ValidationError as error:
            amiss = error.error_count()
            raise RecordError(f"jira_service_management: the push cannot be read ({amiss} fields amiss)") from None
        if push.event not in EVENTS or push.issue is None:
            return []
        found = records.standing(push.issue, changed_at=received_at)
        return [] if found is None else [found]
