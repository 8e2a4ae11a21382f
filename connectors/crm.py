"""What an author is worth to the firm, asked from its CRM by one address.

`GET <EARSHOT_CRM_URL>?channel=…&id=…&handle=…` with a bearer token; the answer is JSON: `{"value": 120000}`, or
`{"band": "key"}`, or 404 for somebody whom it does not know. Nothing of a message is sent.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import httpx
from pydantic import SecretStr

from connectors.http import open_client, send
from models.errors import EarshotError, PermanentError

TIMEOUT_SECONDS = 3.0
LONGEST_BAND = 20


class UnknownThereError(PermanentError):
    """It answered, and does not know this author."""


class CrmSettings(Protocol):
    @property
    def crm_url(self) -> str | None: ...

    @property
    def crm_token(self) -> SecretStr | None: ...


@dataclass(frozen=True, slots=True)
class Told:
    band: str | None
    value: float | None


NOBODY = Told(None, None)


class Crm:
    def __init__(self, url: str, token: str | None, *, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._transport = transport

    @cached_property
    def _client(self) -> httpx.Client:
        return open_client(self._url, timeout_seconds=TIMEOUT_SECONDS, headers=self._headers, transport=self._transport)

    def value_of(self, channel: str, native_id: str, handle: str | None) -> Told:
        """Raises: EarshotError where it does not answer, or not in the way that it should."""
        asked = {"channel": channel, "id": native_id, "handle": handle or ""}
        try:
            answer = send(self._client, "GET", "", vendor="CRM", reading=_unknown, params=asked, repeatable=False)
        except UnknownThereError:
            return NOBODY
        if answer.status_code == httpx.codes.NO_CONTENT:
            return NOBODY
        try:
            found = answer.json()
        except ValueError:
            raise PermanentError("the CRM's answer is no JSON") from None
        return _read(found)


def _unknown(answer: httpx.Response, where: str) -> EarshotError | None:
    return UnknownThereError(f"{where}: not known") if answer.status_code == httpx.codes.NOT_FOUND else None


def _read(found: object) -> Told:
    if not isinstance(found, dict):
        raise PermanentError("the CRM's answer is no JSON object")
    band, value = found.get("band"), found.get("value")
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return Told(
        band=band[:LONGEST_BAND] if isinstance(band, str) else None,
        value=float(value) if is_number and isinstance(value, int | float) else None,
    )


def crm_of(settings: CrmSettings) -> Crm | None:
    """None where no address is set: nothing is asked."""
    if settings.crm_url is None:
        return None
    token = settings.crm_token.get_secret_value() if settings.crm_token is not None else None
    return Crm(settings.crm_url, token)
