"""Media that tag us on Instagram, pulled: the push of a mention has ids alone."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.meta.client import GraphClient
from connectors.meta.cursor import Cursor, read_cursor
from connectors.meta.records import INSTAGRAM, Said, rejection, to_author, to_mention
from connectors.meta.wire import Node, Person
from models import Kind, Mention, Page, Rejected

FIELDS = "id,caption,timestamp,permalink,username,owner"


@dataclass(frozen=True, slots=True)
class Reading:
    """How far and how much is read."""

    back_fill_days: int = 30
    """How far back the very first pull goes."""
    look_back_hours: int = 168
    """How late a tag may be put on what is older than what has been read, and still be found."""
    page_size: int = 50
    """Media handed out by one pull."""


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    at: datetime
    content: Node | Rejected

    @property
    def is_dated(self) -> bool:
        return isinstance(self.content, Node) and self.content.created_at is not None


class InstagramTagsSource:
    """A `connectors.base.Source`. Without a client it is switched off, and always empty."""

    name = INSTAGRAM

    def __init__(
        self,
        client: GraphClient | None,
        *,
        account: str,
        reading: Reading = Reading(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._account = account
        self._reading = reading
        self._now = now

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Newest first there: all is read back to the cursor, and handed out oldest first."""
        if self._client is None:
            return Page(mentions=(), cursor=cursor or "")
        kept = read_cursor(cursor)
        waiting = sorted(self._waiting(self._client, kept), key=lambda item: (item.at, item.id))
        taken = waiting[: self._reading.page_size]
        newest = max(
            [*([kept.newest] if kept.newest else []), *(item.at for item in taken if item.is_dated)], default=None
        )
        seen = {**kept.seen, **{item.id: item.at for item in taken}}
        if newest is not None:
            floor = newest - timedelta(hours=self._reading.look_back_hours)
            seen = {id: at for id, at in seen.items() if at >= floor}
        received_at = self._now()
        return Page(
            mentions=[self._mention(item.content, received_at) for item in taken if isinstance(item.content, Node)],
            cursor=Cursor(newest, seen).text(),
            rejected=[item.content for item in taken if isinstance(item.content, Rejected)],
        )

    def _waiting(self, client: GraphClient, cursor: Cursor) -> list[Item]:
        now = self._now()
        floor = now - timedelta(days=self._reading.back_fill_days)
        if cursor.newest is not None:
            floor = cursor.newest - timedelta(hours=self._reading.look_back_hours)
        found: dict[str, Item] = {}
        after: str | None = None
        while True:
            page = client.edge(f"/{self._account}/tags", FIELDS, after=after)
            items = [Item(node.id, min(node.created_at or now, now), node) for node in page.nodes]
            found |= {item.id: item for item in [*items, *(_unreadable(each, now) for each in page.unreadable)]}
            is_old = bool(items) and all(item.at < floor for item in items)
            if page.after in (None, after) or is_old:
                break
            after = page.after
        return [item for item in found.values() if item.at >= floor and item.id not in cursor.seen]

    def _mention(self, node: Node, received_at: datetime) -> Mention:
        author = to_author(node.author) or to_author(Person(username=node.username))
        said = Said(
            channel=INSTAGRAM,
            account=self._account,
            native_id=node.id,
            kind=Kind.MENTION,
            text=node.text or "[no words]",
            said_at=node.created_at,
            conversation_id=node.id,
            author=author,
            url=node.url,
            on_owned_channel=False,
            raw={"tagged": True},
        )
        return to_mention(said, received_at=received_at)


def _unreadable(item: object, now: datetime) -> Item:
    raw = json.dumps(item).encode()
    digest = hashlib.sha256(raw).hexdigest()[:16]
    return Item(digest, now, rejection(f"tags/{digest}", "a medium in a form that cannot be read", item))
