"""Direct messages to our account, of all conversations of the last 30 days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connectors.x.around import Limits, read_histories
from connectors.x.backlog import Backlog, read_backlog
from connectors.x.client import Unreadable, XClient
from connectors.x.cursor import Cursor, read_cursor
from connectors.x.records import CHANNEL, Context, dm_to_mention
from connectors.x.wire import DmEvent, User
from models import Bystander, Page, Rejected


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DmReading:
    seconds: float = 120.0
    """How often X is asked at most: it allows 15 readings in 15 minutes. In between a pull finds nothing. The cursor
    holds when that was, since every pull may be another process."""
    look_back: timedelta = timedelta(minutes=10)
    page_size: int = 50
    limits: Limits = Limits()


class XDmSource:
    """A `connectors.base.Source` of direct messages."""

    name = CHANNEL

    def __init__(
        self, client: XClient, *, reading: DmReading = DmReading(), now: Callable[[], datetime] = utc_now
    ) -> None:
        self._client = client
        self._reading = reading
        self._now = now
        self._users: dict[str, User] = {}
        self._left: tuple[str, Backlog[DmEvent]] | None = None

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`."""
        kept = read_cursor(cursor)
        backlog = self._left[1] if self._left and self._left[0] == cursor else None
        if backlog is None:
            now = self._now()
            if kept.asked_at and timedelta(0) <= now - kept.asked_at < timedelta(seconds=self._reading.seconds):
                return Page(mentions=(), cursor=cursor or kept.text())
            backlog = self._backlog(kept)
            kept = replace(kept, asked_at=now)
        items, left, reached = backlog.take(self._reading.page_size, kept, self._reading.look_back)
        text = reached.text()
        page = self._page(items, text)
        self._left = (text, left) if left.waiting else None
        return page

    def _backlog(self, cursor: Cursor) -> Backlog[DmEvent]:
        """The feed knows no "since": it is walked back to where reading had stopped."""
        self._users = {}
        floor = cursor.floor(self._reading.look_back)

        def read_page(token: str | None) -> tuple[Sequence[DmEvent | Unreadable], str | None]:
            page = self._client.dm_events(token=token, first=token is None and floor is not None, known=cursor.seen)
            self._users.update(page.users)
            return page.items, page.next_token

        return read_backlog(read_page, cursor, floor=floor, ends_itself=False)

    def _page(self, items: Sequence[DmEvent | Unreadable], cursor: str) -> Page:
        own_id = self._client.own_id
        context = Context(own_id, self._now(), self._users)
        events = [item for item in items if isinstance(item, DmEvent) and item.event_type in (None, "MessageCreate")]
        mentions = [dm_to_mention(event, context) for event in events if event.sender_id != own_id]
        ours = [dm_to_mention(event, context) for event in events if event.sender_id == own_id]
        said = [(mention.author.id, mention.created_at) for mention in mentions if mention.author]
        return Page(
            mentions=sorted(mentions, key=lambda mention: (mention.created_at, int(mention.native_id))),
            cursor=cursor,
            rejected=[
                Rejected(where=item.id, reason=item.reason, raw=item.raw)
                for item in items
                if isinstance(item, Unreadable)
            ],
            histories=read_histories(self._client, said, context.received_at, self._reading.limits),
            bystanders=[Bystander(message, is_ours=True) for message in ours],
        )
