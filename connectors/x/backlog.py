"""What is new in a feed that comes newest first: walks back, page by page, to where reading had stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, TypeVar

from connectors.x.client import Numbered, Unreadable
from connectors.x.cursor import Cursor
from models.errors import RetryableError

LONGEST_ID = 25
"""Digits; a digest of an unreadable thing may look like a number too."""


T = TypeVar("T", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A thing of a feed, and the id it is ordered by: its own, or its older neighbour's where it has none."""

    place: int
    content: T | Unreadable


@dataclass(frozen=True, slots=True)
class Backlog(Generic[T]):
    """What has not been handed out yet, oldest first."""

    waiting: tuple[Placed[T], ...]
    shown: tuple[Placed[T], ...]
    """What had been handed out before, and was shown again."""

    def take(
        self, count: int, cursor: Cursor, look_back: timedelta
    ) -> tuple[tuple[T | Unreadable, ...], "Backlog[T]", Cursor]:
        """The oldest `count`, what is left, and the cursor to keep once those are stored."""
        taken, shown = self.waiting[:count], (*self.shown, *self.waiting[:count])
        newest = max((placed.place for placed in shown), default=0)
        if cursor.newest is not None:
            newest = max(newest, int(cursor.newest))
        if not newest:
            return (), self, cursor
        reached = Cursor(str(newest), asked_at=cursor.asked_at)
        floor = int(reached.floor(look_back) or 0)
        seen = frozenset(placed.content.id for placed in shown if placed.place >= floor)
        contents = tuple(placed.content for placed in taken)
        return contents, Backlog(self.waiting[count:], shown), replace(reached, seen=seen)


FeedPage = tuple[Sequence[T | Unreadable], str | None]
"""Newest first, and the token that leads to older ones."""


def read_backlog(
    read_page: Callable[[str | None], FeedPage[T]], cursor: Cursor, *, floor: str | None, ends_itself: bool
) -> Backlog[T]:
    """Everything above `floor` that `cursor` has not seen. `ends_itself`: the feed was asked for no more than that.

    Raises: RetryableError when the platform's pages run in a circle.
    """
    lowest = int(floor or 0)
    found: dict[str, Placed[T]] = {}
    asked: set[str | None] = set()
    token: str | None = None
    while True:
        if token in asked:
            raise RetryableError("x: the pages of a feed run in a circle; nothing was kept, it will be read again")
        asked.add(token)
        items, token = read_page(token)
        page = _placed(items, lowest)
        found |= {placed.content.id: placed for placed in page}
        numbers = [int(item.id) for item in items if not isinstance(item, Unreadable)]
        if token is None or (not ends_itself and numbers and min(numbers) <= lowest):
            break
    ordered = sorted(found.values(), key=lambda placed: (placed.place, placed.content.id))
    above = [
        placed
        for placed in ordered
        if placed.place > lowest or (placed.place == lowest and isinstance(placed.content, Unreadable))
    ]
    waiting = tuple(placed for placed in above if placed.content.id not in cursor.seen)
    return Backlog(waiting, tuple(placed for placed in above if placed.content.id in cursor.seen))


def _placed(items: Sequence[T | Unreadable], lowest: int) -> list[Placed[T]]:
    placed: list[Placed[T]] = []
    place = max(lowest, 1)
    for item in reversed(items):
        if item.id.isascii() and item.id.isdecimal() and len(item.id) <= LONGEST_ID:
            place = int(item.id)
        placed.append(Placed(place, item))
    return placed
