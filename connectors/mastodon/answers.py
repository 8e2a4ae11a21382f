"""How Mastodon's answers are read: typed, or as one of our errors."""

from typing import TypeVar

import httpx
from pydantic import ValidationError

from connectors import json_answers
from connectors.mastodon.wire import WireError
from models.errors import EarshotError

T = TypeVar("T")

GONE = frozenset({404, 410})


class GoneError(EarshotError):
    """There is no such thing, or it is not shown to us."""


class OutOfScopeError(EarshotError):
    """The token may not do this."""


def refusal(response: httpx.Response, where: str) -> EarshotError | None:
    """What is Mastodon's own about a failed answer: what is gone, and what the token was not made for."""
    if response.status_code in GONE:
        return GoneError(f"{where}: {response.status_code}, not there or not shown to us")
    if response.status_code == 403 and "scope" in _words_of(response):
        return OutOfScopeError(f"{where}: 403, the token lacks a scope")
    return None


def _words_of(response: httpx.Response) -> str:
    try:
        return WireError.model_validate_json(response.content).error.casefold()
    except ValidationError:
        return ""


def read_answer(response: httpx.Response, form: type[T]) -> T:
    """Raises: RetryableError when the answer is not what it should be, e.g. a page of a proxy in between."""
    return json_answers.read_answer(response, form, vendor="mastodon", address="address of the instance")
