"""Our tickets as messages in one Slack channel, beside the desk. Nothing is read back from there."""

import time
from collections.abc import Callable, Iterator

import httpx

from connectors.desks.slack import records
from connectors.desks.slack.client import SlackClient
from connectors.desks.slack.wire import SlackMessage, SlackMessages
from connectors.quota import Quota
from models import Comment, Receipt, StandingPage, Ticket, TicketUpdate
from models.errors import RetryableError, SetupError

MOST_PAGES = 2
"""Of the channel's history, at 500 messages: how far back a ticket's message is looked for."""
MOST_THREAD_PAGES = 10


class SlackDesk:
    """A `Desk` that is a notification."""

    name = "slack"

    def __init__(
        self,
        api: str,
        token: str,
        channel: str,
        *,
        most_pages: int = MOST_PAGES,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._channel = channel
        self._most_pages = most_pages
        self._client = SlackClient(
            api, token, quota=quota, timeout_seconds=timeout_seconds, transport=transport, sleep=sleep
        )

    def check(self) -> None:
        identity = self._client.identity()
        channel = self._client.channel(self._channel)
        if channel.is_archived:
            raise SetupError(f"slack: channel {self._channel} is archived; choose another for EARSHOT_SLACK_CHANNEL")
        if channel.is_member is False:
            raise SetupError(f"slack: the bot {identity.user} is not in channel {self._channel}; type /invite there")
        self._client.history(self._channel, most=1)

    def find_ticket(self, external_id: str) -> Receipt | None:
        """None also where its message stands behind more than `most_pages` pages of newer ones."""
        message, _ = self._find(external_id)
        return None if message is None else self._receipt(message.ts, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        return self._receipt(self._client.post(records.ticket(ticket, self._channel)))

    def find_comment(self, comment: Comment) -> Receipt | None:
        ticket, _ = self._find(comment.external_id)
        around = self._recent() if ticket is None else self._thread(ticket.ts)
        return next(
            (self._receipt(each.ts, found=True) for each in around if records.is_note(each, comment)),
            None,
        )

    def add_comment(self, comment: Comment) -> Receipt:
        """In the ticket's thread, or as a message of its own where the ticket's is too far back."""
        ticket, is_whole = self._find(comment.external_id)
        if ticket is None and is_whole:
            raise RetryableError(f"slack: no message about {comment.external_id!r} yet to add a note to")
        thread = None if ticket is None else ticket.ts
        return self._receipt(self._client.post(records.note(comment, self._channel, thread=thread)))

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        """A message too far back stays as it is: nobody looks at it any more."""
        ticket, is_whole = self._find(update.external_id)
        if ticket is None and is_whole:
            raise RetryableError(f"slack: no message about {update.external_id!r} yet to change")
        if ticket is None:
            return Receipt(reference=f"{self._channel}:too-far-back", found=True)
        change = records.changed(ticket, update, self._channel)
        if change is not None:
            self._client.update(change)
        return self._receipt(ticket.ts, found=True)

    def standings(self, cursor: str | None) -> StandingPage:
        """Always empty: nobody works in Slack."""
        return StandingPage((), cursor or "")

    def _find(self, external_id: str) -> tuple[SlackMessage | None, bool]:
        """The oldest message about it, and whether the whole channel was looked through."""
        found: SlackMessage | None = None
        is_whole = True
        for page, is_last in self._history():
            for message in page.messages:
                if records.is_ticket(message, external_id):
                    found = message
            is_whole = is_last
            if found is not None:
                break
        return found, is_whole

    def _recent(self) -> Iterator[SlackMessage]:
        for page, _ in self._history():
            yield from page.messages

    def _history(self) -> Iterator[tuple[SlackMessages, bool]]:
        cursor = ""
        for _ in range(self._most_pages):
            page = self._client.history(self._channel, cursor=cursor)
            cursor = page.more.next_cursor if page.has_more else ""
            yield page, not cursor
            if not cursor:
                return

    def _thread(self, ts: str) -> Iterator[SlackMessage]:
        cursor = ""
        for _ in range(MOST_THREAD_PAGES):
            page = self._client.replies(self._channel, ts, cursor=cursor)
            yield from page.messages
            cursor = page.more.next_cursor if page.has_more else ""
            if not cursor:
                return

    def _receipt(self, ts: str, *, found: bool = False) -> Receipt:
        """Slack leads from this address to its own, whatever the workspace is called."""
        url = f"https://slack.com/archives/{self._channel}/p{ts.replace('.', '')}"
        return Receipt(reference=f"{self._channel}:{ts}", url=url, found=found)
