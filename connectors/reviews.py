"""Reviews of an app: a feed, newest first, in which a review has one wording at a time and keeps its id.

What the two stores have in common: the cursor, and telling a new review from a new wording of an old one.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from models import Bystander, Edit, Page, Rejected

MOST_KNOWN = 20_000
"""Reviews whose ids the cursor remembers."""
ID_DIGITS = 8
"""Hexadecimal. Where two reviews share them the later is given as an edit, which is taken in as new all the same."""
KEY_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Item:
    """Something in the feed: one wording of a review, our answer to it, or what could not be read."""

    id: str
    """The review's."""
    version: str
    """Of this wording or answer; another one whenever its words change."""
    place: datetime | None
    """By which the feed is ordered; None: unknown."""
    content: Edit | Bystander | Rejected

    @property
    def key(self) -> str:
        return _digest(f"{type(self.content).__name__}\n{self.id}\n{self.version}", KEY_DIGITS)


Walk = Callable[[datetime | None], Iterable[Item]]
"""The feed from its newest down to an instant, or to its end; older ones and repeats do no harm."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the feed has been read, what was read in the look-back before that, and which reviews we know."""

    floor: datetime | None = None
    """What is older is never read."""
    newest: datetime | None = None
    seen: frozenset[str] = frozenset()
    """Keys of items."""
    known: tuple[str, ...] = ()
    """Digests of review ids, oldest first."""
    has_forgotten: bool = False
    """Whether there may be reviews we hold and do not know any more."""

    def text(self) -> str:
        form = _Form(
            floor=self.floor,
            newest=self.newest,
            seen="".join(sorted(self.seen)),
            known="".join(self.known),
            has_forgotten=self.has_forgotten,
        )
        return form.model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    floor: AwareDatetime | None
    newest: AwareDatetime | None
    seen: str
    known: str
    has_forgotten: bool


def read_cursor(text: str | None) -> Cursor:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return Cursor(has_forgotten=text is not None)
    return Cursor(
        floor=form.floor,
        newest=form.newest,
        seen=frozenset(_cut(form.seen, KEY_DIGITS)),
        known=tuple(_cut(form.known, ID_DIGITS)),
        has_forgotten=form.has_forgotten,
    )


class ReviewFeed:
    """Hands a feed out oldest first, a page at a time."""

    def __init__(
        self, walk: Walk, *, look_back: timedelta, first_floor: Callable[[], datetime | None], page_size: int = 100
    ) -> None:
        """`look_back`: how late an item may turn up, or change its words in its place, and still be found.
        `first_floor`: how far back the very first pull goes; None: to the end of the feed."""
        self._walk = walk
        self._look_back = look_back
        self._first_floor = first_floor
        self._page_size = page_size
        self._left: tuple[str, list[Item], list[Item]] | None = None
        """The cursor the last page ended at, what stands behind it, and what was handed out: spares another walk."""

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`."""
        kept = read_cursor(cursor)
        if kept.newest is None:
            kept = replace(kept, floor=kept.floor or self._first_floor())
        waiting, shown = self._backlog(cursor, kept)
        taken, left = waiting[: self._page_size], waiting[self._page_size :]
        shown = [*shown, *taken]
        reached = self._reach(kept, taken, shown)
        text = reached.text()
        self._left = (text, left, shown) if left else None
        return _page(taken, kept, text)

    def _backlog(self, text: str | None, kept: Cursor) -> tuple[list[Item], list[Item]]:
        if self._left and self._left[0] == text:
            return self._left[1], self._left[2]
        floor = max(filter(None, [kept.floor, kept.newest and kept.newest - self._look_back]), default=None)
        found = {item.key: item for item in self._walk(floor)}
        newest = max((item.place for item in found.values() if item.place), default=kept.newest)
        # One without a place stands at the top, so that it is not forgotten as long as it is shown.
        placed = [replace(item, place=item.place or newest) for item in found.values()]
        inside = [item for item in placed if floor is None or _place(item) >= floor]
        inside.sort(key=lambda item: (_place(item), item.key))
        waiting = [item for item in inside if item.key not in kept.seen]
        return waiting, [item for item in inside if item.key in kept.seen]

    def _reach(self, kept: Cursor, taken: list[Item], shown: list[Item]) -> Cursor:
        if not taken:
            return kept
        newest = max(filter(None, [kept.newest, *(item.place for item in taken)]), default=None)
        seen = frozenset(item.key for item in shown if newest is None or _place(item) >= newest - self._look_back)
        reviews = (id_digest(item.id) for item in taken if isinstance(item.content, Edit))
        known = tuple(dict.fromkeys([*kept.known, *reviews]))
        forgets = kept.has_forgotten or len(known) > MOST_KNOWN
        return Cursor(kept.floor, newest, seen, known[-MOST_KNOWN:], forgets)


def _page(taken: list[Item], kept: Cursor, text: str) -> Page:
    """A review that the cursor knows has new words. One it does not know is new; where it has forgotten some, it is
    given both ways, since whoever holds the review takes only the edit and whoever does not takes only the mention."""
    known, mentions, edits = set(kept.known), [], []
    for item in taken:
        if not isinstance(item.content, Edit):
            continue
        is_known = id_digest(item.id) in known
        if not is_known:
            mentions.append(item.content.mention)
            known.add(id_digest(item.id))
        if is_known or kept.has_forgotten:
            edits.append(item.content)
    return Page(
        mentions=mentions,
        cursor=text,
        rejected=[item.content for item in taken if isinstance(item.content, Rejected)],
        bystanders=[item.content for item in taken if isinstance(item.content, Bystander)],
        edits=edits,
    )


def said_at(claimed: datetime | None, received_at: datetime) -> tuple[datetime, bool]:
    """`Mention.created_at`, and whether it is assumed."""
    if claimed is None or claimed > received_at:
        return received_at, True
    return claimed, False


def id_digest(id: str) -> str:
    return _digest(id, ID_DIGITS)


def _place(item: Item) -> datetime:
    return item.place or datetime.min.replace(tzinfo=UTC)


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:digits]


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
