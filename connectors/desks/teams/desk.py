"""Our tickets as cards in a channel of Microsoft Teams, beside the desk. Nothing can be read back from there.

A webhook cannot be asked what it has taken. So an answer that is lost is an unknown outcome, nothing is found when it
is looked up, and the card is posted again: somebody may see it twice, which is better than nobody seeing it.
"""

import time
from collections.abc import Callable

import httpx

from connectors.desks.names import digest
from connectors.desks.teams import records
from connectors.desks.teams.client import TeamsClient
from connectors.quota import Quota
from models import Comment, Receipt, StandingPage, Ticket, TicketUpdate
from models.errors import RetryableError, UnknownOutcomeError


class TeamsDesk:
    """A `Desk` that is a notification."""

    name = "teams"

    def __init__(
        self,
        url: str,
        *,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises: SetupError where the address cannot be one of a webhook."""
        self._client = TeamsClient(url, quota=quota, timeout_seconds=timeout_seconds, transport=transport, sleep=sleep)

    def check(self) -> None:
        """Nothing more than the constructor: whatever is sent to a webhook shows in the channel."""

    def find_ticket(self, external_id: str) -> Receipt | None:
        """Always None: a webhook cannot be asked."""
        return None

    def create_ticket(self, ticket: Ticket) -> Receipt:
        self._client.post(records.ticket(ticket))
        return Receipt(reference=records.reference(ticket.external_id))

    def find_comment(self, comment: Comment) -> Receipt | None:
        """Always None: a webhook cannot be asked."""
        return None

    def add_comment(self, comment: Comment) -> Receipt:
        """A card of its own that names the first one."""
        self._client.post(records.note(comment))
        return Receipt(reference=f"{records.reference(comment.external_id)}-{digest(comment.key)[:12]}")

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        """A card of its own that says what changed: a card that was posted cannot be changed."""
        try:
            self._client.post(records.update(update))
        except UnknownOutcomeError as error:
            raise RetryableError(f"{error}; said twice, it does no harm") from error
        return Receipt(reference=f"{records.reference(update.external_id)}-{digest(update.key)[:12]}")

    def standings(self, cursor: str | None) -> StandingPage:
        """Always empty: nobody works in Teams."""
        return StandingPage((), cursor or "")
