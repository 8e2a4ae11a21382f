"""Mentions, quotes, private messages and edits of one account's notifications, with who wrote them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.mastodon.around import Around
from connectors.mastodon.client import Heard, HeardPage, MastodonClient
from connectors.mastodon.cursor import Cursor, advance, key_of, order, read_cursor
from connectors.mastodon.records import CHANNEL, Scene, is_to_us, root_of, to_bystander, to_edit, to_mention
from connectors.mastodon.wire import Notification, Status
from models import Bystander, Edit, Mention, Page, Rejected, Repost
from models.errors import RetryableError

SAID = frozenset({"mention", "quote"})
EDITED = "update"
MOST_PAGES_BACK = 1000


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far and how much is read."""

    back_fill_days: int = 30
    """How far back the very first pull goes."""
    page_size: int = 40
    """Notifications asked for at once: all that is looked up around them fits into the limit of 300 calls."""
    overlap: int = 10
    """How many are asked for again. See `Cursor`."""
    history_days: int = 7
    is_known: Callable[[str], bool] = lambda author_id: False


class MastodonSource:
    """A `connectors.base.Source`."""

    name = CHANNEL

    def __init__(
        self, client: MastodonClient, *, reading: Reading = Reading(), now: Callable[[], datetime] = utc_now
    ) -> None:
        self._client = client
        self._reading = reading
        self._now = now

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Nothing is kept between pulls."""
        kept = read_cursor(cursor) or Cursor(self._first_place())
        heard, overlap = self._after(kept.min_id), min(self._reading.overlap, self._reading.page_size // 2)
        if heard and kept.seen.issuperset(map(key_of, heard)):
            more = self._after(heard[-1].id)
            # An instance whose pages are shorter than what is asked for again would never lead on.
            heard, overlap = heard + more, len(heard) // 2 if more else overlap
        fresh = {key_of(item): item for item in heard if key_of(item) not in kept.seen}
        reached = advance(heard, kept, overlap=overlap) if heard else kept
        return self._page(list(fresh.values()), reached.text())

    def _after(self, min_id: str | None) -> list[Heard]:
        """The next page, oldest first."""
        heard = self._client.notifications(limit=self._reading.page_size, min_id=min_id).items
        if heard and not any(item.id for item in heard):
            raise RetryableError("mastodon: no notification of a whole page has an id; it will be read again")
        return sorted(heard, key=lambda item: order(item.id))

    def _first_place(self) -> str:
        """The newest notification that is too old to be read, walking back from the newest of all."""
        floor = self._now() - timedelta(days=self._reading.back_fill_days)
        place: str | None = None
        for _ in range(MOST_PAGES_BACK):
            page = self._client.notifications(limit=self._reading.page_size, max_id=place)
            below = _below(page, floor)
            if below is not None:
                return below
            if page.older in (None, place):
                return "0"
            place = page.older
        raise RetryableError("mastodon: the pages of notifications have no end; they will be read again")

    def _page(self, items: Sequence[Heard], cursor: str) -> Page:
        me = self._client.me()
        scene = Scene(me.handle, me.id, self._client.instance().domain, self._now())
        around = Around(self._client, scene, self._reading.history_days, self._reading.is_known)
        told = [item.content for item in items if isinstance(item.content, Notification)]
        said, edited = _newest_of(told, SAID, scene), _newest_of(told, {EDITED}, scene)
        threads = {status.id: (status, around.context(status)) for status, _ in (*said, *edited)}

        def read(status: Status, reason: str) -> Mention:
            return to_mention(status, scene, reason=reason, ancestors=threads[status.id][1].ancestors)

        mentions = sorted((read(status, reason) for status, reason in said), key=lambda each: each.created_at)
        return Page(
            mentions=mentions,
            cursor=cursor,
            rejected=[_rejected(item) for item in items if _why_unreadable(item)],
            histories=around.histories(mentions),
            bystanders=[*around.bystanders(list(threads.values())), *_our_own(told, scene)],
            edits=[_edit(read(status, reason), status) for status, reason in edited],
            reposts=[repost for each in told if (repost := _repost(each)) is not None],
        )


def _below(page: HeardPage, floor: datetime) -> str | None:
    read = [item.content for item in page.items if isinstance(item.content, Notification)]
    old = [each.id for each in read if each.created_at < floor]
    return max(old, key=order) if old else None


def _newest_of(
    told: Sequence[Notification], types: frozenset[str] | set[str], scene: Scene
) -> list[tuple[Status, str]]:
    """Statuses of others that are for us, each once, with the type they came by."""
    found = {
        each.status.id: (each.status, each.type)
        for each in told
        if each.type in types and each.status and each.status.account.id != scene.own_id and not each.status.reblog
        if each.type in SAID or is_to_us(each.status, scene.own_id)
    }
    return list(found.values())


def _our_own(told: Sequence[Notification], scene: Scene) -> list[Bystander]:
    ours = [each.status for each in told if each.type in SAID and each.status]
    return [
        to_bystander(status, scene, root_id=root_of(status, ()).id)
        for status in ours
        if status.account.id == scene.own_id
    ]


def _edit(mention: Mention, status: Status) -> Edit:
    return to_edit(mention, status.edited_at or mention.received_at)


def _repost(told: Notification) -> Repost | None:
    if told.status and told.status.reblog:
        return Repost(CHANNEL, told.status.reblog.id, told.status.account.id, told.created_at.astimezone(UTC))
    if told.status and told.type == "reblog":
        return Repost(CHANNEL, told.status.id, told.account.id, told.created_at.astimezone(UTC))
    return None


def _why_unreadable(item: Heard) -> str:
    if isinstance(item.content, str):
        return item.content
    is_empty = item.content.type in {*SAID, EDITED} and item.content.status is None
    return "status: missing, though the notification is about one" if is_empty else ""


def _rejected(item: Heard) -> Rejected:
    return Rejected(where=item.id or item.raw_digest, reason=_why_unreadable(item), raw=item.raw)
