"""Answers to posts in public, and to direct messages in private."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.x import rules
from connectors.x.around import USUAL, Limits, affordable, bystanders, look_around
from connectors.x.client import DmPage, PostPage, XClient
from connectors.x.length import MOST_DM_CHARACTERS, MOST_WEIGHT, has_link
from connectors.x.records import CHANNEL, Context, first_version, shares, to_author, to_edit, web_address, words
from connectors.x.wire import DmEvent, Post
from models import (
    AuthoredBy,
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

NOT_FOUND = "resource-not-found"
CLOCKS_APART = timedelta(minutes=5)


def utc_now() -> datetime:
    return datetime.now(UTC)


class XChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(
        self,
        client: XClient,
        *,
        automated_replies: bool = False,
        pushes: bool = False,
        limits: Limits = USUAL,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`automated_replies`: whether X approved them for this app. `pushes`: whether its pushes can be checked."""
        self._client = client
        self._automated_replies = automated_replies
        self._pushes = pushes
        self._limits = limits
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        if mention.kind is Kind.DM:
            return Capabilities(
                pull=True,
                push=self._pushes,
                reply_private=self._client.may_write,
                author_history=True,
                reach=True,
                why_not_hide="It was said in private: nobody else sees it.",
            )
        public = rules.refusal_in_public(mention, AuthoredBy.PERSON, automated_replies=self._automated_replies)
        return Capabilities(
            pull=True,
            push=self._pushes,
            reply_public=self._client.may_write and not public,
            author_history=not mention.raw.get("author_protected"),
            reach=True,
            thread=True,
            edit=True,
            why_not_hide=rules.NOT_HIDDEN,
        )

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """See `Channel.may_reply`. What is known to be refused is told without a call; each call is paid."""
        if not self._client.may_write:
            return rules.denied(rules.NO_TOKENS)
        if mention.is_private if is_private is None else is_private:
            return self._may_write_to(mention, authored_by)
        reason = self._why_not(mention, authored_by)
        if not reason:
            reason = self._why_not_now(mention)
        if not reason and authored_by is AuthoredBy.AUTOMATION and self._own_answers(mention):
            reason = rules.ANSWERED
        return rules.denied(reason) if reason else MayReply(allowed=True, max_characters=MOST_WEIGHT)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. X knows no key of ours: what we said is looked through before anything is said."""
        rules.check_words(reply)
        if not self._client.may_write:
            raise PermanentError(f"x: {rules.NO_TOKENS}")
        return self._write_to(mention, reply) if reply.is_private else self._answer(mention, reply)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`: for posts that were pushed."""
        held = {
            str(mention.raw.get("version") or mention.native_id): mention for mention in mentions if _is_post(mention)
        }
        page = affordable(lambda: self._client.posts(list(held))) if held else None
        context = Context(self._client.own_id, self._now(), page.users if page else {}, page.posts if page else {})
        posts = [item for item in page.items if isinstance(item, Post)] if page else []
        around = look_around(self._client, posts, context, self._limits)
        known = Context(context.own_id, context.received_at, around.users, around.posts)
        shown = {mention.native_id for mention in mentions} | {first_version(post) for post in posts}
        return Surroundings(
            bystanders=bystanders(around, known, shown),
            histories=around.histories,
            authors={user.id: to_author(user) for user in known.users.values() if user.id != context.own_id},
        )

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`. Direct messages cannot be asked for one by one, and are left out."""
        asked = {mention.native_id: mention for mention in mentions if _is_post(mention)}
        if not asked:
            return {}
        page = self._client.posts(list(asked), with_context=False)
        found = {item.id: item for item in page.items if isinstance(item, Post)}
        newest = {native_id: post.versions[-1] for native_id, post in found.items() if post.versions}
        edited = {
            native_id: version
            for native_id, version in newest.items()
            if version not in (native_id, asked[native_id].raw.get("version"))
        }
        wordings = self._client.posts(list(edited.values())) if edited else PostPage((), {}, {})
        gone = {problem.resource_id or problem.value for problem in page.problems if problem.name == NOT_FOUND}
        checked: dict[str, Recheck] = {}
        for native_id, mention in asked.items():
            if native_id in gone:
                checked[mention.id] = Recheck(Presence.GONE)
            elif native_id in edited:
                checked[mention.id] = self._edited(wordings, edited[native_id])
            else:
                post = found.get(native_id)
                is_there = Recheck(Presence.THERE, shares=shares(post)) if post else Recheck(Presence.UNKNOWN)
                checked[mention.id] = is_there
        return checked

    def _edited(self, wordings: PostPage, version: str) -> Recheck:
        """Asked for by its first id, X may give the first words: so `wordings` was asked for by the newest."""
        post = next((item for item in wordings.items if isinstance(item, Post) and item.id == version), None)
        if post is None:
            return Recheck(Presence.UNKNOWN)
        context = Context(self._client.own_id, self._now(), wordings.users, wordings.posts)
        return Recheck(Presence.EDITED, to_edit(post, context), shares(post))

    # in public

    def _why_not(self, mention: Mention, authored_by: AuthoredBy) -> str:
        if mention.kind is Kind.DM:
            return "This was said in private; answer it in private."
        return rules.refusal_in_public(mention, authored_by, automated_replies=self._automated_replies)

    def _why_not_now(self, mention: Mention) -> str:
        page = self._client.posts([mention.native_id])
        post = next((item for item in page.items if isinstance(item, Post)), None)
        if post is None:
            is_gone = any(problem.name == NOT_FOUND for problem in page.problems)
            return rules.GONE if is_gone else rules.HIDDEN
        author = page.users.get(post.author_id or "")
        if author is not None and author.protected:
            return rules.PROTECTED
        is_open = post.reply_settings in rules.OPEN_TO_ALL or mention.raw.get("summoned_by") == "mention"
        return "" if is_open else rules.RESTRICTED

    def _own_answers(self, mention: Mention) -> list[Post]:
        ours = self._client.own_answers(mention.conversation_id, since_id=mention.native_id)
        versions = {mention.native_id, str(mention.raw.get("version") or mention.native_id)}
        return [post for post in ours if any(rules.answers(post, version) for version in versions)]

    def _answer(self, mention: Mention, reply: Reply) -> Receipt:
        reason = self._why_not(mention, reply.authored_by)
        if reason:
            raise PermanentError(f"x: the reply to {mention.id} cannot be sent: {reason}")
        ours = self._own_answers(mention)
        said = next((post for post in ours if rules.says_the_same(words(post), reply.text)), None)
        if said is not None:
            return Receipt(reference=said.id, url=web_address(said.id, None), found=True)
        if ours and reply.authored_by is AuthoredBy.AUTOMATION:
            raise PermanentError(f"x: the reply to {mention.id} cannot be sent: {rules.ANSWERED}")
        prices = self._client.prices.writes
        price = prices.summoned_reply if mention.raw.get("summoned_by") else prices.post
        if has_link(reply.text):
            price = prices.post_with_url
        newest = str(mention.raw.get("version") or mention.native_id)
        written = self._client.post_reply(reply.text, in_reply_to=newest, price=price)
        return Receipt(reference=written.id, url=web_address(written.id, None))

    # in private

    def _may_write_to(self, mention: Mention, authored_by: AuthoredBy) -> MayReply:
        reason = rules.refusal_in_private(authored_by, automated_replies=self._automated_replies)
        if not reason and mention.author is None:
            reason = rules.NOT_WRITTEN_FIRST
        if not reason and mention.kind is not Kind.DM:
            page = self._conversation(mention)
            reason = "" if _wrote(page, mention.author.id if mention.author else "") else rules.NOT_WRITTEN_FIRST
        if reason:
            return rules.denied(reason)
        return MayReply(allowed=True, max_characters=MOST_DM_CHARACTERS, takes_private=True)

    def _conversation(self, mention: Mention) -> DmPage:
        if mention.author is None:
            raise PermanentError(f"x: the author of {mention.id} is not known; answer in public or by the support desk")
        return self._client.dm_conversation(mention.author.id)

    def _write_to(self, mention: Mention, reply: Reply) -> Receipt:
        reason = rules.refusal_in_private(reply.authored_by, automated_replies=self._automated_replies)
        page = self._conversation(mention)
        participant = mention.author.id if mention.author else ""
        if not reason and mention.kind is not Kind.DM and not _wrote(page, participant):
            reason = rules.NOT_WRITTEN_FIRST
        if reason:
            raise PermanentError(f"x: the message to the author of {mention.id} cannot be sent: {reason}")
        said = next((event for event in page.items if self._is_said(event, mention, reply)), None)
        if said is not None:
            return Receipt(reference=said.id, found=True)
        sent = self._client.send_dm(reply.text, participant_id=participant)
        return Receipt(reference=sent.dm_event_id)

    def _is_said(self, event: object, mention: Mention, reply: Reply) -> bool:
        if not isinstance(event, DmEvent) or event.sender_id != self._client.own_id:
            return False
        since = mention.created_at - CLOCKS_APART
        is_later = event.created_at is None or event.created_at >= since
        return is_later and rules.says_the_same(event.text or "", reply.text)


def _is_post(mention: Mention) -> bool:
    return mention.kind is not Kind.DM and rules.is_of_x(mention)


def _wrote(page: DmPage, participant: str) -> bool:
    return any(isinstance(event, DmEvent) and event.sender_id == participant for event in page.items)
