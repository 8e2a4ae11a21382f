"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import hashlib
import json
import time
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import httpx
import tweepy
from pydantic import SecretStr

from connectors.http import open_client, send
from connectors.x import meter as endpoints
from connectors.x.answers import parsed, read_answer, readable, reading_at
from connectors.x.meter import Came, Meter, endpoint_of, millionths
from connectors.x.wire import (
    DmAnswer,
    DmEvent,
    Listed,
    One,
    Post,
    PostAnswer,
    Problem,
    User,
    Wire,
    WrittenDm,
    WrittenPost,
)
from connectors.x.words import DM_FIELDS, EXPANSIONS, POST_FIELDS, USER_FIELDS, Words, spoken
from models.errors import RetryableError, UnknownOutcomeError

VENDOR = "x"
IDS_PER_CALL = 100
PAGE_SIZES = (100, 50, 20, 10)
"""Things of one page: fewer where the budget is nearly spent. Recent search takes no less than ten."""
FEWEST_OF_TIMELINE = 5
DM_PAGE_SIZES = (100, 20, 5)
DMS_LOOKED_THROUGH = 20
"""Newest messages of a conversation, before one is sent."""
ONE_SECOND, ONE_MINUTE = timedelta(seconds=1), timedelta(minutes=1)

W = TypeVar("W", bound=Wire)


@dataclass(frozen=True, slots=True)
class Keys:
    """Of an app and of our account. Without the two access tokens only public posts can be read."""

    bearer_token: SecretStr | None = None
    consumer_key: SecretStr | None = None
    consumer_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    access_token_secret: SecretStr | None = None

    @property
    def speak_for_account(self) -> bool:
        return None not in (self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret)


