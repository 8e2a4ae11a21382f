"""Which comments are new: walks back from the newest thread, and reads again what has changed in older ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.json_answers import Unreadable
from connectors.youtube.client import YouTubeClient
from connectors.youtube.cursor import Cursor, Known, key, thread_key
from connectors.youtube.records import Place, place_of, version
from connectors.youtube.wire import Comment, Thread
from models.errors import PermanentError, RetryableError


@dataclass(frozen=True, slots=True)
class Reading:
    """How far and how much is read. Every page of 100 threads costs a unit of the daily quota."""

    back_fill_days: int = 30
    """How far back the very first pull goes."""
    look_back_hours: int = 24
    """Threads this much older than the newest are read in every pull."""
    reread_days: int = 7
    """New replies and new wordings are found in threads that began this long before the newest one."""
    reread_minutes: int = 60
    """How often all of those are read again."""
    most_reread_pages: int = 30
    """Pages read for that in one pull: 3,000 threads; what lies deeper is not read again."""
    page_size: int = 100
    """Comments handed out by one pull."""


@dataclass(frozen=True, slots=True)
class Found:
    """A comment that has not been handed out, as it reads now."""

    thread: str
    at: datetime
    """When it was said, or changed."""
    key: str
    content: Comment | Unreadable
    place: Place

    @property
    def is_first(self) -> bool:
        """Whether it began its thread."""
        return isinstance(self.content, Comment) and self.content.id == self.place.thread_id


@dataclass(frozen=True, slots=True)
class Walked:
    """A thread that was read."""

    at: datetime
    replies: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not been handed out yet, oldest first."""

    waiting: tuple[Found, ...]
    walked: Mapping[str, Walked]
    floor: datetime
    reread_at: datetime | None
    """When this was read; None where it was not all down to the floor."""
    keep: timedelta

    def take(self, count: int, cursor: Cursor) -> tuple[tuple[Found, ...], "Backlog", Cursor]:
        """The oldest `count`, what is left, and the cursor to keep once those are stored."""
        taken, waiting = self.waiting[:count], self.waiting[count:]
        threads = dict(cursor.threads)
        for found in taken:
            known = threads.get(found.thread) or Known(self.walked[found.thread].at)
            threads[found.thread] = replace(known, keys=known.keys | {found.key})
        open_threads = {found.thread for found in waiting}
        for name, walked in self.walked.items():
            if name in threads and name not in open_threads:
                threads[name] = replace(threads[name], replies=walked.replies)
        starts = [self.walked[found.thread].at for found in taken if found.is_first]
        newest = max([*starts, *([cursor.newest] if cursor.newest else [])], default=None)
        reached = Cursor(cursor.floor or self.floor, newest, cursor.reread_at, threads)
        return taken, replace(self, waiting=waiting), reached if waiting else self._end(reached)

    def _end(self, reached: Cursor) -> Cursor:
        """Nothing waits any more: now the floor may rise, and what lies below it be forgotten."""
        floor = reached.floor or self.floor
        if reached.newest is not None:
            floor = max(floor, reached.newest - self.keep)
        threads = {name: known for name, known in reached.threads.items() if known.at >= floor}
        return replace(reached, floor=floor, threads=threads, reread_at=self.reread_at or reached.reread_at)


def read_backlog(client: YouTubeClient, cursor: Cursor, reading: Reading, *, now: datetime) -> Backlog:
    """Everything after `cursor`. Raises: RetryableError when the pages run in a circle; AccessError."""
    floor = cursor.floor or now - timedelta(days=reading.back_fill_days)
    is_due = cursor.reread_at is None or now - cursor.reread_at >= timedelta(minutes=reading.reread_minutes)
    surface = max(floor, cursor.newest - timedelta(hours=reading.look_back_hours)) if cursor.newest else floor
    # Until everything has been read once there is no end of it before the floor.
    most_pages = reading.most_reread_pages if cursor.reread_at is not None else None
    threads = _walk(client, surface, floor if is_due else surface, most_pages)
    waiting: dict[str, Found] = {}
    walked: dict[str, Walked] = {}
    for thread, at in _placed(list(threads), now):
        if at < floor:
            continue
        name, known = _name(thread), cursor.threads.get(_name(thread), Known(at))
        found, replies = _comments(client, thread, known)
        walked[name] = Walked(at, replies)
        news = (_found(name, one, thread, at) for one in found)
        waiting |= {one.key: one for one in news if one.key not in known.keys}
    oldest_first = tuple(sorted(waiting.values(), key=lambda one: (one.at, one.key)))
    keep = timedelta(days=reading.reread_days)
    return Backlog(oldest_first, walked, floor, now if is_due else None, keep)


def _walk(
    client: YouTubeClient, surface: datetime, bottom: datetime, most_pages: int | None
) -> Iterator[Thread | Unreadable]:
    """Newest first, down to `surface` in any case, and to `bottom` within `most_pages`."""
    asked: set[str | None] = {None}
    page = client.threads()
    while True:
        yield from page.threads
        starts = [_start(thread) for thread in page.threads if isinstance(thread, Thread)]
        is_enough = most_pages is not None and len(asked) >= most_pages
        if page.token is None or (starts and starts[-1] < (surface if is_enough else bottom)):
            return
        if page.token in asked:
            raise RetryableError("youtube: the pages of comments run in a circle; they will be read again")
        asked.add(page.token)
        page = client.threads(token=page.token)


def _placed(threads: list[Thread | Unreadable], now: datetime) -> Iterator[tuple[Thread | Unreadable, datetime]]:
    """Gives each its place: one that could not be read stands with the next older one, or else with the last."""
    oldest = next((_start(thread) for thread in reversed(threads) if isinstance(thread, Thread)), now)
    for thread in reversed(threads):
        oldest = _start(thread) if isinstance(thread, Thread) else oldest
        yield thread, oldest


def _comments(
    client: YouTubeClient, thread: Thread | Unreadable, known: Known
) -> tuple[list[Comment | Unreadable], int]:
    """The thread's first comment and its replies, and the number of replies to remember as read."""
    if isinstance(thread, Unreadable):
        return [thread], 0
    top, some, total = thread.facts.top, client.inline(thread), thread.facts.replies
    if total <= len(some):
        return [top, *some], total
    is_news = any(_key(reply) not in known.keys for reply in some)
    if total == known.replies and not is_news:
        return [top, *some], total
    try:
        return [top, *client.replies(thread.id)], total
    except PermanentError:
        return [top, *some], known.replies  # gone meanwhile


def _found(name: str, content: Comment | Unreadable, thread: Thread | Unreadable, at: datetime) -> Found:
    if isinstance(thread, Unreadable) or isinstance(content, Unreadable):
        place = place_of(thread) if isinstance(thread, Thread) else Place(name)
        return Found(name, at, _key(content), content, place)
    said_at = content.facts.updated_at or content.facts.published_at
    return Found(name, said_at, _key(content), content, place_of(thread))


def _name(thread: Thread | Unreadable) -> str:
    return thread_key(thread.id if isinstance(thread, Thread) else thread.raw.hex())


def _key(content: Comment | Unreadable) -> str:
    if isinstance(content, Unreadable):
        return key("unreadable", content.raw.hex())
    return key(content.id, version(content))


def _start(thread: Thread) -> datetime:
    return thread.facts.top.facts.published_at
