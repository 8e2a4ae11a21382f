"""A small Google Play of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to fail."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.connectors.google_tokens import HOST, FakeTokens, refused

PACKAGE = "com.larkbank.app"
NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
ROOT = f"/androidpublisher/v3/applications/{PACKAGE}/reviews"
WEEK = timedelta(days=7)


def stamp(at: datetime, nanos: int = 713_000_000) -> dict[str, Any]:
    return {"seconds": str(int(at.timestamp())), "nanos": nanos}


@dataclass
class FakeGooglePlay:
    """The reviews of one app. Those changed last come first; one older than a week is neither listed nor shown."""

    page_size: int = 100
    tokens: FakeTokens = field(default_factory=FakeTokens)
    reviews: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: list[tuple[int, object]] = field(default_factory=list)
    """(Seconds since 1970, item): something nobody can read, in its place of the list."""
    now: datetime = NOW
    requests: list[httpx.Request] = field(default_factory=list)
    failures: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    """Verb → what its next calls meet instead of an answer."""
    lose_writes: int = 0
    """So many writes take effect, and no answer comes."""
    twice: bool = False
    more: dict[str, object] = field(default_factory=dict)
    """Stands in every object of an answer."""
    slept: list[float] = field(default_factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def say(self, text: str, *, at: datetime = NOW, stars: int = 1, name: str = "Joss Wattle", **more: Any) -> str:
        review_id = f"gp:{len(self.reviews):06d}"
        comment = {"text": text, "lastModified": stamp(at), "starRating": stars, "reviewerLanguage": "en", **more}
        self.reviews[review_id] = {"reviewId": review_id, "authorName": name, "comments": [{"userComment": comment}]}
        return review_id

    def edit(self, review_id: str, text: str, *, at: datetime) -> None:
        self.reviews[review_id]["comments"][0]["userComment"] |= {"text": text, "lastModified": stamp(at)}

    def answer(self, review_id: str, text: str, *, at: datetime = NOW) -> None:
        comments = self.reviews[review_id]["comments"]
        comments[1:] = [{"developerComment": {"text": text, "lastModified": stamp(at)}}]

    def answers(self) -> list[str]:
        comments = [review["comments"][1:] for review in self.reviews.values()]
        return [one["developerComment"]["text"] for some in comments for one in some]

    def fail(self, verb: str, *outcomes: httpx.Response | Exception) -> None:
        self.failures.setdefault(verb, []).extend(outcomes)

    def calls(self, verb: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.method == verb]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == HOST:
            return self.tokens.answer(request)
        self.requests.append(request)
        if self.failures.get(request.method):
            outcome = self.failures[request.method].pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        if not self.tokens.takes(request):
            return refused(401, "authError")
        if not request.url.path.startswith(ROOT):
            return refused(404, "applicationNotFound")
        rest = request.url.path.removeprefix(ROOT).removeprefix("/")
        if request.method == "POST":
            return self._reply(rest.removesuffix(":reply"), json.loads(request.content))
        return self._get(rest) if rest else self._list(request)

    def _list(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        items = [(_changed(review), review) for review in self.reviews.values() if self._shows(review)]
        ordered = sorted([*items, *self.broken], key=lambda item: item[0], reverse=True)
        start = int(query.get("token", "0"))
        size = min(self.page_size, int(query["maxResults"]))
        shown = [self._form(item) for _, item in ordered[start : start + size]]
        body: dict[str, Any] = {"reviews": shown * (2 if self.twice else 1)} if shown else {}
        if start + size < len(ordered):
            body["tokenPagination"] = {"nextPageToken": str(start + size)}
        return httpx.Response(200, content=json.dumps({**body, **self.more}).encode())

    def _get(self, review_id: str) -> httpx.Response:
        review = self.reviews.get(review_id)
        if review is None or not self._shows(review):
            return refused(404, "notFound")
        return httpx.Response(200, content=json.dumps(self._form(review)).encode())

    def _reply(self, review_id: str, body: dict[str, str]) -> httpx.Response:
        assert set(body) == {"replyText"}
        if review_id not in self.reviews:
            return refused(404, "notFound")
        if len(body["replyText"]) > 350:
            return refused(400, "badRequest")
        self.answer(review_id, body["replyText"], at=self.now)
        if self.lose_writes:
            self.lose_writes -= 1
            raise httpx.ReadTimeout("lost by the test")
        return httpx.Response(200, json={"result": {**body, "lastEdited": stamp(self.now)}})

    def _shows(self, review: dict[str, Any]) -> bool:
        return _changed(review) >= (self.now - WEEK).timestamp()

    def _form(self, item: Any) -> Any:
        if not self.more or "comments" not in item:
            return item
        comments = [{name: {**one, **self.more} for name, one in comment.items()} for comment in item["comments"]]
        return {**item, **self.more, "comments": comments}


def _changed(review: dict[str, Any]) -> int:
    return int(review["comments"][0]["userComment"]["lastModified"]["seconds"])
