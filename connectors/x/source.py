"""Posts that mention us, and posts a search finds: with who wrote them, what they answer, and what else they wrote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.x.around import Around, Limits, bystanders, look_around
from connectors.x.backlog import Backlog, read_backlog
from connectors.x.client import PostPage, Unreadable, XClient
from connectors.x.cursor import Cursor, is_before, read_cursor
from connectors.x.records import (
    CHANNEL,
    Context,
    is_edit,
    is_repost,
    to_edit,
    to_mention,
    to_repost,
)
from connectors.x.wire import Post, User
from models import Page, Rejected

SEARCHABLE = timedelta(days=6, hours=23)
"""How far back recent search goes, less an hour: it refuses an older `since_id`."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far and how much is read."""

    look_back: timedelta = timedelta(minutes=10)
    """How late a post may reach a feed behind what has been read, and still be found. See `Cursor`."""
    page_size: int = 50
    """Posts handed out by one pull."""
    limits: Limits = Limits()


class XSource:
    """A `connectors.base.Source` of posts."""

    name = CHANNEL

    def __init__(
        self,
        client: XClient,
        *,
        query: str | None = None,
        reading: Reading = Reading(),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`query`: of the recent search; None: the mentions of our account."""
        self._client = client
        self._query = query
        self._reading = reading
        self._now = now
        self._left: tuple[str, Backlog[Post], PostPage] | None = None
        """What the last pull left over, and the cursor it stands behind: what was paid for is not read twice."""

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Nothing is kept between pulls that cannot be read again."""
        kept = read_cursor(cursor)
        backlog, along = self._backlog(cursor, kept)
        items, left, reached = backlog.take(self._reading.page_size, kept, self._reading.look_back)
        text = reached.text()
        page = self._page(items, along, text, is_first=kept.newest is None)
        self._left = (text, left, along) if left.waiting else None
        return page

    def _backlog(self, text: str | None, cursor: Cursor) -> tuple[Backlog[Post], PostPage]:
        if self._left and self._left[0] == text:
            return self._left[1:]
        users: dict[str, User] = {}
        posts: dict[str, Post] = {}
        floor = cursor.floor(self._reading.look_back)
        if self._query is not None and floor is not None and is_before(floor, self._now() - SEARCHABLE):
            floor = None

        def read_page(token: str | None) -> tuple[Sequence[Post | Unreadable], str | None]:
            page = self._feed(since_id=floor, token=token, known=cursor.seen)
            users.update(page.users)
            posts.update(page.posts)
            return page.items, page.next_token

        return read_backlog(read_page, cursor, floor=floor, ends_itself=True), PostPage((), users, posts)

    def _feed(self, *, since_id: str | None, token: str | None, known: frozenset[str]) -> PostPage:
        if self._query is None:
            return self._client.mentions(since_id=since_id, token=token, known=known)
        return self._client.search(self._query, since_id=since_id, token=token, known=known)

    def _page(self, items: Sequence[Post | Unreadable], along: PostPage, cursor: str, *, is_first: bool) -> Page:
        """`is_first`: nothing was read before, so what has been edited since is a mention as well as an edit."""
        own_id = self._client.own_id
        posts = [item for item in items if isinstance(item, Post)]
        others = [post for post in posts if post.author_id != own_id and not is_repost(post)]
        context = Context(own_id, self._now(), along.users, {**along.posts, **{post.id: post for post in posts}})
        around = look_around(self._client, others, context, self._reading.limits) if others else Around()
        known = Context(
            own_id, context.received_at, {**context.users, **around.users}, {**context.posts, **around.posts}
        )
        mentions = [to_mention(post, known) for post in others if is_first or not is_edit(post)]
        edits = [to_edit(post, known) for post in others if is_edit(post)]
        shown = {mention.native_id for mention in mentions} | {edit.mention.native_id for edit in edits}
        ours = [post for post in posts if post.author_id == own_id and not is_repost(post)]
        near = {post.id: post for post in _near(others, known)}
        return Page(
            mentions=sorted(mentions, key=lambda mention: (mention.created_at, int(mention.native_id))),
            cursor=cursor,
            rejected=[_rejected(item) for item in items if isinstance(item, Unreadable)],
            histories=around.histories,
            bystanders=bystanders(Around({**near, **{post.id: post for post in ours}}), known, shown),
            edits=edits,
            reposts=[to_repost(post, known) for post in posts if is_repost(post) and post.author_id != own_id],
        )


def _near(posts: Sequence[Post], context: Context) -> list[Post]:
    """Of all that is known, what belongs to these posts: their threads, what they answer and what they quote."""
    threads = {post.conversation_id for post in posts if post.conversation_id}
    referred = {reference.id for post in posts for reference in post.references}
    return [
        post
        for post in context.posts.values()
        if not is_repost(post) and (post.id in referred or post.conversation_id in threads)
    ]


def _rejected(content: Unreadable) -> Rejected:
    return Rejected(where=content.id, reason=content.reason, raw=content.raw)
