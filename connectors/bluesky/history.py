"""What the authors of a page posted in the seven days before."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from connectors.bluesky.answers import RateLimitedError
from connectors.bluesky.client import FeedPage
from connectors.bluesky.records import to_post
from models import Mention, Post
from models.errors import PermanentError, RetryableError

HISTORY = timedelta(days=7)
MOST_PAGES = 5
"""500 posts in a week tell enough about an author."""
MOST_FAILURES = 2
"""A feed that always breaks the server must not hold up the mentions; more than this is an outage."""

ReadFeed = Callable[[str, str | None], FeedPage]


def read_histories(mentions: Iterable[Mention], read_feed: ReadFeed) -> dict[str, tuple[Post, ...]]:
    """Author id → posts of the seven days before their first mention up to their last, oldest first.

    An author whose posts we may not read (they block us, or are gone) is left out.
    Raises: RetryableError, AccessError.
    """
    found = {}
    failures = 0
    for author_id, instants in _instants_by_author(mentions).items():
        try:
            found[author_id] = _history(author_id, read_feed, since=min(instants) - HISTORY, until=max(instants))
        except PermanentError:
            continue
        except RateLimitedError:
            raise
        except RetryableError:
            failures += 1
            if failures > MOST_FAILURES:
                raise
    return found


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
