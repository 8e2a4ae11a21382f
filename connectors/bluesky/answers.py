"""How Bluesky's answers are read: typed, or as one of our errors."""

import time
from typing import TypeVar

import httpx
from pydantic import ValidationError

from connectors import json_answers
from connectors.bluesky.wire import WireError
from connectors.http import retry_after_seconds
from models.errors import AccessError, EarshotError, RetryableError

T = TypeVar("T")

STALE_TOKEN_ERRORS = frozenset({"ExpiredToken", "InvalidToken"})
"""Sent with status 400, not 401."""


class StaleTokenError(AccessError):
    """The token is no longer good; a fresh one may be."""


class RateLimitedError(RetryableError):
    """We ask too much; `retry_after_seconds` says when we may ask again."""


def refusal(response: httpx.Response, where: str) -> EarshotError | None:
    """What is Bluesky's own about a failed answer: stale tokens, and when a rate limit ends."""
    if response.status_code == 429:
        return RateLimitedError(f"{where}: 429, asked to wait", retry_after_seconds=seconds_to_reset(response))
    if response.status_code in (400, 401) and error_name(response) in STALE_TOKEN_ERRORS:
        return StaleTokenError(f"{where}: the session is no longer accepted; log in again")
    return None


def seconds_to_reset(response: httpx.Response) -> float | None:
    """`ratelimit-reset` counts in epoch seconds; `retry-after` where that is missing."""
    reset = response.headers.get("ratelimit-reset", "")
    if reset.isascii() and reset.isdecimal():
        return max(1.0, float(reset) - time.time())
    return retry_after_seconds(response)


def error_name(response: httpx.Response) -> str:
    """The word the API gives for what went wrong, e.g. `InvalidRequest`; empty where there is none."""
    try:
        return WireError.model_validate_json(response.content).error
    except ValidationError:
        return ""


def read_answer(response: httpx.Response, form: type[T]) -> T:
    """Raises: RetryableError when the answer is not what it should be, e.g. a page of a proxy in between."""
    return json_answers.read_answer(response, form, vendor="bluesky", address="service URL")
