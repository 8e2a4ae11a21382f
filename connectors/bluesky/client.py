"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
from pydantic import SecretStr

from connectors.bluesky.answers import error_name, read_answer, refusal
from connectors.bluesky.calls import Calls
from connectors.bluesky.chat import BlueskyChat
from connectors.bluesky.session import MemorySessions, SessionKeeper, SessionStore
from connectors.bluesky.wire import (
    POST,
    Feed,
    Notification,
    NotificationList,
    OwnPost,
    PostList,
    PostView,
    Profile,
    ProfileList,
    ThreadAnswer,
    Written,
    instant,
)
from connectors.http import open_client
from connectors.json_answers import read_record, readable
from connectors.quota import Quota
from models.errors import EarshotError, RecordError

REASONS = ("mention", "reply", "quote")
NOTIFICATIONS_PER_CALL = 100
FEED_POSTS_PER_CALL = 100
IDS_PER_CALL = 25
MOST_LEVELS_BELOW = 6


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A notification we could not read: its bytes as they came, and why."""

    uri: str
    """A digest of the bytes where it has no address of its own."""
    indexed_at: datetime | None
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Newest first. `cursor` leads to older ones; None at the end."""

    items: tuple[Notification | Unreadable, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Newest first, reposts included. `cursor` leads to older ones; None at the end."""

    posts: tuple[PostView, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """What stands around a post, as far as it still shows."""

    above: tuple[PostView, ...]
    """From the root to the post that is answered."""
    below: tuple[PostView, ...]


class BlueskyClient:
    """Speaks for one account. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self,
        service_url: str,
        *,
        handle: str,
        app_password: SecretStr,
        sessions: SessionStore | None = None,
        quota: Quota | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        timeout_seconds: float = 30.0,
    ) -> None:
        """`transport` and `sleep` are seams for tests."""
        self.handle = handle
        self._http = open_client(service_url, timeout_seconds=timeout_seconds, transport=transport)
        keeper = SessionKeeper(
            self._http,
            handle=handle,
            app_password=app_password,
            store=sessions if sessions is not None else MemorySessions(),
            sleep=sleep,
        )
        self._calls = Calls(self._http, keeper, quota=quota, sleep=sleep)
        self.chat = BlueskyChat(self._calls)

    def close(self) -> None:
        """Let go of the connections; the client cannot be used afterwards."""
        self._http.close()

    def own_did(self) -> str:
        return self._calls.own_did()

    def notifications(self, *, cursor: str | None = None) -> NotificationPage:
        """Mentions, replies and quotes of us."""
        query: dict[str, object] = {
            "limit": NOTIFICATIONS_PER_CALL,
            "reasons": list(REASONS),
            # Left out, the account's own setting would hide whoever we do not follow.
            "priority": "false",
        }
        if cursor is not None:
            query["cursor"] = cursor
        answer = self._read("app.bsky.notification.listNotifications", query)
        listed = read_answer(answer, NotificationList)
        return NotificationPage(tuple(_notification(item) for item in listed.notifications), listed.cursor)

    def profiles(self, dids: Sequence[str]) -> dict[str, Profile]:
        """Full profiles by DID. Accounts that are deactivated or gone are left out."""
        found: dict[str, Profile] = {}
        for some in _batches(dids, IDS_PER_CALL):
            answer = self._read("app.bsky.actor.getProfiles", {"actors": some})
            profiles = readable(read_answer(answer, ProfileList).profiles, Profile)
            found |= {profile.did: profile for profile in profiles}
        return found

    def posts(self, uris: Sequence[str]) -> dict[str, PostView]:
        """Posts by address. Deleted ones are left out."""
        found: dict[str, PostView] = {}
        for some in _batches(uris, IDS_PER_CALL):
            answer = self._read("app.bsky.feed.getPosts", {"uris": some})
            found |= {post.uri: post for post in readable(read_answer(answer, PostList).posts, PostView)}
        return found

    def author_feed(self, did: str, *, cursor: str | None = None) -> FeedPage:
        """What an author posted, replies included. PermanentError when they block us or are deactivated."""
        query: dict[str, object] = {"actor": did, "filter": "posts_with_replies", "limit": FEED_POSTS_PER_CALL}
        if cursor is not None:
            query["cursor"] = cursor
        feed = read_answer(self._read("app.bsky.feed.getAuthorFeed", query), Feed)
        return FeedPage(tuple(readable((item.post for item in feed.feed), PostView)), feed.cursor)

    def own_post(self, rkey: str) -> OwnPost | None:
        """The post at this key of our own repository, None where there is none."""
        query = {"repo": self.own_did(), "collection": POST, "rkey": rkey}
        try:
            return read_answer(self._read("com.atproto.repo.getRecord", query), OwnPost)
        except _NotFoundError:
            return None

    def thread(self, uri: str) -> Thread | None:
        """What stands above a post and below it; None where the post is gone."""
        try:
            answer = self._read("app.bsky.feed.getPostThread", {"uri": uri, "depth": MOST_LEVELS_BELOW})
        except _NotFoundError:
            return None
        node = read_answer(answer, ThreadAnswer).thread
        return Thread(_posts(reversed(list(_above(node)))), _posts(_below(node)))

    def put_post(self, rkey: str, record: Mapping[str, object]) -> Written:
        """Write a post at this key of our own repository; the same again changes nothing."""
        body = {"repo": self.own_did(), "collection": POST, "rkey": rkey, "record": record}
        method = "com.atproto.repo.putRecord"
        return read_answer(self._calls.call("POST", method, repeatable=True, reading=_reading, json=body), Written)

    def _read(self, method: str, query: Mapping[str, object]) -> httpx.Response:
        return self._calls.read(method, query, reading=_reading)


class _NotFoundError(EarshotError):
    """There is no such record or post; said with status 400."""


NOT_FOUND = frozenset({"RecordNotFound", "NotFound"})


def _reading(response: httpx.Response, where: str) -> EarshotError | None:
    if response.status_code == 400 and error_name(response) in NOT_FOUND:
        return _NotFoundError(f"{where}: no such record")
    return refusal(response, where)


def _notification(item: object) -> Notification | Unreadable:
    try:
        return read_record(item, Notification)
    except RecordError as error:
        raw = json.dumps(item).encode()
        fields = item if isinstance(item, dict) else {}
        uri, indexed_at = fields.get("uri"), fields.get("indexedAt")
        return Unreadable(
            uri=uri if isinstance(uri, str) and uri else hashlib.sha256(raw).hexdigest(),
            indexed_at=instant(indexed_at) if isinstance(indexed_at, str) else None,
            reason=str(error),
            raw=raw,
        )


def _above(node: Mapping[str, object]) -> Iterator[object]:
    """The posts above it, nearest first; where one is gone or blocked, the thread ends."""
    while isinstance(parent := node.get("parent"), dict):
        yield parent.get("post")
        node = parent


def _below(node: Mapping[str, object]) -> Iterator[object]:
    waiting: list[object] = [node.get("replies")]
    while waiting:
        replies = waiting.pop()
        for reply in replies if isinstance(replies, list) else ():
            if isinstance(reply, dict):
                yield reply.get("post")
                waiting.append(reply.get("replies"))


def _posts(values: Iterable[object]) -> tuple[PostView, ...]:
    return tuple(readable(values, PostView))


def _batches(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
