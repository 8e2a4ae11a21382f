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
    told: Callable[[tuple[str, httpx.Response]], None] = lambda told: None
    """Is given method and answer, for the check against the lexicons."""
    failures: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    """Method → what its next calls meet instead of an answer."""
    before: dict[str, Callable[["FakeBluesky"], None]] = field(default_factory=dict)
    """Method → something that happens on the network just before it is answered."""
    now: datetime = NOW + timedelta(minutes=1)
    """When our own messages are sent."""
    slept: list[float] = field(default_factory=list)
    convos: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Conversations by id, with their messages, oldest first."""
    log: list[dict[str, Any]] = field(default_factory=list)
    log_page: int = 50
    is_doubling: bool = False
    """Every page of notifications, and of the log, holds its items twice."""
    is_adding_fields: bool = False
    allows_direct_messages: bool = True
    """Whether the app password was made for them."""
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

    def write(self, did: str, text: str, *, to: str = DID, at: datetime = NOW, **more: Any) -> str:
        """A direct message; gives its name as the connector has it: conversation and message."""
        self._serial += 1
        other = did if did != DID else to
        convo_id = f"convo-{other.rsplit(':', 1)[-1]}"
        members = [{"did": each, "handle": self.profiles[each]["handle"], "viewer": {}} for each in (DID, other)]
        convo = self.convos.setdefault(convo_id, {"members": members, "messages": [], "kind": "directConvo"})
        rev, view = f"rev{self._serial:06d}", "chat.bsky.convo.defs#messageView"
        message = {"$type": view, "id": f"m{self._serial}", "rev": rev, "text": text, "sender": {"did": did}, **more}
        convo["messages"].append({**message, "sentAt": written(at)})
        created = {"$type": "chat.bsky.convo.defs#logCreateMessage", "rev": rev, "convoId": convo_id}
        self.log.append({**created, "message": convo["messages"][-1]})
        return f"{convo_id}/m{self._serial}"

    def hide(self, name: str) -> None:
        """We deleted a message for ourselves; its author cannot delete it for us."""
        convo_id, message_id = name.split("/")
        deleted = "chat.bsky.convo.defs#deletedMessageView"
        for message in self.convos[convo_id]["messages"]:
            if message["id"] == message_id:
                message.pop("text")
                message["$type"] = deleted
        view = {"$type": deleted, "id": message_id, "rev": "r", "sender": {"did": DID}, "sentAt": written(NOW)}
        self.happen("logDeleteMessage", message=view)

    def happen(self, kind: str, **more: Any) -> None:
        """Something in a conversation that is no message."""
        self._serial += 1
        rev = f"rev{self._serial:06d}"
        self.log.append({"$type": f"chat.bsky.convo.defs#{kind}", "rev": rev, "convoId": "convo-any", **more})

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
        answer = self._answer_to(request)
        self.told((request.url.path.removeprefix("/xrpc/"), answer))
        return answer

    def _answer_to(self, request: httpx.Request) -> httpx.Response:
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
        if method.startswith("chat."):
            assert request.headers["atproto-proxy"] == "did:web:api.bsky.chat#bsky_chat"
            if not self.allows_direct_messages:
                return refused(400, "InvalidToken", message="Bad token method")
        if self.is_adding_fields:
            return answered(with_more(json.loads(answer(request).content)))
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
        twice = 2 if self.is_doubling else 1
        body: dict[str, Any] = {"notifications": shown * twice, "priority": False}
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

    def _getPostThread(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        uri = request.url.params["uri"]
        if uri not in self.posts:
            return refused(400, "NotFound")
        if self._is_blocked_by(uri):
            author = {"did": self.posts[uri]["author"]["did"], "viewer": {"blockedBy": True}}
            blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri, "blocked": True, "author": author}
            return answered({"thread": blocked})
        return answered({"thread": {**self._with_parents(uri), "replies": self._with_replies(uri)}})

    def _with_parents(self, uri: str) -> dict[str, Any]:
        kind = "app.bsky.feed.defs#"
        if uri not in self.posts:
            return {"$type": kind + "notFoundPost", "uri": uri, "notFound": True}
        reply = self.posts[uri]["record"].get("reply")
        parent = {"parent": self._with_parents(reply["parent"]["uri"])} if reply else {}
        return {"$type": kind + "threadViewPost", "post": self.posts[uri], **parent}

    def _with_replies(self, uri: str) -> list[dict[str, Any]]:
        below = [
            each
            for each, view in self.posts.items()
            if view["record"].get("reply", {}).get("parent", {}).get("uri") == uri
        ]
        kind = {"$type": "app.bsky.feed.defs#threadViewPost"}
        return [{**kind, "post": self.posts[each], "replies": self._with_replies(each)} for each in below]

    def _getLog(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        newest = self.log[-1]["rev"] if self.log else "rev000000"
        if "cursor" not in request.url.params:
            return answered({"logs": [], "cursor": newest})
        later = [entry for entry in self.log if entry["rev"] > request.url.params["cursor"]][: self.log_page]
        place = later[-1]["rev"] if later else request.url.params["cursor"]
        return answered({"logs": later * (2 if self.is_doubling else 1), "cursor": place})

    def _listConvos(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        first = int(request.url.params.get("cursor", 0))
        shown = list(self.convos)[first : first + int(request.url.params["limit"])]
        cursor = {"cursor": str(first + len(shown))} if first + len(shown) < len(self.convos) else {}
        return answered({"convos": [self._convo(each) for each in shown], **cursor})

    def _getConvo(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        convo_id = request.url.params["convoId"]
        if convo_id not in self.convos:
            return refused(400, "InvalidConvo")
        return answered({"convo": self._convo(convo_id)})

    def _getMessages(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        query = request.url.params
        if query["convoId"] not in self.convos:
            return refused(400, "InvalidConvo")
        newest_first = self.convos[query["convoId"]]["messages"][::-1]
        first = int(query.get("cursor", 0))
        shown = newest_first[first : first + min(self.page_size, int(query["limit"]))]
        cursor = {"cursor": str(first + len(shown))} if first + len(shown) < len(newest_first) else {}
        return answered({"messages": shown, **cursor})

    def _sendMessage(self, request: httpx.Request) -> httpx.Response:  # noqa: N802
        asked = json.loads(request.content)
        if asked["convoId"] not in self.convos:
            return refused(400, "InvalidConvo")
        other = self.convos[asked["convoId"]]["members"][1]["did"]
        self.write(DID, to=other, at=self.now, **asked["message"])
        return answered(self.convos[asked["convoId"]]["messages"][-1])

    def _convo(self, convo_id: str) -> dict[str, Any]:
        convo = self.convos[convo_id]
        last = {"lastMessage": convo["messages"][-1]} if convo["messages"] else {}
        kind = {"$type": f"chat.bsky.convo.defs#{convo['kind']}"}
        rest = {"rev": "rev000001", "muted": False, "unreadCount": 0, "status": "accepted"}
        return {"id": convo_id, "members": convo["members"], **rest, **last, "kind": kind}

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


def with_more(value: Any) -> Any:
    """Every object with a field that nobody has told us of."""
    if isinstance(value, list):
        return [with_more(each) for each in value]
    if isinstance(value, dict):
        return {"newField": {"a": [1]}, **{name: with_more(each) for name, each in value.items()}}
    return value


def answered(body: object) -> httpx.Response:
    """As ASCII: half a character is legal JSON and must reach the client as such."""
    return httpx.Response(200, content=json.dumps(body).encode())


def refused(status: int, error: str, *, message: str = "…", headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": error, "message": message}, headers=headers)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
