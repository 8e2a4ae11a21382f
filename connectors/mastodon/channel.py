"""Answers to mentions, seen by the same people as what they answer."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.mastodon.around import Around
from connectors.mastodon.client import MastodonClient
from connectors.mastodon.length import length, same_words
from connectors.mastodon.records import CHANNEL, DIRECT, Scene, handle_of, reworded, shares, to_author, words_of
from connectors.mastodon.wire import Account, Status
from models import AuthoredBy, Capabilities, Kind, MayReply, Mention, Receipt, Recheck, Reply, Surroundings
from models.change import Presence
from models.errors import PermanentError

NAMED = re.compile(r"(?<![\w@/])@(\w[\w.-]*(?:@[\w-]+(?:\.[\w-]+)*)?)")
"""Whoever the instance would take for an addressee."""
SAID_IN_PRIVATE = "It was said in private, and is never answered in public."


def utc_now() -> datetime:
    return datetime.now(UTC)


class MastodonChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(
        self,
        client: MastodonClient,
        *,
        history_days: int = 7,
        is_known: Callable[[str], bool] = lambda author_id: False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._history_days = history_days
        self._is_known = is_known
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`. A deleted post gives no sign of itself: it is asked for again."""
        return Capabilities(
            pull=True,
            reply_public=mention.kind is not Kind.DM,
            reply_private=True,
            author_history=True,
            reach=True,
            thread=True,
            edit=True,
            why_not_hide="On Mastodon nobody hides what others say; a moderator of their server can be told of it.",
        )

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks the instance how things stand now. Raises: RetryableError, AccessError."""
        status = self._client.status(mention.native_id)
        reason = self._why_not(mention, status, is_private=is_private)
        if status is None or reason:
            return MayReply(allowed=False, reason=reason, takes_private=status is not None)
        room = self._most_characters() - self._length(f"@{status.account.acct} ")
        return MayReply(allowed=True, max_characters=room, takes_private=True)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. An answer of ours that stands there with the same words is left as it stands."""
        if not reply.text.strip():
            raise PermanentError("mastodon: the reply is empty; write one")
        status = self._client.status(mention.native_id)
        reason = self._why_not(mention, status, is_private=reply.is_private)
        if status is None or reason:
            raise PermanentError(f"mastodon: the reply to {mention.id} cannot be sent: {reason}")
        visibility = DIRECT if reply.is_private else status.visibility
        text = self._addressed(status.account, reply.text)
        self._check(text, status.account, visibility)
        sent = self._sent_before(status, text, visibility)
        if sent:
            return Receipt(reference=sent.id, url=sent.url, found=True)
        key = hashlib.sha256(f"{self._client.me().id}\n{reply.key}".encode()).hexdigest()
        posted = self._client.post_status(text, in_reply_to=status.id, visibility=visibility, key=key)
        return Receipt(reference=posted.id, url=posted.url)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`."""
        ours = [mention for mention in mentions if mention.channel == CHANNEL]
        scene = self._scene()
        around = Around(self._client, scene, self._history_days, self._is_known)
        statuses = self._client.statuses([mention.native_id for mention in ours]).values()
        threads = [(status, around.context(status)) for status in statuses]
        return Surroundings(
            bystanders=around.bystanders(threads),
            histories=around.histories(ours),
            authors={status.account.id: to_author(status.account, scene.host) for status in statuses},
        )

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`. A post that is hidden from us, by a block or a suspension, is not taken for gone."""
        ours = [mention for mention in mentions if mention.channel == CHANNEL]
        found = self._client.statuses([mention.native_id for mention in ours])
        missing = [mention for mention in ours if mention.native_id not in found]
        hidden_by = self._hidden_by({mention.author.id for mention in missing if mention.author})
        answers: dict[str, Recheck] = {}
        for mention in ours:
            status = found.get(mention.native_id) or self._client.status(mention.native_id)
            if status is not None:
                edit = reworded(mention, status)
                answers[mention.id] = Recheck(Presence.EDITED if edit else Presence.THERE, edit, shares(status))
            else:
                is_hidden = mention.author is not None and mention.author.id in hidden_by
                answers[mention.id] = Recheck(Presence.UNKNOWN if is_hidden else Presence.GONE)
        return answers

    def _hidden_by(self, authors: set[str]) -> set[str]:
        """Those whose posts would be hidden from us if they were there."""
        relations = self._client.relationships(sorted(authors)).values()
        blocked = {each.id for each in relations if each.blocked_by or each.blocking or each.domain_blocking}
        accounts = ((id, self._client.account(id)) for id in authors - blocked)
        return blocked | {id for id, account in accounts if account and account.suspended}

    def _why_not(self, mention: Mention, status: Status | None, *, is_private: bool | None) -> str:
        """Why the post cannot be answered; empty where it can."""
        if is_private is False and (mention.kind is Kind.DM or (status and status.visibility == DIRECT)):
            return SAID_IN_PRIVATE
        author = status.account.id if status else mention.author.id if mention.author else ""
        account = status.account if status else self._client.account(author) if author else None
        if author and account is None:
            return "The author's account is gone."
        if account and account.suspended:
            return "The author's account is suspended."
        relation = self._client.relationships([author]).get(author) if author else None
        if relation and relation.blocked_by:
            return "The author blocks us."
        if relation and (relation.blocking or relation.domain_blocking):
            return "We block the author."
        return "" if status else "The post has been deleted, or is no longer shown to us."

    def _addressed(self, account: Account, text: str) -> str:
        """Without the handle in it, the author would not be told of the answer, nor see a private one."""
        handles = {account.acct.casefold(), handle_of(account, self._client.instance().domain).casefold()}
        is_named = any(name.rstrip(".").casefold() in handles for name in NAMED.findall(text))
        return text if is_named else f"@{account.acct} {text}"

    def _check(self, text: str, account: Account, visibility: str) -> None:
        """Raises: PermanentError when the instance would not take these words, or show them to others."""
        size, most = self._length(text), self._most_characters()
        if size > most:
            raise PermanentError(
                f"mastodon: the reply has {size} characters with the author's handle; at most {most} are taken: "
                "shorten it"
            )
        me, host = self._client.me(), self._client.instance().domain
        allowed = {account.acct, handle_of(account, host), me.handle, me.handle.removesuffix(f"@{host}")}
        known = {name.casefold() for name in allowed}
        if visibility == DIRECT and any(name.rstrip(".").casefold() not in known for name in NAMED.findall(text)):
            raise PermanentError(
                "mastodon: the private reply names another account, which would receive it too; take the @ away"
            )

    def _sent_before(self, status: Status, text: str, visibility: str) -> Status | None:
        """The key guards a repeat for an hour only; after that, our own words under the post are looked for."""
        context = self._client.context(status.id)
        for each in context.descendants if context else ():
            is_ours = each.account.id == self._client.me().id and each.in_reply_to_id == status.id
            if is_ours and each.visibility == visibility and same_words(words_of(each), text):
                return each
        return None

    def _most_characters(self) -> int:
        return self._client.instance().configuration.statuses.max_characters

    def _length(self, text: str) -> int:
        return length(text, per_url=self._client.instance().configuration.statuses.characters_reserved_per_url)

    def _scene(self) -> Scene:
        me = self._client.me()
        return Scene(me.handle, me.id, self._client.instance().domain, self._now())
