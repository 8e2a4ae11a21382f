"""A small YouTube of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to fail."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.connectors.google_tokens import HOST, FakeTokens, refused

OURS = "UClarkbank"
KEY = "api-key"
NOW = datetime(2026, 6, 5, 6, 58, tzinfo=UTC)
"""Two minutes before midnight Pacific time."""
ROOT = "/youtube/v3/"
SOME_REPLIES = 5


def written(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class FakeYouTube:
    """One channel with one video; people comment and reply."""

    page_size: int = 100
    """Most threads or replies in one answer, whatever is asked for."""
    tokens: FakeTokens = field(default_factory=lambda: FakeTokens("https://www.googleapis.com/auth/youtube.force-ssl"))
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Snippets, oldest first; those with `parentId` are replies."""
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: list[tuple[datetime, object]] = field(default_factory=list)
    """Threads nobody can read, in their place of the list."""
    broken_replies: dict[str, object] = field(default_factory=dict)
    """Thread → a reply nobody can read."""
    now: datetime = NOW
    owner: str = OURS
    """Who gave consent."""
    can_reply: bool = True
    held: set[str] = field(default_factory=set)
    """Comments that are held back for review."""
    missing_is_404: bool = False
    requests: list[httpx.Request] = field(default_factory=list)
    failures: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    """`GET commentThreads` and the like → what its next calls meet instead of an answer."""
    lose_writes: int = 0
    twice: bool = False
    more: dict[str, object] = field(default_factory=dict)
    slept: list[float] = field(default_factory=list)
    _serial: int = 0

    def __post_init__(self) -> None:
        self.open_channel(OURS, "Larkbank", handle="@larkbank")

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    # What people do -------------------------------------------------------------------------------------------------

    def open_channel(self, channel_id: str, title: str, *, handle: str | None = None, **statistics: Any) -> str:
        snippet = {"title": title, "description": "", "publishedAt": "2019-03-01T10:00:00.5Z"}
        if handle:
            snippet["customUrl"] = handle
        counts = {"viewCount": "10", "subscriberCount": "0", "hiddenSubscriberCount": False, "videoCount": "0"}
        self.channels[channel_id] = {"snippet": snippet, "statistics": {**counts, **statistics}}
        return channel_id

    def comment(self, author: str, text: str, *, at: datetime = NOW, under: str | None = None, **snippet: Any) -> str:
        """Id of a new comment, or of a reply `under` one."""
        self._serial += 1
        comment_id = f"{under}.r{self._serial}" if under else f"Ugx{self._serial:04d}"
        name = self.channels[author]["snippet"].get("customUrl") if author in self.channels else None
        made = {
            "textDisplay": text,
            "authorDisplayName": name or "@somebody",
            "authorProfileImageUrl": "https://yt3.test/a.jpg",
            "authorChannelId": {"value": author},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 3,
            "publishedAt": written(at),
            "updatedAt": written(at),
        }
        place = {"parentId": under} if under else {"channelId": OURS, "videoId": "video1"}
        self.comments[comment_id] = {**made, **place, **snippet}
        return comment_id

    def edit(self, comment_id: str, text: str, *, at: datetime) -> None:
        self.comments[comment_id] |= {"textDisplay": text, "updatedAt": written(at)}

    def delete(self, comment_id: str) -> None:
        """With everything under it."""
        self.comments = {
            name: snippet
            for name, snippet in self.comments.items()
            if name != comment_id and snippet.get("parentId") != comment_id
        }

    def replies_to(self, thread_id: str) -> list[str]:
        return [name for name, snippet in self.comments.items() if snippet.get("parentId") == thread_id]

    def fail(self, what: str, *outcomes: httpx.Response | Exception) -> None:
        self.failures.setdefault(what, []).extend(outcomes)

    def calls(self, what: str) -> list[httpx.Request]:
        return [request for request in self.requests if _name(request) == what]

    # What the servers answer ----------------------------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == HOST:
            return self.tokens.answer(request)
        self.requests.append(request)
        assert "key" not in request.url.params, "a key in an address ends up in logs"
        if self.failures.get(_name(request)):
            outcome = self.failures[_name(request)].pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        is_owner = self.tokens.takes(request)
        if not is_owner and request.headers.get("x-goog-api-key") != KEY:
            return refused(401, "authError")
        query = dict(request.url.params)
        answers = {"commentThreads": self._threads, "channels": self._channels}
        if request.method == "POST":
            assert is_owner
            if request.url.path.endswith("/setModerationStatus"):
                return self._moderate(query)
            return self._insert(json.loads(request.content)["snippet"])
        if request.url.path == ROOT + "comments":
            return self._comments(query)
        return answers[request.url.path.removeprefix(ROOT)](query, is_owner=is_owner)

    def _threads(self, query: dict[str, str], *, is_owner: bool) -> httpx.Response:
        tops = {name: snippet for name, snippet in self.comments.items() if "parentId" not in snippet}
        if "id" in query:
            shown = [self._thread(name, is_owner=is_owner) for name in query["id"].split(",") if name in tops]
            return self._listed("commentThread", shown)
        assert query["allThreadsRelatedToChannelId"] == OURS
        assert (query["order"], query["textFormat"], query["part"]) == ("time", "plainText", "snippet,replies")
        items: list[tuple[str, object]] = [
            (snippet["publishedAt"], self._thread(name, is_owner=is_owner)) for name, snippet in tops.items()
        ]
        broken = [(written(at), item) for at, item in self.broken]
        ordered = [item for _, item in sorted([*items, *broken], key=lambda one: one[0], reverse=True)]
        return self._paged("commentThread", ordered, query)

    def _thread(self, name: str, *, is_owner: bool) -> dict[str, Any]:
        replies = self.replies_to(name)
        broken = [self.broken_replies[name]] if name in self.broken_replies else []
        snippet = {
            "channelId": OURS,
            "videoId": "video1",
            "topLevelComment": self._comment(name),
            "canReply": self.can_reply and is_owner,
            "totalReplyCount": len(replies) + len(broken),
            "isPublic": True,
        }
        thread: dict[str, Any] = {"kind": "youtube#commentThread", "etag": "e", "id": name, "snippet": snippet}
        if replies or broken:
            shown = [*(self._comment(reply) for reply in replies), *broken]
            thread["replies"] = {"comments": shown[-SOME_REPLIES:]}
        return {**thread, **self.more}

    def _comments(self, query: dict[str, str]) -> httpx.Response:
        if "id" in query:
            asked = query["id"].split(",")
            assert len(asked) <= 50
            if self.missing_is_404 and not set(asked) <= set(self.comments):
                return refused(404, "commentNotFound")
            return self._listed("comment", [self._comment(name) for name in asked if name in self.comments])
        if query["parentId"] not in self.comments:
            return refused(404, "commentNotFound")
        replies = [self._comment(name) for name in self.replies_to(query["parentId"])]
        broken = self.broken_replies.get(query["parentId"])
        return self._paged("comment", [*replies, *([broken] if broken else [])], query)

    def _channels(self, query: dict[str, str], *, is_owner: bool) -> httpx.Response:
        if "mine" in query:
            assert is_owner
            return self._listed("channel", [{"kind": "youtube#channel", "id": self.owner}])
        asked = query["id"].split(",")
        assert len(asked) <= 50
        return self._listed("channel", [{"id": one, **self.channels[one]} for one in asked if one in self.channels])

    def _insert(self, snippet: dict[str, str]) -> httpx.Response:
        if snippet["parentId"] not in self.comments:
            return refused(404, "parentCommentNotFound")
        made = self.comment(self.owner, snippet["textOriginal"], at=self.now, under=snippet["parentId"])
        if self.lose_writes:
            self.lose_writes -= 1
            raise httpx.ReadTimeout("lost by the test")
        return httpx.Response(200, json=self._comment(made))

    def _moderate(self, query: dict[str, str]) -> httpx.Response:
        if query["id"] not in self.comments:
            return refused(404, "commentNotFound")
        assert query["moderationStatus"] in ("heldForReview", "published", "rejected")
        (self.held.discard if query["moderationStatus"] == "published" else self.held.add)(query["id"])
        if self.lose_writes:
            self.lose_writes -= 1
            raise httpx.ReadTimeout("lost by the test")
        return httpx.Response(204)

    def _comment(self, name: str) -> dict[str, Any]:
        form = {"kind": "youtube#comment", "etag": "e", "id": name, "snippet": {**self.comments[name], **self.more}}
        return {**form, **self.more}

    def _paged(self, kind: str, ordered: list[Any], query: dict[str, str]) -> httpx.Response:
        start, size = int(query.get("pageToken", "0")), min(self.page_size, int(query["maxResults"]))
        token = str(start + size) if start + size < len(ordered) else None
        return self._listed(kind, ordered[start : start + size] * (2 if self.twice else 1), token)

    def _listed(self, kind: str, items: list[Any], token: str | None = None) -> httpx.Response:
        body: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": {"totalResults": 9}}
        body |= {"nextPageToken": token} if token else {}
        body |= {"items": items} if items else {}
        return httpx.Response(200, content=json.dumps({**body, **self.more}).encode())


def _name(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path.removeprefix(ROOT)}"
