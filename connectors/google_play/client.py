"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from connectors.google_answers import MissingError, refusal, with_token
from connectors.google_play.wire import Replied, Review, ReviewList
from connectors.google_token import GoogleTokens
from connectors.http import send
from connectors.json_answers import Unreadable, raw_bytes, read_answer, read_or_keep
from connectors.quota import Quota

VENDOR = "google play"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
REVIEWS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What was written or changed last comes first. `token` leads to older ones; None at the end."""

    reviews: tuple[Review | Unreadable, ...]
    token: str | None


class GooglePlayClient:
    """Speaks for one app. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        package: str,
        tokens: GoogleTokens,
        quota: Quota | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.package = package
        self._http = http
        self._tokens = tokens
        self._quota = quota
        self._now = now
        self._sleep = sleep
        self._root = f"/androidpublisher/v3/applications/{quote(package, safe='')}/reviews"

    def reviews(self, *, token: str | None = None) -> ReviewPage:
        """Of the last week, in the language they were written in."""
        query: dict[str, str | int] = {"maxResults": REVIEWS_PER_CALL}
        if token is not None:
            query["token"] = token
        answer = self._call("GET", self._root, "reviews.list", params=query)
        listed = read_answer(answer, ReviewList, vendor=VENDOR)
        return ReviewPage(tuple(_review(item) for item in listed.reviews), listed.tokens.next or None)

    def review(self, review_id: str) -> Review | None:
        """None where Google Play does not show it: it is gone, or older than a week."""
        try:
            answer = self._call("GET", f"{self._root}/{quote(review_id, safe='')}", "reviews.get")
        except MissingError:
            return None
        return read_answer(answer, Review, vendor=VENDOR)

    def reply(self, review_id: str, text: str) -> Replied:
        """One answer stands under a review: this one takes the place of any before it, so a repeat does no harm."""
        path = f"{self._root}/{quote(review_id, safe='')}:reply"
        answer = self._call("POST", path, "reviews.reply", json={"replyText": text})
        return read_answer(answer, Replied, vendor=VENDOR)

    def scopes(self) -> tuple[str, ...]:
        """What a fresh token is good for."""
        return self._tokens.scopes()

    def _call(self, method: str, path: str, endpoint: str, **arguments: Any) -> httpx.Response:
        return with_token(self._tokens, lambda token: self._send(token, method, path, endpoint, **arguments))

    def _send(self, token: str, method: str, path: str, endpoint: str, **arguments: Any) -> httpx.Response:
        answer = send(
            self._http,
            method,
            path,
            vendor=VENDOR,
            shown=endpoint,
            repeatable=True,
            reading=partial(refusal, now=self._now),
            quota=self._quota,
            endpoint=endpoint,
            sleep=self._sleep,
            headers={"Authorization": f"Bearer {token}"},
            **arguments,
        )
        if self._quota is not None:
            self._quota.used(endpoint)
        return answer


def _review(item: object) -> Review | Unreadable:
    review = read_or_keep(item, Review)
    if isinstance(review, Review) and review.said is None:
        return Unreadable("comments: no userComment in it", raw_bytes(item))
    return review
