"""How X's answers are read: typed, or as one of our errors."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

import httpx
from pydantic import ValidationError

from connectors.http import Reading
from connectors.x.meter import WINDOWS
from connectors.x.wire import Refusal, Wire
from models.errors import EarshotError, PermanentError, RetryableError

W = TypeVar("W", bound=Wire)

HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""Such an escape may also be half of a good pair; parsing twice does that no harm."""

ABOUT_THIS_ONE = "about:blank"
"""The problem type of a write that is refused for its own sake, e.g. words said twice or an author who lets nobody
answer. Everything wrong with the app or its tokens has a type of its own."""


def reading_at(now: Callable[[], datetime], *, is_write: bool) -> Reading:
    """What is X's own about a failed answer: when a rate limit ends, and which refusals concern one post alone."""

    def read(response: httpx.Response, where: str) -> EarshotError | None:
        if response.status_code == 429:
            wait = seconds_to_reset(response, now())
            return RetryableError(f"{where}: 429, asked to wait", retry_after_seconds=wait) if wait else None
        if response.status_code == 403 and is_write and _problem_type(response) == ABOUT_THIS_ONE:
            return PermanentError(f"{where}: 403; X refuses this one: said before, or the author lets nobody answer")
        return None

    return read


def seconds_to_reset(response: httpx.Response, now: datetime) -> float | None:
    """Until the last of the windows that are used up starts anew; None where the answer names none.

    A window that is not said to be used up counts where no other is: X refused us all the same.
    """
    told = [limit for read in WINDOWS if (limit := read(response.headers, now)) is not None]
    used_up = [limit for limit in told if limit.remaining < 1] or told
    return max((1.0, *((limit.resets_at - now.astimezone(UTC)).total_seconds() for limit in used_up))) if told else None


def _problem_type(response: httpx.Response) -> str:
    try:
        return Refusal.model_validate_json(response.content).type
    except ValidationError:
        return ""


def read_answer(response: httpx.Response, form: type[W]) -> W:
    """Raises: RetryableError when the answer is not what it should be, e.g. a page of a proxy in between."""
    where = f"x: {response.request.url.path}"
    try:
        return form.model_validate(loaded(response.content))
    except ValidationError as error:
        raise RetryableError(f"{where}: answer not understood: {complaints(error)}") from None
    except ValueError:
        raise RetryableError(f"{where}: answer is not JSON; is EARSHOT_X_API right?") from None


def loaded(content: bytes) -> object:
    """Half a character (a lone surrogate) is legal JSON but no text anybody can store: it becomes `?`.

    Raises: ValueError.
    """
    try:
        value = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if HALF_A_CHARACTER.search(content):
        return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def parsed(value: object, form: type[W]) -> W | str:
    """The thing, or what is wrong with it, without its content."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        return complaints(error)


def readable(values: Iterable[object], form: type[W]) -> list[W]:
    """Those that can be read. Only for context: what is dropped here is not a mention."""
    found = (parsed(value, form) for value in values)
    return [each for each in found if not isinstance(each, str)]


def complaints(error: ValidationError) -> str:
    """What is wrong with which field; never the field's content."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'all'}: {problem['msg']}" for problem in problems
    )
