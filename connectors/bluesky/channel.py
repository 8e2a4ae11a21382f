"""Answers to mentions: public replies under a post, private ones in a conversation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.bluesky.around import Around
from connectors.bluesky.chat_replies import ChatReplies
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.history import nobody
from connectors.bluesky.record_key import record_key
from connectors.bluesky.records import CHANNEL, repository, reworded, shares, to_author, web_address
from connectors.bluesky.rich_text import MOST_BYTES, MOST_GRAPHEMES, facets, graphemes
from connectors.bluesky.wire import POST, PostView
from models import AuthoredBy, Capabilities, Kind, MayReply, Mention, Receipt, Recheck, Reply, Surroundings
from models.change import Presence
from models.errors import PermanentError

PRIVATE = "It was said in private: nobody else sees it."
NOT_HIDDEN = (
    "On Bluesky a reply is hidden by a thread gate of the post it stands under, which is not written from here."
)
SAID_IN_PRIVATE = "It was said in private, and is never answered in public."


def utc_now() -> datetime:
    return datetime.now(UTC)


class BlueskyChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(
        self,
        client: BlueskyClient,
        *,
        history_days: int = 7,
        is_known: Callable[[str], bool] = nobody,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._replies = ChatReplies(client)
        self._history_days = history_days
        self._is_known = is_known
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`. A Jetstream tells of deletions sooner, but of no edits, and may have gaps: every
        post is asked for again as well."""
        if mention.kind is Kind.DM:
            return Capabilities(
                pull=True, reply_private=True, author_history=True, reach=True, thread=True, why_not_hide=PRIVATE
            )
        return Capabilities(
            pull=True,
            reply_public=True,
            author_history=True,
            reach=True,
            thread=True,
            edit=True,
            why_not_hide=NOT_HIDDEN,
        )

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks Bluesky how things stand now. Raises: RetryableError, AccessError."""
        if is_message(mention):
            if is_private is False:
                return MayReply(allowed=False, reason=SAID_IN_PRIVATE, takes_private=True)
            return self._replies.may_reply(mention)
        if is_private or mention.kind is Kind.DM or not mention.native_id.startswith("at://"):
            return MayReply(allowed=False, reason="Only public posts on Bluesky can be answered from here.")
        reason = self._why_not(mention, self._post(mention))
        if reason:
            return MayReply(allowed=False, reason=reason)
        return MayReply(allowed=True, max_characters=MOST_GRAPHEMES)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. A reply that is there already is left as it stands."""
        if not reply.text.strip():
            raise PermanentError("bluesky: the reply is empty; write one")
        if is_message(mention):
            if not reply.is_private:
                raise PermanentError(f"bluesky: the reply to {mention.id} cannot be sent: {SAID_IN_PRIVATE}")
            return self._replies.reply(mention, reply)
        if mention.kind is Kind.DM:
            raise PermanentError(f"bluesky: the reply to {mention.id} cannot be sent: its conversation is not known")
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

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`."""
        ours = [mention for mention in mentions if mention.channel == CHANNEL]
        if not ours:
            return Surroundings()
        around = Around(self._client, history_days=self._history_days, is_known=self._is_known, now=self._now())
        dids = sorted({mention.author.id for mention in ours if mention.author})
        return Surroundings(
            bystanders=around.bystanders([mention for mention in ours if is_post(mention)]),
            histories=around.histories(ours),
            authors={did: to_author(full, full) for did, full in around.profiles(dids).items()},
        )

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`. A post that is hidden from us, by a block or with its whole account, is not taken for
        gone. Direct messages are left out: nobody can take one back."""
        posts = [mention for mention in mentions if is_post(mention)]
        found = self._client.posts([mention.native_id for mention in posts])
        missing = sorted({repository(each.native_id) for each in posts if each.native_id not in found})
        profiles = self._client.profiles(missing)
        shown = {did for did, each in profiles.items() if not each.viewer.blocked_by and not each.viewer.blocking}
        answers: dict[str, Recheck] = {}
        for mention in posts:
            view = found.get(mention.native_id)
            if view is None:
                is_gone = repository(mention.native_id) in shown
                answers[mention.id] = Recheck(Presence.GONE if is_gone else Presence.UNKNOWN)
            else:
                edit = reworded(mention, view, now=self._now())
                answers[mention.id] = Recheck(Presence.EDITED if edit else Presence.THERE, edit, shares(view))
        return answers

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


def is_post(mention: Mention) -> bool:
    return mention.channel == CHANNEL and mention.native_id.startswith("at://") and mention.kind is not Kind.DM


def is_message(mention: Mention) -> bool:
    """A direct message as we name them: conversation and message."""
    return mention.kind is Kind.DM and mention.native_id.startswith(f"{mention.conversation_id}/")


def _check(reply: Reply) -> None:
    """Raises: PermanentError when Bluesky would not take these words."""
    if reply.is_private:
        raise PermanentError("bluesky: private messages are not supported; answer in public or by the support desk")
    length, size = graphemes(reply.text), len(reply.text.encode())
    if length > MOST_GRAPHEMES or size > MOST_BYTES:
        raise PermanentError(
            f"bluesky: the reply has {length} characters ({size} bytes); at most {MOST_GRAPHEMES} ({MOST_BYTES}) "
            "are taken: shorten it"
        )
