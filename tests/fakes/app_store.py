"""A small App Store Connect of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to
fail. It takes only tokens as Apple does: ES256, of at most 20 minutes."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import jwt

from tests.connectors.keys import ec_public

APP = "1234567890"
ISSUER = "69a6de70-0000-47e3-e053-5b8c7c11a4d1"
KEY_ID = "2X9R4HXF34"
NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
HERE = "https://appstore.test"
LIST = f"/v1/apps/{APP}/customerReviews"


def written(at: datetime) -> str:
    """As Apple writes instants: in the time of its head office."""
    return at.astimezone(timezone(timedelta(hours=-7))).isoformat()


@dataclass
class FakeAppStore:
    """The reviews of one app, newest first, each with at most one response."""

    page_size: int = 200
    reviews: dict[str, dict[str, Any]] = field(default_factory=dict)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By review."""
    broken: list[tuple[datetime, object]] = field(default_factory=list)
    """Something nobody can read, in its place of the list."""
    now: datetime = NOW
    requests: list[httpx.Request] = field(default_factory=list)
    failures: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    """Verb → what its next calls meet instead of an answer."""
    lose_writes: int = 0
    twice: bool = False
    more: dict[str, object] = field(default_factory=dict)
    next_host: str = HERE
    remaining: int = 3545
    revoked: set[str] = field(default_factory=set)
    """Tokens that are no longer taken."""
    slept: list[float] = field(default_factory=list)
    _places: dict[str, datetime] = field(default_factory=dict)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def say(self, text: str, *, at: datetime = NOW, title: str | None = None, stars: int = 1, **more: Any) -> str:
        review_id = f"0000-{len(self.reviews):06d}"
        facts = {"rating": stars, "title": title, "body": text, "reviewerNickname": "Joss W", "territory": "AUS"}
        facts |= {"createdDate": written(at), **more}
        self.reviews[review_id] = {"type": "customerReviews", "id": review_id, "attributes": facts}
        self._places[review_id] = at
        return review_id

    def edit(self, review_id: str, text: str, *, at: datetime | None = None) -> None:
        """`at`: Apple moves it to the top."""
        self.reviews[review_id]["attributes"]["body"] = text
        if at:
            self.reviews[review_id]["attributes"]["createdDate"] = written(at)
            self._places[review_id] = at

    def respond(self, review_id: str, text: str, *, at: datetime = NOW) -> str:
        response_id = f"response-{review_id}"
        facts = {"responseBody": text, "lastModifiedDate": written(at), "state": "PENDING_PUBLISH"}
        response = {"type": "customerReviewResponses", "id": response_id, "attributes": facts}
        self.responses[review_id] = response
        return response_id

    def fail(self, verb: str, *outcomes: httpx.Response | Exception) -> None:
        self.failures.setdefault(verb, []).extend(outcomes)

    def calls(self, verb: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.method == verb]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "appstore.test", "no token of ours goes to another host"
        self.requests.append(request)
        if self.failures.get(request.method):
            outcome = self.failures[request.method].pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        if not self._takes(request.headers["authorization"].removeprefix("Bearer ")):
            return refused(401, "NOT_AUTHORIZED")
        path = request.url.path
        if request.method == "POST":
            assert path == "/v1/customerReviewResponses"
            return self._respond(json.loads(request.content)["data"])
        if path == LIST:
            return self._list(request)
        if path == f"/v1/apps/{APP}":
            return self._answered({"data": {"type": "apps", "id": APP, "attributes": {"bundleId": "com.larkbank"}}})
        review_id = path.removeprefix("/v1/customerReviews/")
        if review_id not in self.reviews:
            return refused(404, "NOT_FOUND")
        return self._answered({"data": self._form(review_id), "included": self._included([review_id])})

    def _takes(self, token: str) -> bool:
        try:
            claims = jwt.decode(
                token,
                ec_public(),
                algorithms=["ES256"],
                audience="appstoreconnect-v1",
                issuer=ISSUER,
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return False
        assert jwt.get_unverified_header(token) == {"alg": "ES256", "kid": KEY_ID, "typ": "JWT"}
        age = self.now.timestamp() - claims["iat"]
        return token not in self.revoked and claims["exp"] - claims["iat"] <= 1200 and 0 <= age < 1200

    def _list(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        assert query["sort"] == "-createdDate"
        assert int(query["limit"]) <= 200
        items: list[tuple[datetime, object]] = [(self._places[one], one) for one in self.reviews]
        ordered = sorted([*items, *self.broken], key=lambda item: item[0], reverse=True)
        start = int(query.get("cursor", "0"))
        shown = [item for _, item in ordered[start : start + self.page_size]]
        forms = [self._form(item) if isinstance(item, str) else item for item in shown]
        links = {"self": f"{HERE}{LIST}"}
        if start + self.page_size < len(ordered):
            following = request.url.copy_set_param("cursor", str(start + self.page_size))
            links["next"] = f"{self.next_host}{following.raw_path.decode()}"
        ids = [item for item in shown if isinstance(item, str)]
        return self._answered(
            {"data": forms * (2 if self.twice else 1), "included": self._included(ids), "links": links}
        )

    def _respond(self, data: dict[str, Any]) -> httpx.Response:
        review_id = data["relationships"]["review"]["data"]["id"]
        if review_id not in self.reviews:
            return refused(404, "NOT_FOUND")
        self.respond(review_id, data["attributes"]["responseBody"], at=self.now)
        if self.lose_writes:
            self.lose_writes -= 1
            raise httpx.ReadTimeout("lost by the test")
        return self._answered({"data": self.responses[review_id]}, status=201)

    def _form(self, review_id: str) -> dict[str, Any]:
        review = self.reviews[review_id]
        response = self.responses.get(review_id)
        named = {"type": "customerReviewResponses", "id": response["id"]} if response else None
        relations: dict[str, Any] = {"response": {"data": named, "links": {"self": f"{HERE}/x"}}}
        return {**review, "attributes": {**review["attributes"], **self.more}, "relationships": relations, **self.more}

    def _included(self, review_ids: list[str]) -> list[dict[str, Any]]:
        return [{**self.responses[one], **self.more} for one in review_ids if one in self.responses]

    def _answered(self, body: dict[str, Any], *, status: int = 200) -> httpx.Response:
        headers = {"X-Rate-Limit": f"user-hour-lim:3600;user-hour-rem:{self.remaining};"}
        return httpx.Response(status, content=json.dumps({**body, **self.more}).encode(), headers=headers)


def refused(status: int, code: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
    fault = {"id": "0", "status": str(status), "code": code, "title": "…", "detail": "…"}
    return httpx.Response(status, json={"errors": [fault]}, headers=headers)
