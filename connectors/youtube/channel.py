"""Answers to comments, as public replies under them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.google_answers import MissingError
from connectors.json_answers import Unreadable
from connectors.plain_answer import check_plain
from connectors.youtube.client import VENDOR, YouTubeClient, own_replies
from connectors.youtube.records import (
    CHANNEL,
    Context,
    Place,
    to_bystander,
    to_edit,
    version,
    web_address,
)
from connectors.youtube.wire import Comment
from models import (
    AuthoredBy,
    Bystander,
    Capabilities,
    Kind,
    MayReply,
    Mention,
    Presence,
    Receipt,
    Recheck,
    Reply,
    Surroundings,
)
from models.errors import PermanentError

MOST_CHARACTERS = 10_000
HELD, PUBLISHED = "heldForReview", "published"


class YouTubeChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(self, client: YouTubeClient, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client = client
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        can_reply = self._client.can_write and not mention.is_private
        why = self._why_not_hide(mention)
        return Capabilities(
            pull=True, reply_public=can_reply, reach=True, thread=True, edit=True, hide=not why, why_not_hide=why
        )

    def _why_not_hide(self, mention: Mention) -> str:
        if not self._client.can_write:
            return "Hiding on YouTube is not set up: the owner of the channel has not given Earshot consent."
        return "" if mention.on_owned_channel else "Only comments under our own videos can be held back."

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        """See `Hides.hide`. It is held back for review, which the channel's owner sees in YouTube Studio, too."""
        if not self._client.can_write:
            raise PermanentError("youtube: hiding needs EARSHOT_YOUTUBE_REFRESH_TOKEN; set it up and try again")
        self._client.moderate(mention.native_id, HELD if hidden else PUBLISHED)
        return Receipt(mention.native_id, url=mention.url)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks YouTube how things stand now. Raises: RetryableError, AccessError."""
        if is_private or mention.kind is Kind.DM:
            return MayReply(allowed=False, reason="YouTube has no private messages; everybody sees an answer.")
        if not self._client.can_write:
            reason = "Answering on YouTube is not set up: the owner of the channel has not given Earshot consent."
            return MayReply(allowed=False, reason=reason)
        reason = self._why_not(mention)
        return MayReply(allowed=False, reason=reason) if reason else MayReply(True, max_characters=MOST_CHARACTERS)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. YouTube keeps no key of ours: the same words of ours, later in the same thread, are
        taken for this reply."""
        check_plain(reply, vendor=VENDOR, most=MOST_CHARACTERS)
        if not self._client.can_write:
            raise PermanentError("youtube: answers need EARSHOT_YOUTUBE_REFRESH_TOKEN; set it up and send again")
        sent = self._find(mention, reply.text)
        if sent is not None:
            return self._receipt(mention, sent, found=True)
        reason = self._why_not(mention)
        if reason:
            raise PermanentError(f"youtube: the reply to {mention.id} cannot be sent: {reason}")
        return self._receipt(mention, self._client.insert(_thread_of(mention), reply.text), found=False)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`: the thread of a reply."""
        found: dict[str, Bystander] = {}
        asked = {mention.native_id for mention in mentions}
        by_thread = {_thread_of(mention): mention for mention in mentions if mention.in_reply_to}
        tops = self._client.comments(list(by_thread))
        for thread_id, mention in by_thread.items():
            place = _place_of(mention)
            context = Context(account=mention.account, received_at=self._now(), profiles={})
            top = tops.get(thread_id)
            for comment in [*([top] if top else []), *self._replies(thread_id)]:
                if isinstance(comment, Comment) and comment.id not in asked:
                    found[comment.id] = to_bystander(comment, place, context)
        return Surroundings(bystanders=tuple(found.values()))

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`. One that is held back for review counts as gone: nobody sees it."""
        standing = self._client.comments([mention.native_id for mention in mentions])
        return {mention.id: self._recheck(mention, standing.get(mention.native_id)) for mention in mentions}

    def _recheck(self, mention: Mention, comment: Comment | None) -> Recheck:
        if comment is None:
            return Recheck(Presence.GONE)
        if comment.text == mention.text or version(comment) == mention.raw.get("version"):
            return Recheck(Presence.THERE)
        place = Place(
            mention.conversation_id, _video_of(mention), mention.account if mention.on_owned_channel else None
        )
        edit = to_edit(comment, place, Context(mention.account, self._now(), profiles={}))
        return Recheck(Presence.EDITED, edit) if edit else Recheck(Presence.THERE)

    def _why_not(self, mention: Mention) -> str:
        """Why the comment cannot be answered; empty where it can."""
        thread = self._client.thread(_thread_of(mention))
        if thread is None:
            return "The comment has been deleted."
        if thread.facts.can_reply is False:
            return "Comments are closed under this video."
        if mention.in_reply_to and mention.native_id not in self._client.comments([mention.native_id]):
            return "The comment has been deleted."
        return ""

    def _replies(self, thread_id: str) -> Sequence[Comment | Unreadable]:
        try:
            return self._client.replies(thread_id)
        except MissingError:
            return []

    def _find(self, mention: Mention, text: str) -> Comment | None:
        """Our reply of an earlier try."""
        ours = own_replies(self._replies(_thread_of(mention)), self._client.channel_id)
        later = (reply for reply in ours if reply.facts.published_at >= mention.created_at)
        return next((reply for reply in later if _words(reply.text) == _words(text)), None)

    def _receipt(self, mention: Mention, comment: Comment, *, found: bool) -> Receipt:
        return Receipt(reference=comment.id, url=web_address(_video_of(mention), comment.id), found=found)


def _thread_of(mention: Mention) -> str:
    """Replies to replies stand under the first comment as well."""
    return mention.in_reply_to or mention.native_id


def _place_of(mention: Mention) -> Place:
    return Place(_thread_of(mention), _video_of(mention), mention.account if mention.on_owned_channel else None)


def _video_of(mention: Mention) -> str | None:
    video_id = mention.raw.get("video_id")
    return video_id if isinstance(video_id, str) else None


def _words(text: str) -> list[str]:
    """White space is changed on the way."""
    return text.split()
