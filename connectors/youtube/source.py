"""Comments under all videos of one channel, and replies to them, with who wrote them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connectors.json_answers import Unreadable
from connectors.youtube.backlog import Backlog, Found, Reading, read_backlog
from connectors.youtube.client import YouTubeClient
from connectors.youtube.cursor import read_cursor
from connectors.youtube.records import CHANNEL, Context, is_by, to_bystander, to_edit, to_mention
from connectors.youtube.wire import Comment, Profile
from models import Page, Rejected
from models.errors import AccessError, PermanentError

USUAL = Reading()


class YouTubeSource:
    """A `connectors.base.Source`."""

    name = CHANNEL

    def __init__(
        self,
        client: YouTubeClient,
        *,
        reading: Reading = USUAL,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._reading = reading
        self._now = now
        self._left: tuple[str, Backlog] | None = None
        """What the last pull left over, and the cursor it stands behind: spares walking the whole way back again."""

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. A comment that was changed comes as an edit and as a mention, since the cursor does not
        know whether it came before: whoever holds it takes the edit, whoever does not takes the mention."""
        kept = read_cursor(cursor)
        if self._left and self._left[0] == cursor:
            backlog = self._left[1]
        else:
            try:
                backlog = read_backlog(self._client, kept, self._reading, now=self._now())
            except PermanentError as error:
                raise AccessError(f"{error}; look whether EARSHOT_YOUTUBE_CHANNEL_ID is right") from error
        taken, left, reached = backlog.take(self._reading.page_size, kept)
        text = reached.text()
        page = self._page(taken, text)
        self._left = (text, left) if left.waiting else None
        return page

    def _page(self, taken: Sequence[Found], cursor: str) -> Page:
        read = [(one.content, one.place) for one in taken if isinstance(one.content, Comment)]
        ours = [(comment, place) for comment, place in read if is_by(comment, self._client.channel_id)]
        theirs = [(comment, place) for comment, place in read if not is_by(comment, self._client.channel_id)]
        context = Context(
            account=self._client.channel_id,
            received_at=self._now(),
            profiles=self._profiles([comment for comment, _ in theirs]),
        )
        mentions = [to_mention(comment, place, context) for comment, place in theirs]
        edits = [to_edit(comment, place, context) for comment, place in theirs]
        return Page(
            mentions=sorted(mentions, key=lambda mention: mention.created_at),
            cursor=cursor,
            rejected=[_rejected(one, one.content) for one in taken if isinstance(one.content, Unreadable)],
            bystanders=[to_bystander(comment, place, context) for comment, place in ours],
            edits=[edit for edit in edits if edit is not None],
        )

    def _profiles(self, comments: Sequence[Comment]) -> dict[str, Profile]:
        ids = sorted({comment.facts.author.value for comment in comments if comment.facts.author.value})
        try:
            return self._client.channels(ids)
        except PermanentError:
            return {}  # what came with the comments has to do


def _rejected(found: Found, content: Unreadable) -> Rejected:
    return Rejected(where=f"comment {found.key} of thread {found.thread}", reason=content.reason, raw=content.raw)
