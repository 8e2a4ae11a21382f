"""A Workflows webhook of Teams: it takes a card, and says no more than that it did."""

import re
import time
from collections.abc import Callable

import httpx

from connectors.http import open_client, send
from connectors.quota import Quota
from models.errors import AccessError, EarshotError, PermanentError, RetryableError, SetupError

VENDOR = "teams"
SHOWN = "webhook"
"""Stands for the address in messages: whoever knows it can post."""
INSIDE = re.compile(r"returned HTTP error (\d{3})")
"""How the older kind of webhook says, with HTTP 200, that Teams took nothing."""


class TeamsClient:
    def __init__(
        self,
        url: str,
        *,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises: SetupError where the address cannot be one of a webhook."""
        self._url = _checked(url)
        self._http = open_client("", timeout_seconds=timeout_seconds, configured=(url,), transport=transport)
        self._quota, self._sleep = quota, sleep

    def post(self, message: bytes) -> None:
        response = send(
            self._http, "POST", self._url, vendor=VENDOR, repeatable=False, reading=_refusal, shown=SHOWN,
            quota=self._quota, endpoint=SHOWN, sleep=self._sleep, content=message,
            headers={"content-type": "application/json; charset=utf-8"},
        )  # fmt: skip
        if self._quota is not None:
            self._quota.used(SHOWN)
        found = INSIDE.search(response.text[:2_000])
        if found is not None:
            status = int(found[1])
            if status == 429 or status >= 500:
                raise RetryableError(f"{VENDOR}: POST {SHOWN}: 200, and {status} inside; will be tried again")
            raise PermanentError(f"{VENDOR}: POST {SHOWN}: 200, and {status} inside; the card is refused as it stands")


def _checked(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme != "https" or not parsed.host:
        raise SetupError("teams: EARSHOT_TEAMS_URL is no address that begins with https://; copy it from the workflow")
    return url


def _refusal(response: httpx.Response, where: str) -> EarshotError | None:
    """What the table of all vendors cannot know."""
    if response.status_code in (404, 410) or response.is_redirect:
        status = response.status_code
        return AccessError(f"{where}: {status}; the workflow is gone or switched off: make a new one, give its address")
    return None
