"""Google's access tokens: short-lived, made of a refresh token or of a service account's key, kept and renewed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import jwt
from pydantic import SecretStr, ValidationError

from connectors.http import send
from connectors.json_answers import Wire, parsed, read_answer
from connectors.tokens import MemoryTokens, Tokens, TokenStore
from models.errors import AccessError, EarshotError, SetupError

VENDOR = "google"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_OF_AN_ASSERTION = timedelta(minutes=30)
"""Google takes at most an hour."""
EARLY = timedelta(minutes=2)
"""A token is renewed this long before it ends."""


class Grant(Protocol):
    """What access tokens are made of."""

    def form(self, token_url: str, *, now: datetime, refresh_token: str | None) -> Mapping[str, str]:
        """The body of the request. `refresh_token`: a newer one than that of the settings, if Google gave one."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """Somebody gave our app leave to act for them."""

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr

    def form(self, token_url: str, *, now: datetime, refresh_token: str | None) -> Mapping[str, str]:
        return {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
            "refresh_token": refresh_token or self.refresh_token.get_secret_value(),
        }


class KeyFile(Wire):
    """Of a service account, as Google's console gives it."""

    client_email: str
    private_key: SecretStr
    private_key_id: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceAccountGrant:
    """An account of a program's own."""

    key: KeyFile
    scope: str

    def form(self, token_url: str, *, now: datetime, refresh_token: str | None) -> Mapping[str, str]:
        """Raises: AccessError where the key cannot sign."""
        claims = {
            "iss": self.key.client_email,
            "scope": self.scope,
            "aud": token_url,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE_OF_AN_ASSERTION).timestamp()),
        }
        names = {"kid": self.key.private_key_id} if self.key.private_key_id else None
        try:
            assertion = jwt.encode(claims, self.key.private_key.get_secret_value(), algorithm="RS256", headers=names)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise AccessError("google: the service account's private key cannot be used; download a new one") from None
        return {"grant_type": JWT_BEARER, "assertion": assertion}


def read_key_file(path: Path, *, setting: str) -> KeyFile:
    """Raises: SetupError naming the setting, and nothing of the file."""
    try:
        return KeyFile.model_validate(parsed(path.read_bytes()))
    except OSError as error:
        raise SetupError(f"{setting}: the file cannot be read ({type(error).__name__}); is its path right?") from None
    except (ValidationError, ValueError, RecursionError):
        raise SetupError(f"{setting}: not a service account's key; make one of type JSON in Google Cloud") from None


class _Granted(Wire):
    access_token: str
    expires_in: float = 3600.0
    refresh_token: str | None = None
    scope: str = ""


class GoogleTokens:
    """Gives the token to use, and a fresh one when it went stale."""

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
        kept = self._store.load()
        if kept is None or (kept.expires_at is not None and kept.expires_at - EARLY <= self._now()):
            return self._make()[0]
        return kept.access_token

    def renew(self, stale: str) -> str:
        """A token other than `stale`. Raises: like `current`."""
        kept = self._store.load()
        if kept is not None and kept.access_token != stale:
            return kept.access_token  # another process was here first
        return self._make()[0]

    def scopes(self) -> tuple[str, ...]:
        """What a fresh token is good for; empty where Google does not say. Raises: like `current`."""
        return self._make()[1]

    def _make(self) -> tuple[str, tuple[str, ...]]:
        now, kept = self._now(), self._store.load()
        newer = kept.refresh_token if kept else None
        answer = send(
            self._http,
            "POST",
            self._token_url,
            vendor=VENDOR,
            shown="token",
            repeatable=True,
            reading=_refused,
            sleep=self._sleep,
            data=self._grant.form(self._token_url, now=now, refresh_token=newer),
        )
        granted = read_answer(answer, _Granted, vendor=VENDOR)
        ends = now + timedelta(seconds=granted.expires_in)
        tokens = Tokens(
            access_token=granted.access_token, refresh_token=granted.refresh_token or newer, expires_at=ends
        )
        self._store.save(tokens)
        return granted.access_token, tuple(sorted(granted.scope.split()))


class _Fault(Wire):
    error: str = ""


def _refused(response: httpx.Response, where: str) -> EarshotError | None:
    """Every refusal here is one of the credential."""
    if response.status_code not in (400, 401, 403):
        return None
    try:
        word = _Fault.model_validate(parsed(response.content)).error
    except (ValidationError, ValueError, RecursionError):
        word = ""
    said = word if word.isascii() and word.replace("_", "").isalpha() and len(word) < 40 else str(response.status_code)
    return AccessError(
        f"{where}: {said}; Google gives no access token: make a new refresh token or key, look whether this machine's "
        "clock is right, and whether the app in Google Cloud is published (in testing, refresh tokens last a week)"
    )
