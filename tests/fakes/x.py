"""A small X of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to fail.

Shapes are written by hand from X's documentation, with invented people, in both vocabularies. It checks what we ask:
the signature of OAuth 1.0a, names of parameters, and sizes of pages.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import httpx

OWN_ID = "9000000000000000001"
OWN_HANDLE = "larkbank"
NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
EPOCH_MS = 1_288_834_974_657
CONSUMER = ("consumer-key", "consumer-secret")
TOKEN = ("9000000000000000001-token", "token-secret")
BEARER = "bearer-token"

OLD_TO_NEW = {
    "referenced_tweets": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
}
POST_FIELDS = {"attachments", "author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "entities"} | {
    "in_reply_to_user_id",
    "lang",
    "note_tweet",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
}
EXPANSIONS = {
    "old": {"author_id", "in_reply_to_user_id", "referenced_tweets.id", "referenced_tweets.id.author_id"},
    "new": {"author_id", "in_reply_to_user_id", "referenced_posts"},
}
Outcome = httpx.Response | Exception


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@dataclass
class FakeX:
    """The platform as our account sees it."""

    words: str = "old"
    """Of its answers."""
    request_words: str = "old"
    page_size: int = 100
    """Most things in one answer, whatever is asked for."""
    with_text_counters: bool = False
    """Whether counters stand there as text alone, as in activity payloads."""
    unknown_fields: bool = False
    shuffled: bool = False
    doubled: bool = False
    now: datetime = NOW
    access_level: str | None = "read-write-directmessages"
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Every wording by its id, with `newest` true for the last one."""
    junk: list[tuple[str, object]] = field(default_factory=list)
    """(feed, thing) shown before everything else in `mentions` or `dms`."""
    hidden: set[str] = field(default_factory=set)
    """Posts of people who block us or protect their posts."""
    unindexed: set[str] = field(default_factory=set)
    """Posts that recent search does not know yet."""
    dms: list[dict[str, Any]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    failures: dict[str, list[Outcome]] = field(default_factory=dict)
    """Endpoint → what its next calls meet instead of an answer."""
    lost: dict[str, int] = field(default_factory=dict)
    """Endpoint → how many of its next answers get lost after they took effect."""
    before: dict[str, Callable[["FakeX"], object]] = field(default_factory=dict)
    slept: list[float] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    _serial: int = 0

    def __post_init__(self) -> None:
        self.add_user(OWN_ID, OWN_HANDLE, name="Lark Bank", verified_type="business")

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    # What people do -------------------------------------------------------------------------------------------------

    def add_user(self, user_id: str, handle: str, *, followers: int = 12, **fields: Any) -> str:
        metrics = {"followers_count": followers, "following_count": 3, "tweet_count": 40, "listed_count": 0}
        base = {"id": user_id, "username": handle, "name": handle.title(), "created_at": "2020-02-02T10:00:00.000Z"}
        more = {"verified": False, "verified_type": "none", "protected": False, "description": "", "location": "Sofia"}
        picture = {"profile_image_url": f"https://pbs.test/{user_id}_normal.jpg"}
        self.users[user_id] = {**base, **more, **picture, "public_metrics": metrics, **fields}
        return user_id

    def new_id(self, at: datetime) -> str:
        self._serial += 1
        return str((int(at.timestamp() * 1000) - EPOCH_MS << 22) + self._serial)

    def post(
        self,
        author: str,
        text: str,
        *,
        at: datetime | None = None,
        reply_to: str | None = None,
        quoting: str | None = None,
        reposting: str | None = None,
        mentions: tuple[str, ...] | None = None,
        **fields: Any,
    ) -> str:
        """Id of a new post. Handles in the text are mentions of their owners, where none are given."""
        moment = at or self.now
        native_id = self.new_id(moment)
        references = [("replied_to", reply_to), ("quoted", quoting), ("retweeted", reposting)]
        parent = self.posts.get(reply_to or "")
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        made = {
            "id": native_id,
            "text": escaped,
            "author_id": author,
            "created_at": written(moment),
            "conversation_id": parent["conversation_id"] if parent else reply_to or native_id,
            "edit_history_tweet_ids": [native_id],
            "lang": "en",
            "reply_settings": "everyone",
            "public_metrics": {"retweet_count": 2, "reply_count": 1, "like_count": 5, "quote_count": 0},
            "entities": {"mentions": self._entities(escaped, mentions)},
            "newest": True,
        }
        found = [{"type": kind, "id": other} for kind, other in references if other]
        if found:
            made["referenced_tweets"] = found
        if parent:
            made["in_reply_to_user_id"] = parent["author_id"]
        if len(escaped) > 280:
            made["note_tweet"] = {"text": escaped, "entities": made["entities"]}
            made["text"] = escaped[:270] + "…"
        self.posts[native_id] = {**made, **fields}
        return native_id

    def mention(self, author: str, text: str, **more: Any) -> str:
        """A post that calls us by our handle."""
        return self.post(author, f"@{OWN_HANDLE} {text}" if f"@{OWN_HANDLE}" not in text else text, **more)

    def edit(self, native_id: str, text: str, *, at: datetime | None = None) -> str:
        """Id of the new wording."""
        history = self.posts[native_id]["edit_history_tweet_ids"]
        old = self.posts[history[-1]]
        version = self.new_id(at or self.now)
        versions = [*history, version]
        entities = {"mentions": self._entities(text, None)}
        self.posts[version] = {**old, "id": version, "text": text, "created_at": written(at or self.now)}
        self.posts[version] |= {"entities": entities}
        old["newest"] = False
        for each in versions:
            self.posts[each]["edit_history_tweet_ids"] = versions
        return version

    def delete(self, native_id: str) -> None:
        for version in self.posts[native_id]["edit_history_tweet_ids"]:
            self.posts.pop(version, None)

    def dm(self, sender: str, text: str, *, recipient: str = OWN_ID, at: datetime | None = None) -> str:
        moment = at or self.now
        native_id = self.new_id(moment)
        conversation = "-".join(sorted((sender, recipient), key=int))
        said = {"id": native_id, "event_type": "MessageCreate", "text": text, "sender_id": sender}
        self.dms.append({**said, "created_at": written(moment), "dm_conversation_id": conversation})
        return native_id

    def _entities(self, text: str, owners: tuple[str, ...] | None) -> list[dict[str, Any]]:
        handles = {user["username"].lower(): user_id for user_id, user in self.users.items()}
        found = []
        for match in re.finditer(r"@(\w+)", text):
            owner = handles.get(match[1].lower())
            if owner and (owners is None or owner in owners):
                found.append({"start": match.start(), "end": match.end(), "username": match[1], "id": owner})
        return found

    def fail(self, endpoint: str, *outcomes: Outcome) -> None:
        self.failures.setdefault(endpoint, []).extend(outcomes)

    def calls(self, endpoint: str) -> list[httpx.Request]:
        return [request for request in self.requests if endpoint_of(request) == endpoint]

    def own_posts(self) -> list[dict[str, Any]]:
        return [post for post in self.posts.values() if post["author_id"] == OWN_ID]

    # What the servers answer ----------------------------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        endpoint = endpoint_of(request)
        self.before.get(endpoint, lambda _: None)(self)
        if self.failures.get(endpoint):
            outcome = self.failures[endpoint].pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        if not self._is_authorised(request):
            return problem(401, "about:blank", "Unauthorized")
        answer = ANSWERS[endpoint](self, request)
        if self.lost.get(endpoint):
            self.lost[endpoint] -= 1
            raise httpx.ReadTimeout("lost by the test", request=request)
        answer.headers.update(limits(self.now, remaining=200))
        if self.access_level:
            answer.headers["x-access-level"] = self.access_level
        return answer

    def _is_authorised(self, request: httpx.Request) -> bool:
        given = request.headers.get("authorization", "")
        if given.startswith("Bearer "):
            return given == f"Bearer {BEARER}" and "/dm_" not in request.url.path and request.method == "GET"
        fields = {name: unquote(value) for name, value in re.findall(r'(oauth_\w+)="([^"]*)"', given)}
        if fields.get("oauth_nonce", "") in self.nonces or fields.get("oauth_token") != TOKEN[0]:
            return False
        self.nonces.add(fields["oauth_nonce"])
        return hmac.compare_digest(fields.pop("oauth_signature", ""), signature(request, fields))

    def _mentions(self, request: httpx.Request) -> httpx.Response:
        query = self._checked(request, lowest=5)
        theirs = [post for post in self._newest() if self._is_for_us(post)]
        return self._feed(query, theirs, "pagination_token", [thing for feed, thing in self.junk if feed == "mentions"])

    def _is_for_us(self, post: dict[str, Any]) -> bool:
        if post.get("in_reply_to_user_id") == OWN_ID:
            return True
        return any(mention["id"] == OWN_ID for mention in post["entities"]["mentions"])

    def _timeline(self, request: httpx.Request) -> httpx.Response:
        query = self._checked(request, lowest=5)
        user_id = request.url.path.split("/")[3]
        user = self.users.get(user_id)
        if user is None or user["protected"]:
            return answered({"errors": [not_authorised(user_id)]})
        theirs = [post for post in self._newest() if post["author_id"] == user_id]
        if query.get("exclude") == "retweets":
            theirs = [post for post in theirs if not refers(post, "retweeted")]
        return self._feed(query, theirs, "pagination_token")

    def _search(self, request: httpx.Request) -> httpx.Response:
        query = self._checked(request, lowest=10)
        assert len(query["query"]) <= 512
        since = query.get("since_id")
        week_ago = self.now - timedelta(days=7)
        if since is not None and (int(since) >> 22) + EPOCH_MS < week_ago.timestamp() * 1000:
            return problem(400, "https://api.twitter.com/2/problems/invalid-request", "Invalid Request")
        recent = [post for post in self._newest() if post["created_at"] >= written(week_ago)]
        known = [post for post in recent if post["id"] not in self.unindexed]
        return self._feed(query, [post for post in known if self._matches(post, query["query"])], "next_token")

    def _matches(self, post: dict[str, Any], query: str) -> bool:
        for term in query.split():
            name, _, value = term.partition(":")
            if name == "from" and value:
                fits = post["author_id"] == value
            elif name == "conversation_id":
                fits = post["conversation_id"] == value and post["id"] != value
            else:
                fits = term.lower() in post["text"].lower()
            if not fits:
                return False
        return True

    def _lookup(self, request: httpx.Request) -> httpx.Response:
        query = self._checked(request)
        asked = query["ids"].split(",")
        assert 0 < len(asked) <= 100
        found = [self.posts[each] for each in asked if each in self.posts and each not in self.hidden]
        errors = [not_authorised(each) for each in asked if each in self.hidden]
        errors += [not_found(each) for each in asked if each not in self.posts and each not in self.hidden]
        return answered(self._page(found, errors=errors, with_includes="expansions" in query))

    def _user_lookup(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params["ids"].split(",")
        found = [self._shown_user(each) for each in asked if each in self.users]
        errors = [not_found(each) for each in asked if each not in self.users]
        return answered({"data": found, **({"errors": errors} if errors else {})})

    def _me(self, request: httpx.Request) -> httpx.Response:
        return answered({"data": self._shown_user(OWN_ID)})

    def _dm_events(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        assert query["event_types"] == "MessageCreate"
        assert 1 <= int(query["max_results"]) <= 100
        events = sorted(self.dms, key=lambda event: int(event["id"]), reverse=True)
        path = request.url.path.split("/")
        if "with" in path:
            wanted = "-".join(sorted((path[path.index("with") + 1], OWN_ID), key=int))
            events = [event for event in events if event["dm_conversation_id"] == wanted]
        token = query.get("pagination_token")
        older = [event for event in events if token is None or int(event["id"]) < int(token)]
        shown = older[: min(self.page_size, int(query["max_results"]))]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if len(shown) < len(older):
            meta["next_token"] = shown[-1]["id"]
        junk = [thing for feed, thing in self.junk if feed == "dms"]
        users = [self._shown_user(each) for each in dict.fromkeys(event["sender_id"] for event in shown)]
        body: dict[str, Any] = {"data": self._presented([*junk, *shown]), "meta": meta}
        if "expansions" in query:
            body["includes"] = {"users": users}
        return answered(body if shown or junk else {"meta": {"result_count": 0}})

    def _create(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        parent = asked["reply"]["in_reply_to_tweet_id"]
        if parent not in self.posts:
            return problem(403, "about:blank", "Forbidden")
        bare = asked["text"]
        if any(post["text"].endswith(bare) and refers(post, "replied_to") == parent for post in self.own_posts()):
            return problem(403, "about:blank", "Forbidden")
        handle = self.users[self.posts[parent]["author_id"]]["username"]
        native_id = self.post(OWN_ID, f"@{handle} {bare}", reply_to=parent)
        return answered({"data": {"id": native_id, "text": bare}}, status=201)

    def _send_dm(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        participant = request.url.path.split("/")[4]
        native_id = self.dm(OWN_ID, asked["text"], recipient=participant)
        return answered(
            {"data": {"dm_conversation_id": self.dms[-1]["dm_conversation_id"], "dm_event_id": native_id}}, status=201
        )

    # How it is written ----------------------------------------------------------------------------------------------

    def _checked(self, request: httpx.Request, *, lowest: int | None = None) -> dict[str, str]:
        query = dict(request.url.params)
        fields = query["tweet.fields" if self.request_words == "old" else "post.fields"].split(",")
        wanted = POST_FIELDS if self.request_words == "old" else {OLD_TO_NEW.get(name, name) for name in POST_FIELDS}
        assert set(fields) == wanted
        if "expansions" in query:
            assert set(query["expansions"].split(",")) == EXPANSIONS[self.request_words]
        if lowest is not None:
            assert lowest <= int(query["max_results"]) <= 100
        return query

    def _newest(self) -> list[dict[str, Any]]:
        newest = [post for post in self.posts.values() if post["newest"]]
        return sorted(newest, key=lambda post: int(post["id"]), reverse=True)

    def _feed(
        self, query: dict[str, str], posts: list[dict[str, Any]], token_name: str, junk: list[object] | None = None
    ) -> httpx.Response:
        token, since, start = query.get(token_name), int(query.get("since_id", 0)), query.get("start_time", "")
        end = query.get("end_time", "9")
        assert end == "9" or end < written(self.now - timedelta(seconds=10))
        wanted = [post for post in posts if int(post["id"]) > since and start <= post["created_at"] < end]
        older = [post for post in wanted if token is None or int(post["id"]) < int(token)]
        shown = older[: min(self.page_size, int(query["max_results"]))]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if len(shown) < len(older):
            meta["next_token"] = shown[-1]["id"]
        things = junk if junk and token is None else []
        if not shown and not things:
            return answered({"meta": {"result_count": 0}})
        return answered(self._page(shown, meta=meta, junk=things, with_includes="expansions" in query))

    def _page(
        self,
        posts: list[dict[str, Any]],
        *,
        meta: dict[str, Any] | None = None,
        errors: list[dict[str, Any]] | None = None,
        junk: list[object] | None = None,
        with_includes: bool = True,
    ) -> dict[str, Any]:
        near_ids = [each["id"] for post in posts for each in post.get("referenced_tweets", [])]
        near = [self.posts[each] for each in dict.fromkeys(near_ids) if each in self.posts and each not in self.hidden]
        people = [each["author_id"] for each in (*posts, *(near if self.request_words == "old" else []))]
        people += [post["in_reply_to_user_id"] for post in posts if "in_reply_to_user_id" in post]
        users = [self._shown_user(each) for each in dict.fromkeys(people) if each in self.users]
        body: dict[str, Any] = {}
        if posts or junk:
            body["data"] = self._presented([*(junk or []), *(self._shown(post) for post in posts)])
        if with_includes and users:
            body["includes"] = {"users": users, self._word("tweets"): [self._shown(post) for post in near]}
        return {**body, **({"meta": meta} if meta else {}), **({"errors": errors} if errors else {})}

    def _presented(self, things: list[Any]) -> list[Any]:
        if self.doubled:
            things = [*things, *things]
        return things[1::2] + things[::2] if self.shuffled else things

    def _shown(self, post: dict[str, Any]) -> dict[str, Any]:
        shown = {self._word(name): value for name, value in post.items() if name != "newest"}
        shown["public_metrics"] = self._counters(shown["public_metrics"])
        return {**shown, "new_thing": {"deep": [1]}} if self.unknown_fields else shown

    def _shown_user(self, user_id: str) -> dict[str, Any]:
        user = self.users[user_id]
        shown = {**user, "public_metrics": self._counters(user["public_metrics"])}
        return {**shown, "new_thing": None} if self.unknown_fields else shown

    def _counters(self, counters: dict[str, int]) -> dict[str, Any]:
        named = {self._word(name): value for name, value in counters.items()}
        return {f"{name}_str": str(value) for name, value in named.items()} if self.with_text_counters else named

    def _word(self, name: str) -> str:
        return OLD_TO_NEW.get(name, name) if self.words == "new" else name


MENTIONS = "GET mentions"
TIMELINE = "GET timeline"
SEARCH = "GET search"
POSTS = "GET posts"
USERS = "GET users"
ME = "GET me"
DM_EVENTS = "GET dms"
DM_CONVERSATION = "GET dms with"
CREATE = "POST posts"
SEND_DM = "POST dms"
ROUTES = {
    r"GET /2/users/\d+/mentions": MENTIONS,
    r"GET /2/users/\d+/tweets": TIMELINE,
    r"GET /2/tweets/search/recent": SEARCH,
    r"GET /2/tweets": POSTS,
    r"GET /2/users": USERS,
    r"GET /2/users/me": ME,
    r"GET /2/dm_events": DM_EVENTS,
    r"GET /2/dm_conversations/with/\d+/dm_events": DM_CONVERSATION,
    r"POST /2/tweets": CREATE,
    r"POST /2/dm_conversations/with/\d+/messages": SEND_DM,
}
ANSWERS: dict[str, Callable[[FakeX, httpx.Request], httpx.Response]] = {
    MENTIONS: FakeX._mentions,
    TIMELINE: FakeX._timeline,
    SEARCH: FakeX._search,
    POSTS: FakeX._lookup,
    USERS: FakeX._user_lookup,
    ME: FakeX._me,
    DM_EVENTS: FakeX._dm_events,
    DM_CONVERSATION: FakeX._dm_events,
    CREATE: FakeX._create,
    SEND_DM: FakeX._send_dm,
}


def endpoint_of(request: httpx.Request) -> str:
    asked = f"{request.method} {request.url.path}"
    return next(name for route, name in ROUTES.items() if re.fullmatch(route, asked))


def signature(request: httpx.Request, fields: dict[str, str]) -> str:
    """RFC 5849, HMAC-SHA1, worked out anew."""
    pairs = sorted([*fields.items(), *parse_qsl(request.url.query.decode(), keep_blank_values=True)])
    encoded = sorted((quote(name, safe="-._~"), quote(value, safe="-._~")) for name, value in pairs)
    normal = "&".join(f"{name}={value}" for name, value in encoded)
    address = f"{request.url.scheme}://{request.url.host}{request.url.path}"
    base = "&".join(quote(part, safe="-._~") for part in (request.method, address, normal))
    key = f"{CONSUMER[1]}&{TOKEN[1]}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def refers(post: dict[str, Any], kind: str) -> str | None:
    return next((each["id"] for each in post.get("referenced_tweets", []) if each["type"] == kind), None)


def answered(body: object, *, status: int = 200) -> httpx.Response:
    """As ASCII: half a character is legal JSON and must reach the client as such."""
    return httpx.Response(status, content=json.dumps(body).encode(), headers={"content-type": "application/json"})


def problem(status: int, kind: str, title: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
    body = {"title": title, "detail": "…", "type": kind, "status": status}
    return httpx.Response(status, json=body, headers=headers)


def limits(now: datetime, *, remaining: int, seconds: int = 900) -> dict[str, str]:
    reset = str(int(now.timestamp()) + seconds)
    return {"x-rate-limit-limit": "300", "x-rate-limit-remaining": str(remaining), "x-rate-limit-reset": reset}


def not_found(native_id: str) -> dict[str, Any]:
    return _inner(native_id, "resource-not-found", "Not Found Error")


def not_authorised(native_id: str) -> dict[str, Any]:
    return _inner(native_id, "not-authorized-for-resource", "Authorization Error")


def _inner(native_id: str, name: str, title: str) -> dict[str, Any]:
    return {
        "resource_id": native_id,
        "value": native_id,
        "parameter": "ids",
        "resource_type": "tweet",
        "title": title,
        "detail": "…",
        "type": f"https://api.twitter.com/2/problems/{name}",
    }
