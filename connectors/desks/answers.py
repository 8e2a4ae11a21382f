"""What a desk answered, as a record: or the error that an answer nobody can read stands for."""

from typing import TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from models.errors import AccessError, EarshotError, RetryableError, UnknownOutcomeError

Kind = TypeVar("Kind")


def read(adapter: TypeAdapter[Kind], response: httpx.Response, where: str, *, was_made: bool = False) -> Kind:
    """The body of a 2xx answer. `where`: vendor, method and path without secrets. `was_made`: something not repeatable
    was asked for, and the answer should name it.

    Raises: UnknownOutcomeError where `was_made`, else RetryableError for a body cut short, AccessError for another's.
    """
    try:
        return adapter.validate_json(response.content)
    except ValidationError as error:
        raise _unreadable(error, response, where, was_made) from None  # the error holds the body


def _unreadable(error: ValidationError, response: httpx.Response, where: str, was_made: bool) -> EarshotError:
    what = f"{where}: {response.status_code}, but the answer cannot be read ({error.error_count()} fields amiss)"
    if was_made:
        return UnknownOutcomeError(f"{what}; it may have taken effect, so it is looked up before a second try")
    is_page = "html" in response.headers.get("content-type", "").lower()
    if not is_page and any(each["type"] == "json_invalid" for each in error.errors(include_input=False)):
        return RetryableError(f"{what}: it is cut short or no JSON; will be tried again")
    return AccessError(f"{what}; is the address right, and no login page in front of it?")
