"""How Meta's answers are read: typed, or as one of our errors. It says most errors with status 400, some with 200."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import httpx
from pydantic import ValidationError

from connectors.http import Reading
from connectors.json_answers import complaints
from connectors.limits import META_WAIT, meta_usage
from connectors.meta.records import parsed
from connectors.meta.wire import ErrorAnswer, GraphError, Wire
from models.errors import (
    AccessError,
    EarshotError,
    PermanentError,
    RecordError,
    RetryableError,
    UnknownOutcomeError,
)

W = TypeVar("W", bound=Wire)

THROTTLES = frozenset({4, 17, 32, 341, 613, 130429, 131048, 131056, *range(80001, 80015)})
TOKEN_ERRORS = frozenset({102, 190, 463, 467})
PERMISSION_ERRORS = frozenset({3, 10, 131005, 131031, 131042, 368, *range(200, 300)})
OUTSIDE_WINDOW = frozenset({2018065, 2018278, 2534022})
"""Second codes, of Messenger and Instagram; 131047 is WhatsApp's."""
UNREACHABLE = frozenset({551, 131026, 131030})
UNREACHABLE_SECOND = frozenset({1545041})
ALREADY_ANSWERED = 10900
PASSING = frozenset({1, 2, 131000, 131016, 133004})
MISSING, MISSING_SECOND = 100, 33
UNKNOWN_ALIAS = 803


class MissingError(PermanentError):
    """The item is not there, or our token may not see it: Meta does not tell the two apart."""


class NotAllowedError(AccessError):
    """The token is good, and may not do this."""


class AlreadyAnsweredError(PermanentError):
    """A comment takes one private answer, and has it."""


def reading(now: Callable[[], datetime], *, is_write: bool, is_refusal_sure: bool) -> Reading:
    """Meta's own reading of a failed answer, for `connectors.http.send`.

    `is_refusal_sure`: an answer that says "something went wrong" means that nothing was sent. Messenger has been seen
    to send all the same.
    """

    def refusal(response: httpx.Response, where: str) -> EarshotError | None:
        error = _error_in(response)
        if error is None or error.code is None:
            return None
        return _refusal(error, response, where, now(), is_unsure=is_write and not is_refusal_sure)

    return refusal


def _refusal(
    error: GraphError, response: httpx.Response, where: str, now: datetime, *, is_unsure: bool
) -> EarshotError | None:
    code, second = error.code or 0, error.error_subcode or 0
    shown = f"{where}: error {code}" + (f"/{second}" if second else "")
    if code in THROTTLES or response.status_code == 429:
        return RetryableError(f"{shown}, asked to wait", retry_after_seconds=_wait_seconds(response, now))
    if second in OUTSIDE_WINDOW or code == 131047:
        return PermanentError(f"{shown}: the time in which Meta takes an answer to this person is over")
    if code in UNREACHABLE or second in UNREACHABLE_SECOND:
        return PermanentError(f"{shown}: this person cannot be reached: they left, or take no messages from us")
    if code == ALREADY_ANSWERED:
        return AlreadyAnsweredError(f"{shown}: this comment has its one private answer already")
    if code in TOKEN_ERRORS:
        return AccessError(f"{shown}: the token is no longer good; make a new one and run `earshot connect meta`")
    if code in PERMISSION_ERRORS:
        return NotAllowedError(f"{shown}: the token lacks a permission, or Meta has restricted the account")
    if (code, second) == (MISSING, MISSING_SECOND) or code == UNKNOWN_ALIAS:
        return MissingError(f"{shown}: it is not there, or our token may not see it")
    if code in PASSING or error.is_transient:
        if is_unsure:
            return UnknownOutcomeError(f"{shown}; it may have been sent, so it is looked up before a second try")
        return RetryableError(f"{shown}: Meta has a fault at the moment; will be tried again")
    return None


def _wait_seconds(response: httpx.Response, now: datetime) -> float:
    limit = meta_usage(response.headers, now)
    until = limit.resets_at if limit is not None and limit.remaining < 1 else now + META_WAIT
    return (until - now).total_seconds()


def _error_in(response: httpx.Response) -> GraphError | None:
    try:
        return ErrorAnswer.model_validate_json(response.content).error
    except ValidationError:
        return None


def read_answer(response: httpx.Response, form: type[W], *, read_error: Reading, is_write: bool) -> W:
    """Raises: whatever an error inside stands for; RetryableError when the answer is not what it should be, of a write
    UnknownOutcomeError: it may have taken effect."""
    where = f"meta: {response.request.method} {response.request.url.path}"
    error = _error_in(response)
    if error is not None:
        refused = PermanentError(f"{where}: error {error.code} in an answer with status {response.status_code}")
        raise read_error(response, where) or refused
    try:
        return form.model_validate(parsed(response.content))
    except ValidationError as invalid:
        raise _not_understood(f"{where}: answer not understood: {complaints(invalid)}", is_write=is_write) from None
    except RecordError:
        raise _not_understood(f"{where}: answer is not JSON; is the address right?", is_write=is_write) from None


def _not_understood(what: str, *, is_write: bool) -> RetryableError:
    return UnknownOutcomeError(f"{what}; it may have taken effect") if is_write else RetryableError(what)
