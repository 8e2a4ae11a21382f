"""What Google's APIs say when they refuse a call: one word, and what it means for us."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from connectors.google_token import GoogleTokens
from connectors.json_answers import Wire, parsed
from connectors.quota import next_day
from models.errors import AccessError, EarshotError, PermanentError, RetryableError

T = TypeVar("T")

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Google's day ends at midnight there."""

SPENT_FOR_TODAY = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
WAIT_SECONDS = 60.0
"""Where Google asks to slow down and names no time: its limits are per minute."""
PASSING = frozenset({"processingFailure", "backendError", "internalError"})
"""Said with status 400 or 403 of a request that may work a moment later."""
BAD_KEY = frozenset({"keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"})
"""Said with status 400."""
CLOSED_ITEM = frozenset({"commentsDisabled", "commentNotFound", "videoNotFound", "operationNotSupported"})
"""Said with status 403 of one item; the credential is good."""


class StaleTokenError(AccessError):
    """The access token is no longer good; a fresh one may be."""


class MissingError(PermanentError):
    """What was asked for is not there."""


class _Reason(Wire):
    reason: str = ""


class _Fault(Wire):
    errors: tuple[_Reason, ...] = ()
    details: tuple[_Reason, ...] = ()


class _Refused(Wire):
    error: _Fault


def with_token(tokens: GoogleTokens, call: Callable[[str], T]) -> T:
    """What `call` gives with an access token; it is called once more where the kept one is no longer good."""
    token = tokens.current()
    try:
        return call(token)
    except StaleTokenError:
        fresh = tokens.renew(token)
    return call(fresh)


def reasons(response: httpx.Response) -> frozenset[str]:
    """The words the API gives for what went wrong, e.g. `quotaExceeded`; empty where there are none."""
    try:
        fault = _Refused.model_validate(parsed(response.content)).error
    except (ValidationError, ValueError, RecursionError):
        return frozenset()
    return frozenset(one.reason for one in (*fault.errors, *fault.details) if one.reason)


def refusal(
    response: httpx.Response, where: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> EarshotError | None:
    """What is Google's own about a failed answer; None leaves it to the table in `connectors.http`."""
    status = response.status_code
    if status == 401:
        return StaleTokenError(f"{where}: 401; the access token is not accepted: renew the credentials")
    if status == 404:
        return MissingError(f"{where}: 404; it is not there (any more)")
    found = reasons(response) if status in (400, 403, 429) else frozenset()
    if found & SPENT_FOR_TODAY:
        wait = (next_day(now(), PACIFIC) - now()).total_seconds()
        message = f"{where}: {status}; the units of this day are used up; called again after midnight Pacific time"
        return RetryableError(message, retry_after_seconds=wait)
    if found & TOO_FAST and "retry-after" not in response.headers:
        return RetryableError(f"{where}: {status}, asked to slow down", retry_after_seconds=WAIT_SECONDS)
    if found & PASSING:
        return RetryableError(f"{where}: {status}; Google could not process it now, and it will be tried again")
    if found & BAD_KEY:
        return AccessError(f"{where}: {status}; the API key is refused: make a new one in the Google Cloud console")
    if found & CLOSED_ITEM:
        return PermanentError(f"{where}: {status}; refused for this one: {', '.join(sorted(found & CLOSED_ITEM))}")
    return None
