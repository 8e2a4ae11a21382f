"""OAuth 2.0 access tokens: short-lived, made of a grant that lasts, kept and renewed (RFC 6749)."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import httpx
from pydantic import SecretStr, ValidationError

from connectors.http import send
from connectors.json_answers import Wire, parsed, read_answer
from connectors.tokens import MemoryTokens, Tokens, TokenStore
from models.errors import AccessError, EarshotError, RetryableError

EARLY = timedelta(minutes=2)
"""A token is renewed this long before it ends."""

PASSING = frozenset({"temporarily_unavailable", "server_error"})
PASSING_STATUSES = frozenset({408, 425, 429})


class Grant(Protocol):
    """What access tokens are made of."""

    def form(self, token_url: str, *, now: datetime, refresh_token: str | None) -> Mapping[str, str]:
        """The body of the request. `refresh_token`: a newer one than that of the settings, if one was given."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """Somebody gave our app leave to act for them."""

    client_id: str
    client_secret: SecretStr | None
    """None: the app is one that keeps no secret."""
    refresh_token: SecretStr
    scope: str = ""
    """Empty: what was granted."""

    def form(self, token_url: str, *, now: datetime, refresh_token: str | None) -> Mapping[str, str]:
        form = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": refresh_token or self.refresh_token.get_secret_value(),
        }
        if self.client_secret is not None:
            form["client_secret"] = self.client_secret.get_secret_value()
        return {**form, "scope": self.scope} if self.scope else form


class _Granted(Wire):
    access_token: str
    expires_in: float = 3600.0
    refresh_token: str | None = None
    scope: str = ""


class AccessTokens:
    """Gives the token to use, and a fresh one when it went stale."""

    vendor = "oauth"
    way_out = "make a new refresh token, and look whether this machine's clock is right"
    """What a person has to do where the grant is refused."""

    def __init__(
        self,
        http: httpx.Client,
        token_url: str,
        grant: Grant,
        *,
        store: TokenStore | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._token_url = token_url
        self._grant = grant
        self._store = store if store is not None else MemoryTokens()
        self._now = now
        self._sleep = sleep

    def current(self) -> str:
        """Raises: AccessError when the grant is refused; RetryableError."""
        if (good := self._good()) is not None:
            return good
        with self._store.lock():
            return self._good() or self._make()[0]

    def _good(self) -> str | None:
        kept = self._store.load()
        if kept is None or (kept.expires_at is not None and kept.expires_at - EARLY <= self._now()):
            return None
        return kept.access_token

    def renew(self, stale: str) -> str:
        """A token other than `stale`. Raises: like `current`."""
        with self._store.lock():
            kept = self._store.load()
            if kept is not None and kept.access_token != stale:
                return kept.access_token  # another process was here first
            return self._make()[0]

    def scopes(self) -> tuple[str, ...]:
        """What a fresh token is good for; empty where nobody says. Raises: like `current`."""
        with self._store.lock():
            return self._make()[1]

    def _make(self) -> tuple[str, tuple[str, ...]]:
        """Under the lock."""
        now, kept = self._now(), self._store.load()
        newer = kept.refresh_token if kept else None
        answer = send(
            self._http,
            "POST",
            self._token_url,
            vendor=self.vendor,
            shown="token",
            repeatable=True,
            reading=partial(_refused, way_out=self.way_out),
            sleep=self._sleep,
            data=self._grant.form(self._token_url, now=now, refresh_token=newer),
        )
        granted = read_answer(answer, _Granted, vendor=self.vendor)
        ends = now + timedelta(seconds=granted.expires_in)
        tokens = Tokens(
            access_token=granted.access_token, refresh_token=granted.refresh_token or newer, expires_at=ends
        )
        self._store.save(tokens)
        return granted.access_token, tuple(sorted(granted.scope.split()))


class _Fault(Wire):
    error: str = ""


def _refused(response: httpx.Response, where: str, *, way_out: str) -> EarshotError | None:
    """Every refusal here is one of the credential, or of the address that somebody typed."""
    if not 300 <= response.status_code < 500 or response.status_code in PASSING_STATUSES:
        return None
    try:
        word = _Fault.model_validate(parsed(response.content)).error
    except (ValidationError, ValueError, RecursionError):
        word = ""
    if word in PASSING:
        return RetryableError(f"{where}: {word}; will be tried again")
    said = word if word.isascii() and word.replace("_", "").isalpha() and len(word) < 40 else str(response.status_code)
    return AccessError(f"{where}: {said}; no access token is given: {way_out}")
