"""Answers on Facebook, Messenger and Instagram. `client` None: messages are read there, and not answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connectors.meta.answering import (
    GRAPH_ID,
    Clock,
    check,
    look_again,
    ours_among,
    raw_id,
    under,
    why_not_ours,
)
from connectors.meta.direct import Direct
from connectors.meta.hiding import PRIVATE, set_hidden, why_not_hide
from connectors.meta.named import comment_of, look_up
from connectors.meta.records import FACEBOOK, INSTAGRAM, MESSENGER, beside
from connectors.meta.rules import denied, private_answer_window, rules
from connectors.meta.sent import send_once
from connectors.meta.wire import Profile
from models import (
    Author,
    AuthoredBy,
    Bystander,
    Capabilities,
    Kind,
    MayReply,
    Mention,
    Receipt,
    Recheck,
    Reply,
    Surroundings,
)
from models.errors import PermanentError

FACEBOOK_POST = "id,message,from,created_time,permalink_url"
FACEBOOK_ANSWERS = "id,message,from,created_time"
FACEBOOK_THREAD = f"{FACEBOOK_POST},comments.limit(25){{{FACEBOOK_ANSWERS}}}"
INSTAGRAM_ANSWERS = "id,text,timestamp,from,username"
INSTAGRAM_THREAD = f"{INSTAGRAM_ANSWERS},replies.limit(25){{{INSTAGRAM_ANSWERS}}}"
INSTAGRAM_MEDIUM = "id,caption,timestamp,owner,username,permalink"
MESSENGER_PERSON = "id,first_name,last_name,profile_pic"
INSTAGRAM_PERSON = "id,name,username,profile_pic,follower_count,is_verified_user"
NOT_IN_PRIVATE = "Only a comment under a post of ours can be answered in private from here."
NOT_CONNECTED = (
    "the words of a mention are not in its push, and EARSHOT_META_PAGE_TOKEN and EARSHOT_META_INSTAGRAM_ID, with which "
    "they are asked for, are not both set"
)
GONE = "It has been deleted, or is not shown to us any more."
NOT_IN_PUBLIC = "This was said in private: it cannot be answered in public."


class FacebookChannel:
    """A `connectors.base.Channel`: comments on our Page, mentions of it, reviews."""

    name = FACEBOOK

    def __init__(self, direct: Direct | None, *, now: Clock) -> None:
        """`direct`: the Page's inbox, which private answers go through."""
        self._direct = direct
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        is_ours = mention.on_owned_channel is True
        can = self._direct is not None
        return Capabilities(
            push=True,
            reply_public=can,
            reply_private=can and mention.kind is Kind.COMMENT and is_ours,
            thread=can,
            delete_notice=is_ours,
            edit=is_ours,
            hide=not (why := self._why_not_hide(mention)),
            why_not_hide=why,
        )

    def _why_not_hide(self, mention: Mention) -> str:
        return why_not_hide(mention, is_one=mention.kind is Kind.COMMENT, has_client=self._direct is not None)

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        """See `Hides.hide`. Its author and their friends go on seeing it."""
        return set_hidden(_opened(self._direct).client, mention, {"is_hidden": hidden})

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks Facebook whether it still stands. Raises: RetryableError, AccessError."""
        may = self._may(mention, is_private)
        return may if not may.allowed or _stands(self._direct, mention) else denied(GONE)

    def _may(self, mention: Mention, is_private: bool | None) -> MayReply:
        refused = _not_ours(mention, self.name, self._direct)
        if refused is not None:
            return refused
        private = self._private(mention)
        if is_private:
            return private
        return MayReply(allowed=True, max_characters=rules().facebook, takes_private=private.allowed)

    def _private(self, mention: Mention) -> MayReply:
        if mention.kind is not Kind.COMMENT or not mention.on_owned_channel:
            return denied(NOT_IN_PRIVATE)
        return private_answer_window(mention, now=self._now(), most=rules().messenger)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`."""
        may = self._may(mention, reply.is_private)
        check(may, reply, most=rules().messenger if reply.is_private else rules().facebook)
        direct = _opened(self._direct)
        if reply.is_private:
            return direct.answer_comment(mention, reply)
        path = f"/{mention.native_id}/comments"

        def look() -> Iterator[str]:
            return ours_among(under(direct.client, path, FACEBOOK_ANSWERS), reply.text, own=direct.own)

        def send() -> str:
            return direct.client.write(path, {"message": reply.text})

        return send_once(direct.book, reply.key, send, look=look, where=self.name)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """The post a comment stands under, and the other comments of its thread."""
        if self._direct is None or not mentions:
            return Surroundings()
        threads = {one.id: one.in_reply_to or one.native_id for one in mentions if one.on_owned_channel}
        posts = {one.id: id for one in mentions if (id := raw_id(one, "post_id")) and id != one.native_id}
        return _around(self._direct, mentions, (threads, FACEBOOK_THREAD), (posts, FACEBOOK_POST), now=self._now)

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`."""
        if self._direct is None:
            return {}
        return look_again(
            self._direct.client.nodes,
            mentions,
            fields="id,message",
            parent_of=lambda one: raw_id(one, "post_id"),
            now=self._now,
        )


class MessengerChannel:
    """A `connectors.base.Channel`: messages to our Page."""

    name = MESSENGER

    def __init__(self, direct: Direct | None) -> None:
        self._direct = direct

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        can = self._direct is not None
        return Capabilities(push=True, reply_private=can, delete_notice=True, edit=True, why_not_hide=PRIVATE)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """See `Channel.may_reply`; no call is made."""
        refused = self._refusal(mention, is_private)
        return refused or _opened(self._direct).window(mention, authored_by, most=rules().messenger)

    def _refusal(self, mention: Mention, is_private: bool | None) -> MayReply | None:
        """What stands against it, whenever it was said."""
        refused = _not_ours(mention, self.name, self._direct)
        return refused or (denied(NOT_IN_PUBLIC) if is_private is False else None)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. Whether the window is over by this message is left to Meta: they may have written again
        since."""
        check(self._refusal(mention, reply.is_private), reply, most=rules().messenger)
        return _opened(self._direct).answer(mention, reply)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """Who wrote; Meta tells no reach here."""
        if self._direct is None or not mentions:
            return Surroundings()
        return Surroundings(authors=_people(self._direct, mentions, MESSENGER_PERSON))

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """What is taken back is pushed."""
        return {}


class InstagramChannel:
    """A `connectors.base.Channel`: comments on our media, messages, and what names or tags us elsewhere."""

    name = INSTAGRAM

    def __init__(self, direct: Direct | None, *, now: Clock, tags_are_pulled: bool = False) -> None:
        self._direct = direct
        self._now = now
        self._tags_are_pulled = tags_are_pulled

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        can = self._direct is not None
        if mention.kind is Kind.DM:
            return Capabilities(
                push=True, reply_private=can, reach=can, delete_notice=True, edit=True, why_not_hide=PRIVATE
            )
        is_comment = mention.kind is Kind.COMMENT
        return Capabilities(
            pull=not is_comment and self._tags_are_pulled,
            push=True,
            reply_public=can,
            reply_private=can and is_comment,
            thread=can and is_comment,
            hide=not (why := why_not_hide(mention, is_one=is_comment, has_client=can)),
            why_not_hide=why,
        )

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        """See `Hides.hide`."""
        return set_hidden(_opened(self._direct).client, mention, {"hide": hidden})

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks Instagram whether a comment still stands. Raises: RetryableError, AccessError."""
        refused = self._refusal(mention, is_private)
        if refused is not None:
            return refused
        if mention.kind is Kind.DM:
            return _opened(self._direct).window(mention, authored_by, most=rules().instagram_dm)
        may = self._may(mention, is_private)
        return may if not may.allowed or _stands(self._direct, mention) else denied(GONE)

    def _may(self, mention: Mention, is_private: bool | None) -> MayReply:
        """Whether what was said in public may be answered."""
        private = denied(NOT_IN_PRIVATE)
        if mention.kind is Kind.COMMENT:
            private = private_answer_window(mention, now=self._now(), most=rules().instagram_dm)
        if is_private:
            return private
        return MayReply(allowed=True, max_characters=rules().instagram_comment, takes_private=private.allowed)

    def _refusal(self, mention: Mention, is_private: bool | None) -> MayReply | None:
        """What stands against it, whenever it was said."""
        refused = _not_ours(mention, self.name, self._direct)
        if refused is None and mention.kind is Kind.DM and is_private is False:
            return denied(NOT_IN_PUBLIC)
        return refused

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`, and `MessengerChannel.reply`."""
        refused = self._refusal(mention, reply.is_private)
        if refused is None and mention.kind is not Kind.DM:
            refused = self._may(mention, reply.is_private)
        most = rules().instagram_dm if reply.is_private else rules().instagram_comment
        check(refused, reply, most=most, in_bytes=reply.is_private)
        direct = _opened(self._direct)
        if mention.kind is Kind.DM:
            return direct.answer(mention, reply)
        if reply.is_private:
            return direct.answer_comment(mention, reply)
        if mention.kind is Kind.COMMENT:
            return self._answer_comment(direct, mention, reply)

        def send() -> str:
            return direct.client.write(
                f"/{direct.own}/mentions",
                {**comment_of(mention), "message": reply.text},
                is_refusal_sure=True,
            )

        return send_once(direct.book, reply.key, send, look=None, where="the comments of somebody else's medium")

    def _answer_comment(self, direct: Direct, mention: Mention, reply: Reply) -> Receipt:
        """Instagram knows one level of answers: an answer to an answer comes to stand beside it."""
        thread = f"/{mention.in_reply_to or mention.native_id}/replies"

        def look() -> Iterator[str]:
            nodes = under(direct.client, thread, INSTAGRAM_ANSWERS)
            return ours_among(nodes, reply.text, own=direct.own, not_before=mention.created_at)

        def send() -> str:
            return direct.client.write(f"/{mention.native_id}/replies", {"message": reply.text})

        return send_once(direct.book, reply.key, send, look=look, where=self.name)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """The medium and thread of a comment; who wrote a message, with their reach; the words of a mention."""
        wordless = [one for one in mentions if one.kind is Kind.MENTION and not one.text]
        if self._direct is None:
            return Surroundings(unreadable={one.id: NOT_CONNECTED for one in wordless})
        if not mentions:
            return Surroundings()
        comments = [one for one in mentions if one.kind is Kind.COMMENT]
        threads = {one.id: one.in_reply_to or one.native_id for one in comments}
        media = {one.id: id for one in comments if (id := raw_id(one, "media", "id"))}
        found = _around(self._direct, comments, (threads, INSTAGRAM_THREAD), (media, INSTAGRAM_MEDIUM), now=self._now)
        people = _people(self._direct, [one for one in mentions if one.kind is Kind.DM], INSTAGRAM_PERSON)
        named = look_up(self._direct, wordless)
        return replace(named, bystanders=[*found.bystanders, *named.bystanders], authors=people)

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """Instagram does not tell when a comment is deleted. Media of others are not asked for."""
        if self._direct is None:
            return {}
        return look_again(
            self._direct.client.nodes,
            [one for one in mentions if one.kind is Kind.COMMENT],
            fields="id,text",
            parent_of=lambda one: raw_id(one, "media", "id"),
            now=self._now,
        )


def _not_ours(mention: Mention, channel: str, direct: Direct | None) -> MayReply | None:
    return why_not_ours(mention, channel=channel, own=direct.own if direct else None, has_client=direct is not None)


def _stands(direct: Direct | None, mention: Mention) -> bool:
    """False where a comment under a post of ours can no longer be read; elsewhere that says nothing."""
    if direct is None or not mention.on_owned_channel or not GRAPH_ID.fullmatch(mention.native_id):
        return True
    return mention.native_id not in direct.client.nodes([mention.native_id], "id").missing


def _opened(direct: Direct | None) -> Direct:
    if direct is None:
        raise PermanentError("meta: the token for answers here is not set")
    return direct


def _around(
    direct: Direct,
    mentions: Sequence[Mention],
    threads: tuple[Mapping[str, str], str],
    posts: tuple[Mapping[str, str], str],
    *,
    now: Clock,
) -> Surroundings:
    """Bystanders by native id, each once. Both pairs: mention id → id to ask for, and the fields to ask for."""
    found: dict[tuple[str, str], Bystander] = {}
    for wanted, fields in (posts, threads):
        seen = direct.client.nodes(list(wanted.values()), fields)
        for mention in mentions:
            node = seen.nodes.get(wanted.get(mention.id, ""))
            for each in (node, *node.replies) if node else ():
                near = beside(mention, each, own_ids=frozenset({direct.own}), received_at=now())
                if near is not None:
                    found.setdefault((mention.account, each.id), near)
    asked = {mention.native_id for mention in mentions}
    return Surroundings(bystanders=[one for (_, id), one in found.items() if id not in asked])


def _people(direct: Direct, mentions: Sequence[Mention], fields: str) -> dict[str, Author]:
    ids = [mention.author.id for mention in mentions if mention.author]
    return {id: _author(profile) for id, profile in direct.client.profiles(ids, fields).items()}


def _author(profile: Profile) -> Author:
    full_name = " ".join(part for part in (profile.first_name, profile.last_name) if part)
    return Author(
        id=profile.id,
        handle=profile.username,
        name=profile.name or full_name or None,
        followers=profile.follower_count,
        verified=profile.is_verified_user,
        has_avatar=True if profile.profile_pic else None,
    )
