"""What stands around mentions: parents, threads, and what their authors posted in the days before.

All of it is paid for, so each thing is read once for a page, and no more than the limits say. It is context: where a
limit or the budget is used up, mentions are handed out without it rather than held back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from connectors.x.client import ListRefusedError, PostPage, XClient
from connectors.x.records import Context, first_version, refers_to, to_bystander, to_earlier_post
from connectors.x.wire import Post, User
from models import Bystander
from models import Post as EarlierPost
from models.errors import BudgetError, PermanentError, RetryableError

T = TypeVar("T")

FRESH = timedelta(days=7)
"""Context is bought for messages of the last week; search finds no older threads, and what is older is back-fill."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much context is read and paid for."""

    history: timedelta = timedelta(days=7)
    """Nothing is read of authors where it is zero."""
    history_posts: int = 20
    """Of one author, newest first; 0: none."""
    thread_posts: int = 20
    """Of one thread, newest first; 0: none. Recent search gives no fewer than ten."""
    threads: int = 10
    """Threads of one page."""
    is_known: Callable[[str], bool] = lambda author_id: False
    """Whose posts of the days before were read a short while ago, and are not paid for again."""


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Around:
    """What was found."""

    posts: Mapping[str, Post] = field(default_factory=dict)
    """Parents and posts of the threads, by id."""
    users: Mapping[str, User] = field(default_factory=dict)
    histories: Mapping[str, Sequence[EarlierPost]] = field(default_factory=dict)


def affordable(read: Callable[[], T]) -> T | None:
    """What was read; None where we may not, or may not now. Raises: AccessError for refused credentials."""
    try:
        return read()
    except (ListRefusedError, PermanentError, BudgetError, RetryableError):
        return None


def look_around(client: XClient, posts: Sequence[Post], context: Context, limits: Limits) -> Around:
    """Around these posts, beyond what came along with them. Raises: AccessError."""
    known = Context(context.own_id, context.received_at, dict(context.users), dict(context.posts))
    fresh = [post for post in posts if (post.created_at or context.received_at) >= context.received_at - FRESH]
    found = read_threads(client, _conversations(fresh), limits)
    known = with_page(known, found)
    missing = sorted(_wanted(posts) - known.posts.keys())
    if missing:
        parents = affordable(lambda: client.posts(missing))
        known = with_page(known, parents) if parents else known
    others = [post for post in posts if post.author_id and post.author_id != context.own_id]
    instants = [(post.author_id or "", post.created_at or context.received_at) for post in others]
    histories = read_histories(client, instants, context.received_at, limits)
    return Around(known.posts, known.users, histories)


def _conversations(posts: Iterable[Post]) -> list[str]:
    """Threads that these posts stand in without having begun them, in order."""
    threads = (
        post.conversation_id for post in posts if post.conversation_id and post.conversation_id != first_version(post)
    )
    return list(dict.fromkeys(threads))


def _wanted(posts: Iterable[Post]) -> set[str]:
    """Parents, quoted posts and beginnings of threads."""
    ids: set[str] = set()
    for post in posts:
        parent = refers_to(post, "replied_to")
        ids |= {each for each in (parent, refers_to(post, "quoted")) if each}
        if parent and post.conversation_id:
            ids.add(post.conversation_id)
    return ids


def read_threads(client: XClient, conversation_ids: Sequence[str], limits: Limits) -> PostPage:
    posts: dict[str, Post] = {}
    users: dict[str, User] = {}
    for conversation_id in conversation_ids[: limits.threads] if limits.thread_posts else ():
        size = max(10, limits.thread_posts)
        page = affordable(partial(client.conversation, conversation_id, most=size))
        if page is None:
            break
        read = {item.id: item for item in page.items if isinstance(item, Post)}
        posts |= {**page.posts, **read}
        users |= page.users
    return PostPage((), users, posts)


def with_page(context: Context, page: PostPage) -> Context:
    """What the page brought is known besides."""
    read = {item.id: item for item in page.items if isinstance(item, Post)}
    return replace(context, users={**page.users, **context.users}, posts={**page.posts, **read, **context.posts})


def read_histories(
    client: XClient, said: Iterable[tuple[str, datetime]], received_at: datetime, limits: Limits
) -> dict[str, tuple[EarlierPost, ...]]:
    """Author id → posts of the days before their first message up to their last, oldest first. Left out: authors whose
    posts we may not read, whose messages are old, and everybody once a limit or the budget is used up."""
    found: dict[str, tuple[EarlierPost, ...]] = {}
    if not limits.history or not limits.history_posts:
        return found
    fresh = ((author_id, at) for author_id, at in said if at >= received_at - FRESH)
    for author_id, instants in _instants(fresh).items():
        if limits.is_known(author_id):
            continue
        since = min(instants) - limits.history
        try:
            page = client.timeline(author_id, since=since, until=max(instants), most=limits.history_posts)
        except (ListRefusedError, PermanentError):
            continue
        except (BudgetError, RetryableError):
            break
        posts = [to_earlier_post(post, received_at) for post in page.items if isinstance(post, Post)]
        inside = {post.native_id: post for post in posts if since <= post.created_at < max(instants)}
        found[author_id] = tuple(sorted(inside.values(), key=lambda post: (post.created_at, post.native_id)))
    return found


def _instants(said: Iterable[tuple[str, datetime]]) -> Mapping[str, list[datetime]]:
    instants: dict[str, list[datetime]] = {}
    for author_id, at in said:
        instants.setdefault(author_id, []).append(at)
    return instants


def bystanders(around: Around, context: Context, shown: Iterable[str]) -> list[Bystander]:
    """Posts around, oldest first; those of `shown` are mentions, and not bystanders of themselves."""
    known = set(shown)
    posts = {first_version(post): post for post in around.posts.values() if first_version(post) not in known}
    found = [to_bystander(post, context) for post in posts.values()]
    return sorted(found, key=lambda bystander: (bystander.mention.created_at, bystander.mention.native_id))
