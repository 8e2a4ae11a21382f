"""One call to Bluesky: with a good token, within the limits, answered or refused."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from connectors.bluesky.answers import StaleTokenError
from connectors.bluesky.session import VENDOR, SessionKeeper
from connectors.bluesky.wire import Session
from connectors.http import Reading, send
from connectors.quota import Quota


class Calls:
    """Of one account. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self, http: httpx.Client, sessions: SessionKeeper, *, quota: Quota | None, sleep: Callable[[float], None]
    ) -> None:
        self._http = http
        self._sessions = sessions
        self._quota = quota
        self._sleep = sleep

    def own_did(self) -> str:
        return self._sessions.current().did

    def read(
        self, method: str, query: Mapping[str, object], *, reading: Reading, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self.call("GET", method, repeatable=True, reading=reading, headers=headers, params=query)

    def call(
        self,
        verb: str,
        method: str,
        *,
        repeatable: bool,
        reading: Reading,
        headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        """A token that went stale is renewed once."""
        session = self._sessions.current()
        more = {"repeatable": repeatable, "reading": reading, "headers": headers or {}, **arguments}
        try:
            return self._send(session, verb, method, **more)
        except StaleTokenError:
            fresh = self._sessions.renew(session)
        return self._send(fresh, verb, method, **more)

    def _send(
        self, session: Session, verb: str, method: str, *, headers: Mapping[str, str], **arguments: Any
    ) -> httpx.Response:
        answer = send(
            self._http,
            verb,
            f"/xrpc/{method}",
            vendor=VENDOR,
            quota=self._quota,
            endpoint=method,
            sleep=self._sleep,
            headers={"Authorization": f"Bearer {session.access_jwt}", **headers},
            **arguments,
        )
        if self._quota is not None:
            self._quota.used(method)
        return answer
