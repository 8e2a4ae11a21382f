"""Which notifications are new: walks back from the newest, page by page, to where reading had stopped."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.bluesky.client import NotificationPage, Unreadable
from connectors.bluesky.cursor import Cursor, digest
from connectors.bluesky.wire import Notification, instant
from models.errors import RetryableError

ONE_TICK = timedelta(milliseconds=1)
"""Resolution of the feed's cursor."""

ReadPage = Callable[[str | None], NotificationPage]


@dataclass(frozen=True, slots=True)
class Item:
    """A notification and its place in the feed."""

    key: str
    indexed_at: datetime
    content: Notification | Unreadable


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not been handed out yet, oldest first."""

    waiting: tuple[Item, ...]
    shown: tuple[tuple[str, datetime], ...]
    """Key and instant of all that had been handed out before and that the platform still shows."""
    look_back: timedelta

    def take(self, count: int, cursor: Cursor) -> tuple[tuple[Item, ...], "Backlog", Cursor]:
        """The oldest `count`, what is left, and the cursor to keep once those are stored."""
        taken = self.waiting[:count]
        shown = (*self.shown, *((item.key, item.indexed_at) for item in taken))
        newest = max(filter(None, [cursor.indexed_at, *(item.indexed_at for item in taken)]), default=None)
        if newest is None:
            return taken, self, cursor
        kept = tuple((key, at) for key, at in shown if at >= newest - self.look_back)
        left = Backlog(self.waiting[count:], kept, self.look_back)
        return taken, left, Cursor(newest, frozenset(key for key, _ in kept))


def read_backlog(read_page: ReadPage, cursor: Cursor, *, first_floor: datetime, look_back: timedelta) -> Backlog:
    """Everything after `cursor`, and whatever turned up late in the `look_back` before it.

    The first time it goes back to `first_floor`. Raises: RetryableError when the platform's pages run in a circle.
    """
    floor = cursor.indexed_at - look_back if cursor.indexed_at else first_floor
    found = {item.key: item for item in _placed(_walk(read_page, floor), floor) if item.indexed_at >= floor}
    oldest_first = sorted(found.values(), key=lambda item: (item.indexed_at, item.key))
    waiting = tuple(item for item in oldest_first if item.key not in cursor.seen)
    shown = tuple((item.key, item.indexed_at) for item in oldest_first if item.key in cursor.seen)
    return Backlog(waiting, shown, look_back)


def _walk(read_page: ReadPage, floor: datetime) -> Iterator[Notification | Unreadable]:
    """Newest first, with repeats, until the feed ends or falls below `floor`."""
    asked: set[str | None] = {None}
    page = read_page(None)
    while True:
        yield from page.items
        if page.cursor is None or _is_below(page, floor):
            return
        page = read_page(_next_cursor(page.cursor, asked))


def _is_below(page: NotificationPage, floor: datetime) -> bool:
    """Whether all that follows this page is older than `floor`. An unreadable item has no say in it."""
    read = [item.indexed_at for item in page.items if isinstance(item, Notification)]
    reached = read[-1] if read else instant(page.cursor)
    return reached is not None and reached < floor


def _next_cursor(given: str, asked: set[str | None]) -> str:
    """Where to go on: one tick above the place we were given, so that posts of the very same instant as the last
    one of a page are not passed over; the place itself when that brought us no further."""
    at = instant(given)
    overlapping = [(at + ONE_TICK).isoformat(timespec="milliseconds").replace("+00:00", "Z")] if at else []
    for candidate in (*overlapping, given):
        if candidate not in asked:
            asked.add(candidate)
            return candidate
    raise RetryableError("bluesky: the pages of notifications run in a circle; nothing was kept, it will be read again")


def _placed(walked: Iterator[Notification | Unreadable], floor: datetime) -> Iterator[Item]:
    """Gives each its place. One without an instant stands with the next older one that has one, or else the last."""
    waiting: list[Unreadable] = []
    last = floor
    for content in walked:
        if content.indexed_at is None:
            waiting.append(content)
            continue
        last = content.indexed_at
        yield from (Item(digest(misplaced.uri), last, misplaced) for misplaced in waiting)
        waiting.clear()
        yield Item(digest(content.uri), last, content)
    yield from (Item(digest(misplaced.uri), last, misplaced) for misplaced in waiting)
