"""What the authors of a page posted in the days before."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from connectors.bluesky.answers import RateLimitedError
from connectors.bluesky.client import FeedPage
from connectors.bluesky.records import to_post
from connectors.patience import Patience, asks_to_wait
from models import Mention, Post
from models.errors import RetryableError

MOST_PAGES = 5
"""500 posts in a week tell enough about an author."""

ReadFeed = Callable[[str, str | None], FeedPage]


def read_histories(mentions: Iterable[Mention], read_feed: ReadFeed, *, days: int = 7) -> dict[str, tuple[Post, ...]]:
    """Author id → posts of the `days` before their first mention up to their last, oldest first.

    An author whose posts we may not read (they block us, or are gone) is left out.
    Raises: RetryableError, AccessError.
    """
    found: dict[str, tuple[Post, ...]] = {}
    if not days:
        return found
    patience, span = Patience(is_limit), timedelta(days=days)
    for author_id, instants in _instants_by_author(mentions).items():
        read = partial(_history, author_id, read_feed, since=min(instants) - span, until=max(instants))
        posts = patience.ask(read, None)
        if posts is not None:
            found[author_id] = posts
    return found


def is_limit(error: RetryableError) -> bool:
    """Bluesky does not always say how long to wait."""
    return isinstance(error, RateLimitedError) or asks_to_wait(error)


def _instants_by_author(mentions: Iterable[Mention]) -> Mapping[str, list[datetime]]:
    instants: dict[str, list[datetime]] = {}
    for mention in mentions:
        if mention.author:
            instants.setdefault(mention.author.id, []).append(mention.created_at)
    return instants


def _history(did: str, read_feed: ReadFeed, *, since: datetime, until: datetime) -> tuple[Post, ...]:
    posts: dict[str, Post] = {}
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = read_feed(did, cursor)
        own = [to_post(view) for view in page.posts if view.author.did == did]  # the others are reposts
        posts |= {post.native_id: post for post in own if since <= post.created_at < until}
        if page.cursor in (None, cursor) or (own and own[-1].created_at < since):
            break
        cursor = page.cursor
    return tuple(sorted(posts.values(), key=lambda post: (post.created_at, post.native_id)))


def nobody(author_id: str) -> bool:
    """Whose posts are known already: nobody's."""
    return False
