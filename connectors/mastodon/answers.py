"""How Mastodon's answers are read: typed, or as one of our errors."""

import json
import re
from collections.abc import Iterable
from typing import TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from connectors.mastodon.wire import Wire, WireError
from models.errors import EarshotError, RecordError, RetryableError

T = TypeVar("T")
W = TypeVar("W", bound=Wire)

HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""Such an escape may also be half of a good pair; parsing twice does that no harm."""
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
    where = f"mastodon: {response.request.url.path}"
    try:
        return TypeAdapter(form).validate_python(_parsed(response.content))
    except ValidationError as error:
        raise RetryableError(f"{where}: answer not understood: {complaints(error)}") from None
    except (ValueError, RecursionError):
        raise RetryableError(f"{where}: answer is not JSON; is the address of the instance right?") from None


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


def readable(values: Iterable[object], form: type[W]) -> tuple[W, ...]:
    """Those that can be read. Only for context: what is dropped here is not a mention."""
    found = []
    for value in values:
        try:
            found.append(form.model_validate(value))
        except ValidationError:
            continue
    return tuple(found)


def complaints(error: ValidationError) -> str:
    """What is wrong with which field; never the field's content."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'all'}: {problem['msg']}" for problem in problems
    )
