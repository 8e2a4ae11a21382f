"""What X pushes: events of the Activity API, and of the older Account Activity API. Reads, and makes no call."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import SecretStr

from connectors.base import Answer
from connectors.x.answers import loaded, parsed, readable
from connectors.x.pushed import (
    DirectMessages,
    Envelope,
    OldDelete,
    OldMessage,
    OldPost,
    OldPush,
    Removed,
    to_post,
    to_user,
)
from connectors.x.records import (
    Context,
    conversation_of,
    dm_to_mention,
    is_edit,
    is_repost,
    to_bystander,
    to_edit,
    to_mention,
    to_repost,
)
from connectors.x.wire import DmEvent, Includes, Post, User, Wire
from models import Bystander, Deletion, Edit, Mention, Page, Rejected, Repost
from models.errors import SignatureError

SIGNATURE = "x-twitter-webhooks-signature"
NAME = "x"
POSTS = frozenset({"post.mention.create", "post.reply.create", "post.quote.create", "post.create"})
MESSAGES = frozenset({"dm.received", "dm.sent"})
REVOKED = "X was told to take our access away (oauth.revoke); connect the account anew"

W = TypeVar("W", bound=Wire)


@dataclass
class _Found:
    mentions: list[Mention] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    bystanders: list[Bystander] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    reposts: list[Repost] = field(default_factory=list)

    def page(self) -> Page:
        once = {mention.native_id: mention for mention in self.mentions}
        ordered = sorted(once.values(), key=lambda mention: (mention.created_at, int(mention.native_id)))
        around = {bystander.mention.native_id: bystander for bystander in self.bystanders}
        near = [bystander for native_id, bystander in around.items() if native_id not in once]
        return Page(
            mentions=ordered,
            cursor="",
            rejected=self.rejected,
            bystanders=near,
            edits=list({edit.version: edit for edit in self.edits}.values()),
            deletions=list(dict.fromkeys(self.deletions)),
            reposts=list(dict.fromkeys(self.reposts)),
        )


class XReceiver:
    """A `connectors.base.Receiver`."""

    name = NAME
    longest_body_bytes = 1_000_000

    def __init__(self, *, own_id: str, consumer_secret: SecretStr) -> None:
        self._own_id = own_id
        self._key = consumer_secret.get_secret_value().encode()

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """The challenge-response check: X asks when the address is registered, and again every day or more often."""
        token = query.get("crc_token")
        if not token:
            return None
        body = json.dumps({"response_token": f"sha256={self._digest(token.encode())}"}).encode()
        return Answer(body=body, content_type="application/json")

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """See `Receiver.verify`. X signs no instant: a repeat is known by the event's own id."""
        given = headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given.encode(), f"sha256={self._digest(body)}".encode()):
            raise SignatureError("x: the push is not signed with the app's API secret")
        envelope = _envelope(body)
        return f"x:{envelope.event_uuid}" if envelope is not None and envelope.event_uuid else None

    def answer(self, body: bytes) -> Answer:
        return Answer()

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        """See `Receiver.parse`."""
        found = _Found()
        try:
            value = loaded(body)
        except ValueError:
            found.rejected.append(Rejected(where="push", reason="not JSON", raw=body))
            return found.page()
        inner = value.get("data") if isinstance(value, dict) else None
        if isinstance(inner, dict) and "event_type" in inner:
            self._read_activity(inner, body, found, received_at.astimezone(UTC))
        elif isinstance(value, dict) and "for_user_id" in value:
            self._read_old(value, found, received_at.astimezone(UTC))
        else:
            found.rejected.append(Rejected(where="push", reason="neither activity nor account activity", raw=body))
        return found.page()

    def _digest(self, message: bytes) -> str:
        return base64.b64encode(hmac.new(self._key, message, hashlib.sha256).digest()).decode()

    # Activity API

    def _read_activity(self, value: object, body: bytes, found: _Found, received_at: datetime) -> None:
        envelope = parsed(value, Envelope)
        if isinstance(envelope, str):
            found.rejected.append(Rejected(where="push", reason=envelope, raw=body))
            return
        where = envelope.event_uuid or envelope.event_type
        context = _context(self._own_id, received_at, envelope.includes)
        if envelope.event_type in POSTS:
            self._read(envelope.payload, Post, where, found, lambda post: self._keep(post, context, found))
            near = (to_bystander(post, context) for post in context.posts.values() if not is_repost(post))
            found.bystanders.extend(near)
        elif envelope.event_type in MESSAGES:
            messages = parsed(envelope.payload, DirectMessages)
            if isinstance(messages, str):
                found.rejected.append(Rejected(where=where, reason=messages, raw=body))
            else:
                self._read_messages(messages.events, messages.users, found, received_at, where)
        elif envelope.event_type == "post.delete":
            self._read(
                envelope.payload,
                Removed,
                where,
                found,
                lambda removed: found.deletions.append(Deletion(NAME, self._own_id, removed.id, received_at)),
            )
        elif envelope.event_type == "oauth.revoke":
            found.rejected.append(Rejected(where=where, reason=REVOKED, raw=body))

    def _keep(self, post: Post, context: Context, found: _Found) -> None:
        if is_repost(post):
            if post.author_id != self._own_id:
                found.reposts.append(to_repost(post, context))
        elif post.author_id == self._own_id:
            found.bystanders.append(to_bystander(post, context))
        elif is_edit(post):
            found.edits.append(to_edit(post, context))
        else:
            found.mentions.append(to_mention(post, context))

    # both

    def _read_messages(
        self, values: Iterable[object], users: Mapping[str, object], found: _Found, received_at: datetime, where: str
    ) -> None:
        people = {user.id: user for user in (to_user(value) for value in users.values()) if user is not None}
        context = Context(self._own_id, received_at, people)

        def keep(message: OldMessage) -> None:
            if message.type != "message_create":
                return
            event = self._event(message)
            mention = dm_to_mention(event, context)
            if event.sender_id == self._own_id:
                found.bystanders.append(Bystander(mention, is_ours=True))
            else:
                found.mentions.append(mention)

        for value in values:
            self._read(value, OldMessage, where, found, keep)

    def _event(self, message: OldMessage) -> DmEvent:
        made = message.message_create
        return DmEvent(
            id=message.id,
            text=made.message_data.text,
            sender_id=made.sender_id,
            created_at=message.at,
            dm_conversation_id=conversation_of(made.sender_id, made.target.recipient_id),
        )

    def _read(self, value: object, form: type[W], where: str, found: _Found, keep: Callable[[W], object]) -> None:
        """A part that cannot be read costs only itself."""
        read = parsed(value, form)
        if isinstance(read, str):
            found.rejected.append(Rejected(where=where, reason=read, raw=json.dumps(value).encode()))
        else:
            keep(read)

    # Account Activity

    def _read_old(self, value: Mapping[str, object], found: _Found, received_at: datetime) -> None:
        push = parsed(value, OldPush)
        if isinstance(push, str):
            found.rejected.append(Rejected(where="push", reason=push, raw=json.dumps(value).encode()))
            return

        def keep(old: OldPost) -> None:
            self._keep(to_post(old), _old_context(self._own_id, received_at, old), found)

        def remove(old: OldDelete) -> None:
            at = min(old.at or received_at, received_at)
            found.deletions.append(Deletion(NAME, self._own_id, old.status.id, at))

        for post in push.tweet_create_events:
            self._read(post, OldPost, "tweet_create_events", found, keep)
        self._read_messages(push.direct_message_events, push.users, found, received_at, "direct_message_events")
        for gone in push.tweet_delete_events:
            self._read(gone, OldDelete, "tweet_delete_events", found, remove)


def _envelope(body: bytes) -> Envelope | None:
    try:
        value = loaded(body)
    except ValueError:
        return None
    inner = parsed(value.get("data") if isinstance(value, dict) else None, Envelope)
    return None if isinstance(inner, str) else inner


def _context(own_id: str, received_at: datetime, includes: Includes) -> Context:
    users = {user.id: user for user in readable(includes.users, User)}
    posts = {post.id: post for post in readable(includes.posts, Post)}
    return Context(own_id, received_at, users, posts)


def _old_context(own_id: str, received_at: datetime, old: OldPost) -> Context:
    near: Sequence[OldPost] = [each for each in (old.quoted, old.reposted) if each is not None]
    users = {user.id: user for user in (to_user(each.user) for each in (old, *near)) if user is not None}
    posts = {post.id: post for post in map(to_post, near)}
    return Context(own_id, received_at, users, posts)
