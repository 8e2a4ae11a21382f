"""Answers to mentions, as public replies under the post."""

from collections.abc import Callable
from datetime import UTC, datetime

from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.record_key import record_key
from connectors.bluesky.records import CHANNEL, repository, web_address
from connectors.bluesky.rich_text import MOST_BYTES, MOST_GRAPHEMES, facets, graphemes
from connectors.bluesky.wire import POST, PostView
from models import Kind, MayReply, Mention, Receipt, Reply
from models.errors import PermanentError


def utc_now() -> datetime:
    return datetime.now(UTC)


class BlueskyChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(self, client: BlueskyClient, *, now: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._now = now

    def may_reply(self, mention: Mention) -> MayReply:
        """Asks Bluesky how things stand now. Raises: RetryableError, AccessError."""
        if mention.kind is Kind.DM or not mention.native_id.startswith("at://"):
            return MayReply(allowed=False, reason="Only public posts on Bluesky can be answered from here.")
        reason = self._why_not(mention, self._post(mention))
        if reason:
            return MayReply(allowed=False, reason=reason)
        return MayReply(allowed=True, max_characters=MOST_GRAPHEMES)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. A reply that is there already is left as it stands."""
        _check(reply)
        rkey = record_key(reply.key)
        sent = self._client.own_post(rkey)
        if sent:
            return Receipt(reference=sent.uri, url=web_address(sent.uri), found=True)
        post = self._post(mention)
        reason = self._why_not(mention, post)
        if post is None or reason:
            raise PermanentError(f"bluesky: the reply to {mention.id} cannot be sent: {reason}")
        written = self._client.put_post(rkey, self._record(post, reply.text))
        return Receipt(reference=written.uri, url=web_address(written.uri))

    def _post(self, mention: Mention) -> PostView | None:
        return self._client.posts([mention.native_id]).get(mention.native_id)

    def _why_not(self, mention: Mention, post: PostView | None) -> str:
        """Why the post cannot be answered; empty where it can. Bluesky itself would take a reply to a missing post."""
        if post and post.viewer.reply_disabled:
            return "The author does not let us reply to this post."
        author = (
            post.author
            if post
            else self._client.profiles([repository(mention.native_id)]).get(repository(mention.native_id))
        )
        if author is None:
            return "The author's account is deactivated or gone."
        if author.viewer.blocked_by:
            return "The author blocks us."
        if author.viewer.blocking:
            return "We block the author."
        return "" if post else "The post has been deleted."

    def _record(self, post: PostView, text: str) -> dict[str, object]:
        answered = {"uri": post.uri, "cid": post.cid}
        root = post.record.reply.root.model_dump() if post.record.reply else answered
        record: dict[str, object] = {
            "$type": POST,
            "text": text,
            "createdAt": self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "reply": {"root": root, "parent": answered},
        }
        marks = facets(text, handle=post.author.handle, did=post.author.did)
        return {**record, "facets": marks} if marks else record


def _check(reply: Reply) -> None:
    """Raises: PermanentError when Bluesky would not take these words."""
    if reply.is_private:
        raise PermanentError("bluesky: private messages are not supported; answer in public or by the support desk")
    length, size = graphemes(reply.text), len(reply.text.encode())
    if not reply.text.strip():
        raise PermanentError("bluesky: the reply is empty; write one")
    if length > MOST_GRAPHEMES or size > MOST_BYTES:
        raise PermanentError(
            f"bluesky: the reply has {length} characters ({size} bytes); at most {MOST_GRAPHEMES} ({MOST_BYTES}) "
            "are taken: shorten it"
        )
