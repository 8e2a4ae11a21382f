"""What the clients of desks share: how a connection is opened, and how a call is made, counted and read."""

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypedDict, TypeVar

import httpx
from pydantic import TypeAdapter

from connectors.desks.answers import read
from connectors.http import Reading, open_client, send
from connectors.quota import Quota

CALLS = "api"
"""Endpoint of all calls that have no rate limit of their own."""

Kind = TypeVar("Kind")
Params = Mapping[str, str | int]


class Opening(TypedDict, total=False):
    """What every client may be opened with; `transport` and `sleep` are seams for tests."""

    quota: Quota | None
    timeout_seconds: float
    transport: httpx.BaseTransport | None
    sleep: Callable[[float], None]


class DeskClient:
    """Speaks to one account with one credential. Calls raise what `connectors.http.send` and `answers.read` raise."""

    vendor: ClassVar[str]

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        reading: Reading | None = None,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`reading`: what only this vendor's refusals mean."""
        headers = {"Accept": "application/json", **(headers or {})}
        self._http = open_client(base_url, timeout_seconds=timeout_seconds, headers=headers, transport=transport)
        if auth is not None:
            self._http.auth = auth
        self._reading, self._quota, self._sleep = reading, quota, sleep

    def _get(
        self, adapter: TypeAdapter[Kind], path: str, params: Params | None = None, *, endpoint: str = CALLS
    ) -> Kind:
        response = self._send("GET", path, endpoint=endpoint, params=params)
        return read(adapter, response, f"{self.vendor}: GET {path}")

    def _make(self, adapter: TypeAdapter[Kind], path: str, body: object, *, method: str = "POST") -> Kind:
        """What was made by a call that must not be repeated."""
        response = self._send(method, path, json=body)
        return read(adapter, response, f"{self.vendor}: {method} {path}", was_made=True)

    def _send(
        self, method: str, path: str, *, repeatable: bool | None = None, endpoint: str = CALLS, **arguments: Any
    ) -> httpx.Response:
        """`repeatable`: see `send`."""
        response = send(
            self._http,
            method,
            path,
            vendor=self.vendor,
            repeatable=repeatable,
            reading=self._reading,
            quota=self._quota,
            endpoint=endpoint,
            sleep=self._sleep,
            **arguments,
        )
        if self._quota is not None:
            self._quota.used(endpoint)
        return response
