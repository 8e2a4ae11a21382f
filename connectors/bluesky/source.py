"""Mentions, replies and quotes of one account, with who wrote them and what else they wrote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.bluesky.around import Around
from connectors.bluesky.backlog import Backlog, Item, read_backlog
from connectors.bluesky.client import BlueskyClient, NotificationPage, Unreadable
from connectors.bluesky.cursor import Cursor, read_cursor
from connectors.bluesky.history import nobody
from connectors.bluesky.records import CHANNEL, Context, to_mention
from connectors.bluesky.wire import Notification, PostView
from models import Page, Rejected
from models.errors import PermanentError


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far and how much is read."""

    back_fill_days: int = 30
    """How far back the very first pull goes."""
    look_back_hours: int = 24
    """How late a post may turn up behind what has been read, and still be found. See `Cursor`."""
    page_size: int = 50
    """Notifications handed out by one pull."""
    history_days: int = 7
    is_known: Callable[[str], bool] = nobody
    """Whose posts of the days before were read a short while ago."""


class BlueskySource:
    """A `connectors.base.Source`."""

    name = CHANNEL

    def __init__(
        self, client: BlueskyClient, *, reading: Reading = Reading(), now: Callable[[], datetime] = utc_now
    ) -> None:
        self._client = client
        self._reading = reading
        self._now = now
        self._left: tuple[str, Backlog] | None = None
        """What the last pull left over, and the cursor it stands behind: spares walking the whole way back again."""

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Nothing is kept between pulls that cannot be read again."""
        own_did = self._client.own_did()
        kept = read_cursor(cursor)
        items, left, reached = self._backlog(cursor, kept, own_did).take(self._reading.page_size, kept)
        text = reached.text()
        page = self._page(items, text, own_did)
        self._left = (text, left) if left.waiting else None
        return page

    def _backlog(self, text: str | None, cursor: Cursor, own_did: str) -> Backlog:
        if self._left and self._left[0] == text:
            return self._left[1]

        def read_page(place: str | None) -> NotificationPage:
            page = self._client.notifications(cursor=place)
            others = tuple(item for item in page.items if not _is_by(item, own_did))
            return NotificationPage(others, page.cursor)

        return read_backlog(
            read_page,
            cursor,
            first_floor=self._now() - timedelta(days=self._reading.back_fill_days),
            look_back=timedelta(hours=self._reading.look_back_hours),
        )

    def _page(self, items: Sequence[Item], cursor: str, own_did: str) -> Page:
        notifications = [item.content for item in items if isinstance(item.content, Notification)]
        around = Around(
            self._client, history_days=self._reading.history_days, is_known=self._reading.is_known, now=self._now()
        )
        context = Context(
            account=self._client.handle,
            own_did=own_did,
            received_at=self._now(),
            profiles=around.profiles(sorted({notification.author.did for notification in notifications})),
            parents=self._parents(notifications),
        )
        mentions = [to_mention(notification, context) for notification in notifications]
        return Page(
            mentions=mentions,
            cursor=cursor,
            rejected=[_rejected(item.content) for item in items if isinstance(item.content, Unreadable)],
            histories=around.histories(mentions),
            bystanders=around.bystanders(mentions),
        )

    def _parents(self, notifications: Sequence[Notification]) -> dict[str, PostView]:
        uris = sorted({item.record.reply.parent.uri for item in notifications if item.record.reply})
        try:
            return self._client.posts(uris)
        except PermanentError:
            return {}


def _is_by(item: Notification | Unreadable, did: str) -> bool:
    return isinstance(item, Notification) and item.author.did == did


def _rejected(content: Unreadable) -> Rejected:
    return Rejected(where=content.uri, reason=content.reason, raw=content.raw)
