"""A small Bluesky of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to fail.

Shapes follow the lexicons and answers of a real network; `test_shapes.py` holds the connector to both.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

HANDLE = "earshotbank.test"
DID = "did:plc:earshotbank"
PASSWORD = "app-password"  # noqa: S105 (of a fake)
NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
POST = "app.bsky.feed.post"


def written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class FakeBluesky:
    """The network as our account sees it."""

    page_size: int = 100
    """Most notifications in one answer, whatever is asked for."""
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Post views by address."""
    notifications: list[dict[str, Any]] = field(default_factory=list)
    own_records: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    failures: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    """Method → what its next calls meet instead of an answer."""
    before: dict[str, Callable[["FakeBluesky"], None]] = field(default_factory=dict)
    """Method → something that happens on the network just before it is answered."""
    slept: list[float] = field(default_factory=list)
    _serial: int = 0
    _logins: int = 0
    _access: str = ""
    _refresh: str = ""

    def __post_init__(self) -> None:
        self.add_account(DID, HANDLE)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    # What people do -------------------------------------------------------------------------------------------------

    def add_account(self, did: str, handle: str, **fields: Any) -> str:
        counts = {"followersCount": 0, "followsCount": 0, "postsCount": 0}
        base = {"did": did, "handle": handle, "viewer": {"blockedBy": False}, "createdAt": "2024-01-01T00:00:00.000Z"}
        self.profiles[did] = {**base, **counts, **fields}
        return did

    def post(
        self,
        did: str,
        text: str,
        *,
        at: datetime = NOW,
        created_at: str | None = None,
        reply_to: str | None = None,
        quoting: str | None = None,
        **record: Any,
    ) -> str:
        """Address of a new post, indexed at `at`; `created_at` is what its client claims."""
        self._serial += 1
        uri = f"at://{did}/{POST}/{self._serial:013d}"
        made: dict[str, Any] = {"$type": POST, "text": text, "createdAt": created_at or written(at), **record}
        if reply_to:
            parent = self.posts[reply_to]
            root = parent["record"].get("reply", {}).get("root", self._ref(reply_to))
            made["reply"] = {"root": root, "parent": self._ref(reply_to)}
        if quoting:
            made["embed"] = {"$type": "app.bsky.embed.record", "record": self._ref(quoting)}
        self.posts[uri] = {
            "uri": uri,
            "cid": f"cid{self._serial}",
            "author": self._brief(did),
            "record": made,
            "indexedAt": written(at),
        }
        return uri

    def mention(self, did: str, text: str, *, reason: str = "mention", at: datetime = NOW, **more: Any) -> str:
        """A post that our account is told about."""
        uri = self.post(did, text, at=at, **more)
        self.notify(uri, reason)
        return uri

    def notify(self, uri: str, reason: str) -> dict[str, Any]:
        """Its place in the feed is the earlier of what its client claims and when it was indexed."""
        view = self.posts[uri]
        place = view["indexedAt"]
        claimed = view["record"]["createdAt"]
        if claimed[:4].isdecimal() and claimed < place:
            place = claimed
        item = {"uri": uri, "cid": view["cid"], "author": view["author"], "reason": reason, "record": view["record"]}
        self.notifications.append({**item, "isRead": False, "indexedAt": place, "labels": []})
        return self.notifications[-1]

    def delete(self, uri: str) -> None:
        """Gone without a trace, as on the real network."""
        self.posts.pop(uri)
        self.notifications = [item for item in self.notifications if item["uri"] != uri]

    def deactivate(self, did: str) -> None:
        """Profile and posts disappear; a notification may still be listed for a moment."""
        self.profiles.pop(did)
        self.posts = {uri: view for uri, view in self.posts.items() if view["author"]["did"] != did}

    def expire_access(self) -> None:
        self._access = "expired"

    def expire_everything(self) -> None:
        self._access = self._refresh = "expired"

    def fail(self, method: str, *outcomes: httpx.Response | Exception) -> None:
        self.failures.setdefault(method, []).extend(outcomes)

    def calls(self, method: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path == f"/xrpc/{method}"]

    # What the servers answer ----------------------------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        method = request.url.path.removeprefix("/xrpc/")
        self.before.get(method, lambda _: None)(self)
        if self.failures.get(method):
            outcome = self.failures[method].pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        answer = getattr(self, "_" + method.rsplit(".", 1)[-1])
        if method.startswith("com.atproto.server."):
            return answer(request)
        if request.headers.get("authorization") != f"Bearer {self._access}":
            return refused(400, "ExpiredToken")
        return answer(request)

    def _createSession(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        asked = json.loads(request.content)
        if asked != {"identifier": HANDLE, "password": PASSWORD}:
            return refused(401, "AuthenticationRequired")
        return self._session()

    def _refreshSession(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        if request.headers["authorization"] != f"Bearer {self._refresh}":
            return refused(400, "ExpiredToken")
        return self._session()

    def _session(self) -> httpx.Response:
        self._logins += 1
        self._access, self._refresh = f"access{self._logins}", f"refresh{self._logins}"
        tokens = {"accessJwt": self._access, "refreshJwt": self._refresh}
        return answered({**tokens, "did": DID, "handle": HANDLE, "active": True})

    def _listNotifications(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        query = request.url.params
        assert query.get_list("reasons") == ["mention", "reply", "quote"]
        assert query["priority"] == "false"
        newest_first = sorted(self.notifications, key=lambda item: str(item.get("indexedAt", "")), reverse=True)
        cursor = query.get("cursor")
        older = [item for item in newest_first if cursor is None or str(item.get("indexedAt", "")) < cursor]
        shown = older[: min(self.page_size, int(query["limit"]))]
        body: dict[str, Any] = {"notifications": shown, "priority": False}
        if len(shown) < len(older):
            body["cursor"] = shown[-1]["indexedAt"]
        return answered(body)

    def _getProfiles(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        asked = request.url.params.get_list("actors")
        assert len(asked) <= 25
        return answered({"profiles": [self.profiles[did] for did in asked if did in self.profiles]})

    def _getPosts(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        asked = request.url.params.get_list("uris")
        assert len(asked) <= 25
        shown = [self.posts[uri] for uri in asked if uri in self.posts and not self._is_blocked_by(uri)]
        return answered({"posts": shown})

    def _getAuthorFeed(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        query = request.url.params
        did = query["actor"]
        if did not in self.profiles:
            return refused(400, "InvalidRequest")
        if self.profiles[did]["viewer"]["blockedBy"]:
            return refused(400, "BlockedByActor")
        theirs = [view for view in self.posts.values() if view["author"]["did"] == did]
        newest_first = sorted(theirs, key=lambda view: view["indexedAt"], reverse=True)
        older = [view for view in newest_first if "cursor" not in query or view["indexedAt"] < query["cursor"]]
        shown = older[: int(query["limit"])]
        cursor = {"cursor": shown[-1]["indexedAt"]} if len(shown) < len(older) else {}
        return answered({"feed": [{"post": view} for view in shown], **cursor})

    def _getRecord(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        rkey = request.url.params["rkey"]
        if rkey not in self.own_records:
            return refused(400, "RecordNotFound")
        uri = f"at://{DID}/{POST}/{rkey}"
        return answered({"uri": uri, "cid": "own", "value": self.own_records[rkey]})

    def _putRecord(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        asked = json.loads(request.content)
        assert asked["repo"] == DID
        assert asked["collection"] == POST
        self.own_records[asked["rkey"]] = asked["record"]
        return answered({"uri": f"at://{DID}/{POST}/{asked['rkey']}", "cid": "own"})

    def _is_blocked_by(self, uri: str) -> bool:
        profile = self.profiles.get(self.posts[uri]["author"]["did"])
        return bool(profile and profile["viewer"]["blockedBy"])

    def _brief(self, did: str) -> dict[str, Any]:
        names = ("did", "handle", "displayName", "avatar", "createdAt", "viewer", "description")
        return {name: self.profiles[did][name] for name in names if name in self.profiles[did]}

    def _ref(self, uri: str) -> dict[str, str]:
        return {"uri": uri, "cid": self.posts[uri]["cid"]}


def answered(body: object) -> httpx.Response:
    """As ASCII: half a character is legal JSON and must reach the client as such."""
    return httpx.Response(200, content=json.dumps(body).encode())


def refused(status: int, error: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": error, "message": "…"}, headers=headers)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
