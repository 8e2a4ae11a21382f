"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.google_answers import MissingError, refusal, with_token
from connectors.google_token import GoogleTokens
from connectors.http import send
from connectors.json_answers import Unreadable, read_answer, read_or_keep
from connectors.quota import Quota
from connectors.youtube.wire import Comment, Listed, Profile, Thread
from models.errors import (
    AccessError,
    EarshotError,
    RetryableError,
    UnknownOutcomeError,
)

VENDOR = "youtube"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
PER_CALL = 100
IDS_PER_CALL = 50


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Newest first. `token` leads to older ones; None at the end."""

    threads: tuple[Thread | Unreadable, ...]
    token: str | None


def read_units() -> Mapping[str, Decimal]:
    """Endpoint → units of one call."""
    text = (Path(__file__).parent / "units.toml").read_text(encoding="utf-8")
    return {endpoint: Decimal(units) for endpoint, units in tomllib.loads(text).items()}


class YouTubeClient:
    """Speaks for one channel. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        channel_id: str,
        key: SecretStr | None = None,
        tokens: GoogleTokens | None = None,
        quota: Quota | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Reads with `key` where there is one; answers need `tokens`, which come of the channel owner's consent."""
        self.channel_id = channel_id
        self._http = http
        self._key = key
        self._tokens = tokens
        self._quota = quota
        self._now = now
        self._sleep = sleep

    @property
    def can_write(self) -> bool:
        return self._tokens is not None

    def threads(self, *, token: str | None = None) -> ThreadPage:
        """Under all our videos, each with some of its replies."""
        query: dict[str, object] = {"allThreadsRelatedToChannelId": self.channel_id, "order": "time"}
        query |= {"part": "snippet,replies", "maxResults": PER_CALL, "textFormat": "plainText"}
        listed = self._list("commentThreads", query, token)
        return ThreadPage(tuple(read_or_keep(item, Thread) for item in listed.items), listed.next_token or None)

    def inline(self, thread: Thread) -> list[Comment | Unreadable]:
        """The replies that came with a thread: up to five of them. No call is made."""
        return [read_or_keep(item, Comment) for item in thread.some.comments]

    def thread(self, thread_id: str) -> Thread | None:
        """As the owner of our channel sees it, None where it is gone."""
        query = {"id": thread_id, "part": "snippet", "textFormat": "plainText"}
        try:
            items = self._list("commentThreads", query, as_owner=True).items
        except MissingError:
            return None
        return next((thread for item in items if isinstance(thread := read_or_keep(item, Thread), Thread)), None)

    def replies(self, thread_id: str) -> list[Comment | Unreadable]:
        """All of a thread. Raises MissingError where the thread is gone."""
        query = {"parentId": thread_id, "part": "snippet", "maxResults": PER_CALL, "textFormat": "plainText"}
        found: list[Comment | Unreadable] = []
        asked: set[str | None] = set()
        token: str | None = None
        while token not in asked:
            asked.add(token)
            listed = self._list("comments", query, token)
            found += [read_or_keep(item, Comment) for item in listed.items]
            token = listed.next_token or None
        return found

    def comments(self, ids: Sequence[str]) -> dict[str, Comment]:
        """By id. Those that are gone are left out."""
        found: dict[str, Comment] = {}
        for some in _batches(ids, IDS_PER_CALL):
            found |= {comment.id: comment for comment in self._some_comments(some)}
        return found

    def channels(self, ids: Sequence[str]) -> dict[str, Profile]:
        """By id. Those that are closed are left out."""
        found: dict[str, Profile] = {}
        for some in _batches(ids, IDS_PER_CALL):
            query = {"id": ",".join(some), "part": "snippet,statistics", "maxResults": IDS_PER_CALL}
            profiles = (read_or_keep(item, Profile) for item in self._list("channels", query).items)
            found |= {profile.id: profile for profile in profiles if isinstance(profile, Profile)}
        return found

    def own_channels(self) -> list[str]:
        """Ids of the channels of whoever gave their consent."""
        items = self._list("channels", {"mine": "true", "part": "id"}, as_owner=True).items
        return [profile.id for item in items if isinstance(profile := read_or_keep(item, Profile), Profile)]

    def scopes(self) -> tuple[str, ...]:
        """What the owner consented to; empty without consent."""
        return self._tokens.scopes() if self._tokens else ()

    def insert(self, thread_id: str, text: str) -> Comment:
        """A reply under a thread. UnknownOutcomeError where it may stand there."""
        body = {"snippet": {"parentId": thread_id, "textOriginal": text}}
        arguments: dict[str, Any] = {"params": {"part": "snippet"}, "json": body}
        answer = self._call("POST", "comments", "comments.insert", as_owner=True, repeatable=False, **arguments)
        try:
            return read_answer(answer, Comment, vendor=VENDOR)
        except RetryableError as error:
            raise UnknownOutcomeError(f"{error}; the reply may stand there, and is looked for") from None

    def moderate(self, comment_id: str, status: str) -> None:
        """Set whether others see a comment; setting it twice does no harm. The answer is empty."""
        query = {"id": comment_id, "moderationStatus": status}
        path, endpoint = "comments/setModerationStatus", "comments.setModerationStatus"
        self._call("POST", path, endpoint, as_owner=True, repeatable=True, params=query)

    def _some_comments(self, ids: Sequence[str]) -> Iterator[Comment]:
        """One that is gone may be left out, or make the whole call a 404: then each half is asked for."""
        query = {"id": ",".join(ids), "part": "snippet", "textFormat": "plainText"}
        try:
            items = self._list("comments", query).items
        except MissingError:
            if len(ids) > 1:
                half = len(ids) // 2
                yield from self._some_comments(ids[:half])
                yield from self._some_comments(ids[half:])
            return
        yield from (comment for item in items if isinstance(comment := read_or_keep(item, Comment), Comment))

    def _list(
        self, what: str, query: Mapping[str, object], token: str | None = None, *, as_owner: bool = False
    ) -> Listed:
        params = {**query, "pageToken": token} if token is not None else dict(query)
        answer = self._call("GET", what, f"{what}.list", as_owner=as_owner, repeatable=True, params=params)
        return read_answer(answer, Listed, vendor=VENDOR)

    def _call(self, method: str, path: str, endpoint: str, *, as_owner: bool, **arguments: Any) -> httpx.Response:
        if self._key is not None and not as_owner:
            headers = {"X-Goog-Api-Key": self._key.get_secret_value()}
            return self._send(method, path, endpoint, headers=headers, **arguments)
        if self._tokens is None:
            raise AccessError("youtube: neither an API key nor the owner's consent is given for this call")

        def send_with(token: str) -> httpx.Response:
            return self._send(method, path, endpoint, headers={"Authorization": f"Bearer {token}"}, **arguments)

        return with_token(self._tokens, send_with)

    def _send(self, method: str, path: str, endpoint: str, **arguments: Any) -> httpx.Response:
        answer = send(
            self._http,
            method,
            path,
            vendor=VENDOR,
            shown=endpoint,
            reading=self._refused(endpoint),
            quota=self._quota,
            endpoint=endpoint,
            sleep=self._sleep,
            **arguments,
        )
        self._spend(endpoint)
        return answer

    def _refused(self, endpoint: str) -> Callable[[httpx.Response, str], EarshotError | None]:
        """A call that is refused costs its units too."""

        def read(response: httpx.Response, where: str) -> EarshotError | None:
            self._spend(endpoint)
            return refusal(response, where, now=self._now)

        return read

    def _spend(self, endpoint: str) -> None:
        if self._quota is not None:
            self._quota.used(endpoint)


def own_replies(found: Sequence[Comment | Unreadable], channel_id: str) -> list[Comment]:
    return [one for one in found if isinstance(one, Comment) and one.facts.author.value == channel_id]


def _batches(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
