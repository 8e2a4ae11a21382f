"""The long-lived token of Threads: good for 60 days, and renewed before they are over, from a day after it was made.

Read in Meta's page on long-lived tokens of Threads. A token that was renewed stays good until its own end.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from pydantic import Field, SecretStr

from connectors.http import open_client, send
from connectors.meta.answers import read_answer, reading
from connectors.meta.wire import Wire
from connectors.tokens import Tokens, TokenStore
from models.errors import AccessError, EarshotError, PermanentError, RetryableError

logger = logging.getLogger("earshot.meta")

PATH = "/refresh_access_token"
TOO_YOUNG = timedelta(days=1, hours=1)
"""Meta renews no token younger than a day. How old one is that was just given is not known."""
LIFE_DAYS = 60


class _Renewed(Wire):
    access_token: str = Field(min_length=1)
    expires_in: float = Field(gt=0, lt=1e9)
    """Seconds."""


class ThreadsTokens:
    """The token to use, and when it ends. `base_url` has no version."""

    def __init__(
        self,
        base_url: str,
        given: SecretStr,
        store: TokenStore,
        *,
        renew_days: int,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = open_client(base_url, transport=transport)
        self._given = given.get_secret_value()
        self._store = store
        self._renew_before = timedelta(days=renew_days)
        self._now = now
        self._sleep = sleep

    def current(self) -> SecretStr:
        kept = self._store.load()
        return SecretStr(kept.access_token if kept else self._given)

    def valid_until(self) -> datetime | None:
        """Not known before it was renewed once."""
        kept = self._store.load()
        return kept.expires_at if kept else None

    def renew_if_due(self) -> str:
        """What a person has to know or do; empty: nothing. Never raises: the token may be good for weeks."""
        now = self._now()
        kept = self._store.load() or Tokens(access_token=self._given, since=now)
        if kept.expires_at is not None and kept.expires_at - now > self._renew_before:
            return ""
        try:
            renewed = self._renew(kept.access_token)
        except (AccessError, PermanentError, RetryableError) as error:
            meanwhile = self._store.load()
            if meanwhile is None:
                self._store.save(kept)
            elif meanwhile.access_token != kept.access_token:
                return ""  # another process renewed it
            return self._said(kept, error, now=now)
        ends = now + timedelta(seconds=renewed.expires_in)
        self._store.save(Tokens(access_token=renewed.access_token, expires_at=ends, since=now))
        logger.info("threads: the token was renewed until %s", ends.date())
        return ""

    def _renew(self, token: str) -> _Renewed:
        read_error = reading(self._now, is_write=False, is_refusal_sure=True)
        answer = send(
            self._http,
            "GET",
            PATH,
            vendor="threads",
            reading=read_error,
            sleep=self._sleep,
            params={"grant_type": "th_refresh_token", "access_token": token},
        )
        return read_answer(answer, _Renewed, read_error=read_error, is_write=False)

    def _said(self, kept: Tokens, error: EarshotError, *, now: datetime) -> str:
        if kept.expires_at is not None:
            ends = f"ends {kept.expires_at:%Y-%m-%d %H:%M} UTC" if kept.expires_at > now else "has ended"
        elif kept.since is not None and now - kept.since < TOO_YOUNG:
            return ""
        else:
            ends = f"ends at most {LIFE_DAYS} days after it was made"
        logger.warning("threads: the token could not be renewed and %s: %s", ends, error)
        return (
            f"The Threads token could not be renewed and {ends} ({error}). It is tried again every day; else make a "
            "new one and set EARSHOT_THREADS_TOKEN."
        )
