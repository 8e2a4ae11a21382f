"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from connectors.app_store.key import Signer
from connectors.app_store.wire import Faults, OneApp, OneResponse, OneReview, Response, Review, ReviewList
from connectors.http import send
from connectors.json_answers import Unreadable, parsed, read_answer, read_or_keep, read_record
from connectors.quota import Quota
from models.errors import AccessError, EarshotError, PermanentError, RecordError, RetryableError

VENDOR = "app store"
REVIEWS_PER_CALL = 200
ENDPOINT = "api"
"""One limit for all calls of a key."""


class _StaleTokenError(AccessError):
    """The token is not accepted; a new one may be."""


class _MissingError(PermanentError):
    """What was asked for is not there."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review, and our answer where one stands under it."""

    review: Review
    response: Response | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Newest first. `next` leads to older ones; None at the end."""

    reviews: tuple[Reviewed | Unreadable, ...]
    next: str | None


class AppStoreClient:
    """Speaks for one app. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        app_id: str,
        signer: Signer,
        quota: Quota | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.app_id = app_id
        self._http = http
        self._signer = signer
        self._quota = quota
        self._sleep = sleep

    def reviews(self, *, next: str | None = None) -> ReviewPage:
        """Of all countries."""
        path = f"/v1/apps/{quote(self.app_id, safe='')}/customerReviews"
        query = {"sort": "-createdDate", "limit": REVIEWS_PER_CALL, "include": "response"}
        arguments: dict[str, Any] = {"params": query} if next is None else {}
        answer = self._call("GET", next or path, "customerReviews", **arguments)
        listed = read_answer(answer, ReviewList, vendor=VENDOR)
        responses = _responses(listed.included)
        return ReviewPage(tuple(_review(item, responses) for item in listed.data), self._ours(listed.links.next))

    def review(self, review_id: str) -> Reviewed | None:
        """None where it is gone."""
        path = f"/v1/customerReviews/{quote(review_id, safe='')}"
        try:
            answer = self._call("GET", path, "customerReviews", params={"include": "response"})
        except _MissingError:
            return None
        found = read_answer(answer, OneReview, vendor=VENDOR)
        return _with_response(found.data, _responses(found.included))

    def respond(self, review_id: str, text: str) -> Response:
        """One answer stands under a review: this one takes the place of any before it, so a repeat does no harm."""
        data = {
            "type": "customerReviewResponses",
            "attributes": {"responseBody": text},
            "relationships": {"review": {"data": {"type": "customerReviews", "id": review_id}}},
        }
        answer = self._call("POST", "/v1/customerReviewResponses", "customerReviewResponses", json={"data": data})
        return read_answer(answer, OneResponse, vendor=VENDOR).data

    def app(self) -> str:
        """The bundle id of our app, its number where none is told."""
        answer = self._call("GET", f"/v1/apps/{quote(self.app_id, safe='')}", "apps")
        found = read_answer(answer, OneApp, vendor=VENDOR).data
        return found.facts.bundle_id or found.id

    def _ours(self, link: str | None) -> str | None:
        """A link out of an answer is followed, with our token, only to where the answer came from."""
        if not link:
            return None
        try:
            there, here = httpx.URL(link), self._http.base_url
        except (httpx.InvalidURL, TypeError):
            raise RetryableError("app store: the next page has no address that can be read") from None
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise RetryableError("app store: the next page is at another host; it is not followed")
        return link

    def _call(self, method: str, path: str, shown: str, **arguments: Any) -> httpx.Response:
        try:
            return self._send(method, path, shown, **arguments)
        except _StaleTokenError:
            self._signer.forget()
        return self._send(method, path, shown, **arguments)

    def _send(self, method: str, path: str, shown: str, **arguments: Any) -> httpx.Response:
        answer = send(
            self._http,
            method,
            path,
            vendor=VENDOR,
            shown=shown,
            repeatable=True,
            reading=_refusal,
            quota=self._quota,
            endpoint=ENDPOINT,
            sleep=self._sleep,
            headers={"Authorization": f"Bearer {self._signer.token()}"},
            **arguments,
        )
        if self._quota is not None:
            self._quota.used(ENDPOINT)
        return answer


def _refusal(response: httpx.Response, where: str) -> EarshotError | None:
    if response.status_code == 401:
        return _StaleTokenError(
            f"{where}: 401; the key is not accepted: look at issuer, key id and .p8 file, and at this machine's clock"
        )
    if response.status_code == 403 and "FORBIDDEN_ERROR" in _codes(response):
        return AccessError(
            f"{where}: 403; the key's role does not reach this: give it Customer Support, App Manager or Admin"
        )
    if response.status_code == 404:
        return _MissingError(f"{where}: 404; it is not there (any more)")
    return None


def _codes(response: httpx.Response) -> frozenset[str]:
    """The words the API gives for what went wrong; `FORBIDDEN_ERROR` of `FORBIDDEN_ERROR.ROLE` as well."""
    try:
        faults = Faults.model_validate(parsed(response.content)).errors
    except (ValidationError, ValueError, RecursionError):
        return frozenset()
    return frozenset(fault.code.split(".")[0] for fault in faults)


def _responses(included: tuple[object, ...]) -> Mapping[str, Response]:
    """By their id. One that cannot be read is left out: it is ours, and no review."""
    found = {}
    for item in included:
        try:
            response = read_record(item, Response)
        except RecordError:
            continue
        found[response.id] = response
    return found


def _review(item: object, responses: Mapping[str, Response]) -> Reviewed | Unreadable:
    review = read_or_keep(item, Review)
    return review if isinstance(review, Unreadable) else _with_response(review, responses)


def _with_response(review: Review, responses: Mapping[str, Response]) -> Reviewed:
    named = review.relations.response.data
    return Reviewed(review, responses.get(named.id) if named else None)