class Numbered(Protocol):
    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A thing we could not read: its bytes as they came, and why."""

    id: str
    """A digest of the bytes where it has no id."""
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class PostPage:
    """Newest first. `next_token` leads to older ones; None at the end."""

    items: tuple[Post | Unreadable, ...]
    users: Mapping[str, User]
    posts: Mapping[str, Post]
    """That came along, by id."""
    next_token: str | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class DmPage:
    """Newest first."""

    items: tuple[DmEvent | Unreadable, ...]
    users: Mapping[str, User]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class Me:
    user: User
    access_level: str | None
    """read, read-write or read-write-directmessages, where X says it."""


class _Signature(httpx.Auth):
    """OAuth 1.0a: signs each try anew, since X takes a nonce once."""

    def __init__(self, signer: Any) -> None:
        self._signer = signer

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        _, headers, _ = self._signer.sign(str(request.url), http_method=request.method)
        request.headers["Authorization"] = headers["Authorization"]
        yield request


class _Tweepy(tweepy.Client):  # type: ignore[misc]  # tweepy gives no types
    """tweepy knows the routes and their parameters; how a request is sent, and what an answer means, is ours.

    tweepy's own way has a fixed host, no timeout, sleeps through rate limits and logs what was said.
    """

    def __init__(
        self,
        http: httpx.Client,
        keys: Keys,
        meter: Meter,
        *,
        own_id: str,
        words: Words,
        sleep: Callable[[float], None],
        now: Callable[[], datetime],
    ) -> None:
        # The return type makes tweepy give back what `request` gave, unread.
        super().__init__(return_type=tweepy.client.requests.Response)
        self._http = http
        self._meter = meter
        self._own_id = own_id
        self._words = words
        self._sleep = sleep
        self._now = now
        bearer = keys.bearer_token.get_secret_value() if keys.bearer_token else ""
        self._headers = {"Authorization": f"Bearer {bearer}"}
        self._signature = _signature(keys) if keys.speak_for_account else None
        self.units = 0
        """What the next call may cost at most, in millionths of a dollar."""

    def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        user_auth: bool = False,
    ) -> httpx.Response:
        """Raises: as `connectors.http.send`; BudgetError."""
        arguments: dict[str, Any] = {"params": spoken(params or {}, self._words)}
        if json is not None:
            arguments["json"] = json
        if self._signature is not None:
            arguments["auth"] = self._signature
        else:
            arguments["headers"] = self._headers
        return send(
            self._http,
            method,
            route,
            vendor=VENDOR,
            reading=reading_at(self._now, is_write=method != "GET"),
            quota=self._meter.quota,
            endpoint=endpoint_of(method, route, self._own_id),
            units=self.units,
            sleep=self._sleep,
            **arguments,
        )


def _signature(keys: Keys) -> _Signature:
    given = (keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret)
    signer = tweepy.OAuth1UserHandler(*(key.get_secret_value() for key in given if key is not None)).apply_auth()
    return _Signature(signer.client)


class XClient:
    """Speaks for one account. Every call raises RetryableError, AccessError, BudgetError or PermanentError."""

    def __init__(
        self,
        base_url: str,
        *,
        own_id: str,
        keys: Keys,
        meter: Meter,
        words: Words = "old",
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = 30.0,
    ) -> None:
        """`transport`, `sleep` and `now` are seams for tests."""
        self.own_id = own_id
        self.may_write = keys.speak_for_account
        self.prices = meter.prices
        self._meter = meter
        self._now = now
        http = open_client(base_url, timeout_seconds=timeout_seconds, transport=transport)
        self._tweepy = _Tweepy(http, keys, meter, own_id=own_id, words=words, sleep=sleep, now=now)

    def mentions(
        self, *, since_id: str | None = None, token: str | None = None, known: Container[str] = ()
    ) -> PostPage:
        """Of our account; at most the 800 newest can be paged through. `known`: ids that were paid for already."""
        size = self._meter.most(endpoints.MENTIONS, PAGE_SIZES)
        call: dict[str, Any] = {"max_results": size, "since_id": since_id, "pagination_token": token}
        method = self._tweepy.get_users_mentions
        return self._posts(endpoints.MENTIONS, size, method, self.own_id, known=known, **call)

    def search(
        self, query: str, *, since_id: str | None = None, token: str | None = None, known: Container[str] = ()
    ) -> PostPage:
        """Of the last seven days. `known`: ids that were paid for already."""
        size = self._meter.most(endpoints.SEARCH, PAGE_SIZES)
        return self._search(query, size, known=known, since_id=since_id, next_token=token)

    def conversation(self, conversation_id: str, *, most: int) -> PostPage:
        """Posts of a thread in the last seven days, the root left out; `most` is 10 to 100."""
        return self._search(f"conversation_id:{conversation_id}", most)

    def own_answers(self, conversation_id: str, *, since_id: str) -> list[Post]:
        """What we said in a thread, newest first: the search, which is complete, and our newest posts, which the
        search may not know yet."""
        query, size = f"from:{self.own_id} conversation_id:{conversation_id}", PAGE_SIZES[1]
        found = self._search(query, size, with_context=False).items
        latest = self._posts(
            endpoints.OWN_TIMELINE,
            size,
            self._tweepy.get_users_tweets,
            self.own_id,
            with_context=False,
            max_results=size,
            since_id=since_id,
        ).items
        posts = {post.id: post for post in (*latest, *found) if isinstance(post, Post)}
        return sorted(posts.values(), key=lambda post: int(post.id), reverse=True)

    def timeline(self, user_id: str, *, since: datetime, until: datetime, most: int) -> PostPage:
        """The newest posts of somebody in that time, both ends included, reposts left out, at most `most` (to 100)."""
        size = max(FEWEST_OF_TIMELINE, min(most, PAGE_SIZES[0]))
        self._tweepy.units = self._meter.dearest(endpoints.TIMELINE, size, with_context=False)
        response = self._tweepy.get_users_tweets(
            user_id,
            max_results=size,
            start_time=since,
            # X wants an end that is past, and takes whole seconds.
            end_time=until + ONE_SECOND if until < self._now() - ONE_MINUTE else None,
            exclude=["retweets"],
            tweet_fields=list(POST_FIELDS),
        )
        return self._page(endpoints.TIMELINE, response)

    def posts(self, ids: Sequence[str], *, with_context: bool = True) -> PostPage:
        """By id. What is missing stands in `problems`. Authors and parents that come along may cost more than the
        posts themselves."""
        pages = [
            self._posts(endpoints.POSTS, len(some), self._tweepy.get_tweets, some, with_context=with_context)
            for some in _batches(ids, IDS_PER_CALL)
        ]
        return PostPage(
            items=tuple(item for page in pages for item in page.items),
            users={key: user for page in pages for key, user in page.users.items()},
            posts={key: post for page in pages for key, post in page.posts.items()},
            problems=tuple(problem for page in pages for problem in page.problems),
        )

    def users(self, ids: Sequence[str]) -> dict[str, User]:
        """By id; those that are gone or suspended are left out."""
        found: dict[str, User] = {}
        for some in _batches(ids, IDS_PER_CALL):
            self._tweepy.units = self._meter.dearest(endpoints.USERS, len(some), with_context=False)
            response = self._tweepy.get_users(ids=some, user_fields=list(USER_FIELDS))
            listed = read_answer(response, Listed)
            users = readable(listed.data, User)
            self._meter.came(endpoints.USERS, Came(things=[user.id for user in users]))
            found |= {user.id: user for user in users}
        return found

    def me(self) -> Me:
        """Whom the access tokens belong to."""
        self._tweepy.units = self._meter.dearest(endpoints.ME, 1, with_context=False)
        response = self._tweepy.get_me(user_fields=list(USER_FIELDS))
        user = read_answer(response, One).data
        self._meter.came(endpoints.ME, Came(things=[user.id]))
        return Me(user, response.headers.get("x-access-level"))

    def dm_events(self, *, token: str | None = None, first: bool = False, known: Container[str] = ()) -> DmPage:
        """Messages of the last 30 days, newest first, all conversations. `first`: a short page, to see what is new.
        `known`: ids that were paid for already."""
        size = self._meter.most(endpoints.DM_EVENTS, DM_PAGE_SIZES[1:] if first else DM_PAGE_SIZES)
        return self._dms(endpoints.DM_EVENTS, size, known, pagination_token=token)

    def dm_conversation(self, participant_id: str) -> DmPage:
        """The newest messages between them and us."""
        size = DMS_LOOKED_THROUGH
        return self._dms(endpoints.DM_CONVERSATION, size, with_context=False, participant_id=participant_id)

    def post_reply(self, text: str, *, in_reply_to: str, price: Decimal) -> WrittenPost:
        """Raises: UnknownOutcomeError besides."""
        response = self._write(
            endpoints.POST, price, lambda: self._tweepy.create_tweet(text=text, in_reply_to_tweet_id=in_reply_to)
        )
        return self._written(response, PostAnswer).data

    def send_dm(self, text: str, *, participant_id: str) -> WrittenDm:
        """Raises: UnknownOutcomeError besides."""
        price = self.prices.writes.dm
        response = self._write(
            endpoints.DM,
            price,
            lambda: self._tweepy.create_direct_message(participant_id=participant_id, text=text),
        )
        return self._written(response, DmAnswer).data

    def _search(self, query: str, size: int, **call: Any) -> PostPage:
        return self._posts(endpoints.SEARCH, size, self._tweepy.search_recent_tweets, query, max_results=size, **call)

    def _posts(
        self,
        endpoint: str,
        size: int,
        method: Callable[..., httpx.Response],
        *given: Any,
        known: Container[str] = (),
        with_context: bool = True,
        **call: Any,
    ) -> PostPage:
        self._tweepy.units = self._meter.dearest(endpoint, size, with_context=with_context)
        context = {"expansions": list(EXPANSIONS), "user_fields": list(USER_FIELDS)} if with_context else {}
        response = method(
            *given,
            tweet_fields=list(POST_FIELDS),
            **context,
            **{name: value for name, value in call.items() if value is not None},
        )
        return self._page(endpoint, response, known)

    def _page(self, endpoint: str, response: httpx.Response, known: Container[str] = ()) -> PostPage:
        listed = read_answer(response, Listed)
        items = tuple(_read(item, Post) for item in listed.data)
        users = {user.id: user for user in readable(listed.includes.users, User)}
        posts = {post.id: post for post in readable(listed.includes.posts, Post)}
        self._charge(endpoint, items, posts, users, known)
        problems = tuple(readable(listed.errors, Problem))
        if listed.errors and not items and listed.meta.result_count is None and endpoint != endpoints.POSTS:
            raise ListRefusedError(f"{VENDOR}: {endpoint}: status 200 with an error inside")
        return PostPage(items, users, posts, listed.meta.next_token, problems)

    def _charge(
        self,
        endpoint: str,
        items: Iterable[Numbered],
        posts: Iterable[str],
        users: Iterable[str],
        known: Container[str],
    ) -> None:
        """What came with a page that brought nothing new was paid for with the page before."""
        new = [item.id for item in items if item.id not in known]
        self._meter.came(endpoint, Came(new, list(posts), list(users)) if new else Came())

    def _dms(
        self, endpoint: str, size: int, known: Container[str] = (), *, with_context: bool = True, **call: Any
    ) -> DmPage:
        self._tweepy.units = self._meter.dearest(endpoint, size, with_context=with_context)
        context = {"expansions": ["sender_id"], "user_fields": list(USER_FIELDS)} if with_context else {}
        response = self._tweepy.get_direct_message_events(
            max_results=size,
            dm_event_fields=list(DM_FIELDS),
            event_types="MessageCreate",
            **context,
            **{name: value for name, value in call.items() if value is not None},
        )
        listed = read_answer(response, Listed)
        items = tuple(_read(item, DmEvent) for item in listed.data)
        users = {user.id: user for user in readable(listed.includes.users, User)}
        self._charge(endpoint, items, (), users, known)
        if listed.errors and not items and listed.meta.result_count is None:
            raise ListRefusedError(f"{VENDOR}: {endpoint}: status 200 with an error inside")
        return DmPage(items, users, listed.meta.next_token)

    def _write(self, endpoint: str, price: Decimal, call: Callable[[], httpx.Response]) -> httpx.Response:
        self._tweepy.units = millionths(price)
        try:
            response = call()
        except UnknownOutcomeError:
            self._meter.sent(endpoint, price)  # it may have been charged
            raise
        self._meter.sent(endpoint, price)
        return response

    def _written(self, response: httpx.Response, form: type[W]) -> W:
        try:
            return read_answer(response, form)
        except RetryableError as error:
            raise UnknownOutcomeError(f"{error}; it was taken, so it is looked up before a second try") from error


class ListRefusedError(RetryableError):
    """X answered a list with an error instead, though with status 200: e.g. an account we may not see."""


def _read(item: object, form: type[W]) -> W | Unreadable:
    found = parsed(item, form)
    if not isinstance(found, str):
        return found
    raw = json.dumps(item).encode()
    native_id = item.get("id") if isinstance(item, dict) else None
    is_id = isinstance(native_id, str) and native_id.isascii() and native_id.isdecimal()
    return Unreadable(str(native_id) if is_id else hashlib.sha256(raw).hexdigest(), found, raw)


def _batches(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
