"""HTTP to the world: one client, one table from status to what happens next.

Nothing of a request's body or headers is ever logged or put into an error message.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from connectors.quota import Quota
from connectors.safe_client import SafeClient
from models.errors import (
    AccessError,
    EarshotError,
    PermanentError,
    RetryableError,
    UnknownOutcomeError,
)
from tracing import spans

LONGEST_SLEEP_SECONDS = 10.0
"""A wait longer than this is handed to the caller, who reschedules the job instead of sleeping in it."""

ACCESS_STATUSES = frozenset({401, 402, 403})
RETRY_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

Reading = Callable[[httpx.Response, str], EarshotError | None]
"""A vendor's own reading of a failed answer, given the answer and where it came from; None leaves it to the table."""


def open_client(
    base_url: str,
    *,
    timeout_seconds: float = 30.0,
    headers: Mapping[str, str] | None = None,
    configured: Sequence[str] = (),
    transport: httpx.BaseTransport | None = None,
) -> SafeClient:
    """A client for one vendor. `configured`: other addresses of the settings that it calls. `transport` is the seam
    for tests."""
    return SafeClient(
        configured=configured,
        base_url=base_url,
        timeout=httpx.Timeout(timeout_seconds, connect=10.0),
        headers={"User-Agent": "Earshot", **(headers or {})},
        transport=transport,
        follow_redirects=False,
    )


def send(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    vendor: str,
    repeatable: bool | None = None,
    reading: Reading | None = None,
    shown: str | None = None,
    quota: Quota | None = None,
    endpoint: str = "",
    units: int = 1,
    sleep: Callable[[float], None] = time.sleep,
    **arguments: Any,
) -> httpx.Response:
    """Send one request and give its 2xx answer.

    `repeatable` says that sending twice does no harm (default: only GET); such a request is tried up to three times
    here, within ten seconds. Any other is tried once. `reading` is asked about a failed answer before the table is.
    `shown` stands in error messages for a path that is itself a secret. `quota` is asked for `units` of `endpoint`
    before the call, told after every answer, and charged by the caller, who knows how many things came.

    Raises: RetryableError (certainly no effect, or repeatable), UnknownOutcomeError (not repeatable and perhaps done),
    AccessError, PermanentError.
    """
    may_repeat = method == "GET" if repeatable is None else repeatable
    attempts = Retrying(
        retry=retry_if_exception(_worth_another_try_here),
        wait=wait_random_exponential(multiplier=0.3, max=3),
        stop=stop_after_attempt(3 if may_repeat else 1) | stop_after_delay(LONGEST_SLEEP_SECONDS),
        sleep=sleep,
        reraise=True,
    )

    def once() -> httpx.Response:
        if quota is None:
            return _send_once(client, method, path, vendor, may_repeat, reading, shown or path, arguments)
        quota.ask(endpoint, units=units)
        keep = partial(quota.told, endpoint)
        return _send_once(client, method, path, vendor, may_repeat, reading, shown or path, arguments, keep)

    return attempts(once)


def _worth_another_try_here(error: BaseException) -> bool:
    if not isinstance(error, RetryableError):
        return False
    return error.retry_after_seconds is None or error.retry_after_seconds <= 1


def _send_once(
    client: httpx.Client,
    method: str,
    path: str,
    vendor: str,
    repeatable: bool,
    reading: Reading | None,
    shown: str,
    arguments: Mapping[str, Any],
    keep_limit: Callable[[httpx.Response], float | None] = lambda response: None,
) -> httpx.Response:
    """`keep_limit` keeps what the answer says of limits, and gives the seconds until the next call is allowed."""
    where = f"{vendor}: {method} {shown.split('?')[0]}"
    try:
        response = _asked(client, method, path, vendor, arguments)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise RetryableError(f"{where}: no connection ({type(error).__name__}); will be tried again") from error
    except httpx.RequestError as error:
        raise _perhaps(repeatable, f"{where}: no answer ({type(error).__name__})") from error
    wait_seconds = keep_limit(response)
    if response.is_success:
        return response
    refusal = (reading and reading(response, where)) or error_for(response, where, repeatable=repeatable)
    if isinstance(refusal, RetryableError) and refusal.retry_after_seconds is None:
        refusal.retry_after_seconds = wait_seconds
    raise refusal


def _asked(client: httpx.Client, method: str, path: str, vendor: str, arguments: Mapping[str, Any]) -> httpx.Response:
    """A span of the job it belongs to: vendor and outcome; paths and bodies may name people."""
    began, status = time.time_ns(), 0
    try:
        response = client.request(method, path, **arguments)
        status = response.status_code
        return response
    finally:
        spans.done(f"{method} {vendor}", began, {"earshot.vendor": vendor, "http.response.status_code": status})


def error_for(response: httpx.Response, where: str, *, repeatable: bool) -> EarshotError:
    """The error a failed answer stands for: one table for all vendors."""
    status = response.status_code
    if status in ACCESS_STATUSES:
        return AccessError(f"{where}: {status}; the credentials or their permissions are refused: renew them")
    if status in (429, 503):
        return RetryableError(f"{where}: {status}, asked to wait", retry_after_seconds=retry_after_seconds(response))
    if status in RETRY_STATUSES:
        return _perhaps(repeatable, f"{where}: {status}")
    return PermanentError(f"{where}: {status}; the request is refused as it stands and is kept for a person")


def _perhaps(repeatable: bool, what: str) -> RetryableError:
    if repeatable:
        return RetryableError(f"{what}; will be tried again")
    return UnknownOutcomeError(f"{what}; it may have taken effect, so it is looked up before a second try")


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Seconds to wait by the header `Retry-After` (seconds or HTTP date), None where it is absent or unreadable."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    # A date with the zone "-0000" comes back without one; HTTP dates are always GMT.
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
