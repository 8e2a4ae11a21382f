"""Updates of one bot, pulled."""

from collections.abc import Callable
from datetime import UTC, datetime

from connectors.telegram.client import TelegramClient
from connectors.telegram.cursor import Cursor, read_cursor
from connectors.telegram.records import CHANNEL, Us, to_page
from models import Page
from models.errors import AccessError, PermanentError, RetryableError

MOST_READ_OVER = 20
"""Pages of a group's talk in one pull."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class TelegramSource:
    """A `connectors.base.Source`. Telegram keeps updates for 24 hours: whoever pulls later has lost some."""

    name = CHANNEL

    def __init__(self, client: TelegramClient, us: Us, *, now: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._us = us
        self._now = now

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Telegram forgets a page only once the next one is asked for. What is not meant for us is
        read over here: an empty page means that there is nothing more."""
        page = self._next(cursor)
        for _ in range(MOST_READ_OVER):
            if not page.is_empty or page.cursor == (cursor or ""):
                break
            cursor = page.cursor
            page = self._next(cursor)
        return page

    def _next(self, cursor: str | None) -> Page:
        kept, now = read_cursor(cursor), self._now()
        try:
            updates = self._client.updates(offset=kept.offset(now) if kept else None)
        except PermanentError as error:
            raise AccessError(str(error)) from error
        if not updates:
            return Page((), cursor if kept and cursor else "")
        numbers = [update.update_id for update in updates if update.update_id is not None]
        if not numbers:
            raise RetryableError("telegram: getUpdates: no update has a number; nothing was kept, it is read again")
        updates.sort(key=lambda update: -1 if update.update_id is None else update.update_id)
        return to_page(updates, self._us, received_at=now, cursor=Cursor(max(numbers), now).text())


class PushedSource:
    """Stands where updates are pushed to us: Telegram does not let them be pulled as well."""

    name = CHANNEL

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`: always empty."""
        return Page((), cursor or "")
