"""How Bluesky's answers are read: typed, or as one of our errors."""

import json
import re
import time
from collections.abc import Iterable
from typing import TypeVar

import httpx
from pydantic import ValidationError

from connectors.bluesky.wire import Wire, WireError
from connectors.http import retry_after_seconds
from models.errors import AccessError, EarshotError, RecordError, RetryableError

W = TypeVar("W", bound=Wire)

HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""Such an escape may also be half of a good pair; parsing twice does that no harm."""

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


def read_answer(response: httpx.Response, form: type[W]) -> W:
    """Raises: RetryableError when the answer is not what it should be, e.g. a page of a proxy in between."""
    where = f"bluesky: {response.request.url.path}"
    try:
        return form.model_validate(_parsed(response.content))
    except ValidationError as error:
        raise RetryableError(f"{where}: answer not understood: {complaints(error)}") from None
    except ValueError:
        raise RetryableError(f"{where}: answer is not JSON; is the service URL right?") from None


def _parsed(content: bytes) -> object:
    """Half a character (a lone surrogate) is legal JSON but no text anybody can store: it becomes `?`."""
    value = json.loads(content)
    if HALF_A_CHARACTER.search(content):
        return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def read_record(value: object, form: type[W]) -> W:
    """Raises: RecordError naming the fields that are wrong, without their content."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise RecordError(complaints(error)) from None


def readable(values: Iterable[object], form: type[W]) -> list[W]:
    """Those that can be read. Only for context: what is dropped here is not a mention."""
    found = []
    for value in values:
        try:
            found.append(form.model_validate(value))
        except ValidationError:
            continue
    return found


def complaints(error: ValidationError) -> str:
    """What is wrong with which field; never the field's content."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'all'}: {problem['msg']}" for problem in problems
    )
