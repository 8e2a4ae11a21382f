"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.bluesky.answers import StaleTokenError, error_name, read_answer, read_record, readable, refusal
from connectors.bluesky.session import VENDOR, MemorySessions, SessionKeeper, SessionStore
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
    Session,
    Written,
    instant,
)
from connectors.http import open_client, send
from models.errors import EarshotError, RecordError

REASONS = ("mention", "reply", "quote")
NOTIFICATIONS_PER_CALL = 100
FEED_POSTS_PER_CALL = 100
IDS_PER_CALL = 25


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


class BlueskyClient:
    """Speaks for one account. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self,
        service_url: str,
        *,
        handle: str,
        app_password: SecretStr,
        sessions: SessionStore | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        timeout_seconds: float = 30.0,
    ) -> None:
        """`transport` and `sleep` are seams for tests."""
        self.handle = handle
        self._http = open_client(service_url, timeout_seconds=timeout_seconds, transport=transport)
        self._sleep = sleep
        store = sessions if sessions is not None else MemorySessions()
        self._sessions = SessionKeeper(self._http, handle=handle, app_password=app_password, store=store, sleep=sleep)

    def close(self) -> None:
        """Let go of the connections; the client cannot be used afterwards."""
        self._http.close()

    def own_did(self) -> str:
        return self._sessions.current().did

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
        except _RecordNotFoundError:
            return None

    def put_post(self, rkey: str, record: Mapping[str, object]) -> Written:
        """Write a post at this key of our own repository; the same again changes nothing."""
        body = {"repo": self.own_did(), "collection": POST, "rkey": rkey, "record": record}
        answer = self._call("POST", "com.atproto.repo.putRecord", repeatable=True, json=body)
        return read_answer(answer, Written)

    def _read(self, method: str, query: Mapping[str, object]) -> httpx.Response:
        return self._call("GET", method, repeatable=True, params=query)

    def _call(self, verb: str, method: str, *, repeatable: bool, **arguments: Any) -> httpx.Response:
        session = self._sessions.current()
        try:
            return self._send(session, verb, method, repeatable=repeatable, **arguments)
        except StaleTokenError:
            fresh = self._sessions.renew(session)
        return self._send(fresh, verb, method, repeatable=repeatable, **arguments)

    def _send(self, session: Session, verb: str, method: str, *, repeatable: bool, **arguments: Any) -> httpx.Response:
        return send(
            self._http,
            verb,
            f"/xrpc/{method}",
            vendor=VENDOR,
            repeatable=repeatable,
            reading=_reading,
            sleep=self._sleep,
            headers={"Authorization": f"Bearer {session.access_jwt}"},
            **arguments,
        )


class _RecordNotFoundError(EarshotError):
    """There is no record at that key; said with status 400."""


def _reading(response: httpx.Response, where: str) -> EarshotError | None:
    if response.status_code == 400 and error_name(response) == "RecordNotFound":
        return _RecordNotFoundError(f"{where}: no such record")
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


def _batches(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
