"""Who we are on Bluesky: one login, kept, refreshed, and shared between processes.

Bluesky allows 30 logins in five minutes and 300 a day, while every worker process needs a token: so the session is
kept in a file where one is given, and a login happens only when the refresh token no longer works.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
from pydantic import SecretStr, ValidationError

from connectors.bluesky.answers import read_answer, refusal
from connectors.bluesky.wire import Session
from connectors.http import send
from connectors.tokens import load_sealed
from models.errors import AccessError, PermanentError
from store.sealed_file import SealedFile
from store.vault import Vault

VENDOR = "bluesky"
LOGIN = "/xrpc/com.atproto.server.createSession"
REFRESH = "/xrpc/com.atproto.server.refreshSession"


class SessionStore(Protocol):
    """Where a session outlives the call that made it."""

    def load(self) -> Session | None: ...

    def save(self, session: Session) -> None: ...


class MemorySessions:
    """Kept as long as the process lives."""

    def __init__(self) -> None:
        self._session: Session | None = None

    def load(self) -> Session | None:
        return self._session

    def save(self, session: Session) -> None:
        self._session = session


class FileSessions:
    """Kept in `folder`, sealed, in a file only its owner can read: one per service and account."""

    def __init__(self, folder: Path, *, vault: Vault, service_url: str, handle: str) -> None:
        name = hashlib.sha256(f"{service_url}\n{handle}".encode()).hexdigest()[:16]
        self._file = SealedFile(folder / f"bluesky-{name}.json", vault)

    def load(self) -> Session | None:
        """Raises: AccessError where the key it was sealed with is not at hand."""
        found = load_sealed(self._file)
        try:
            return Session.model_validate_json(found) if found is not None else None
        except ValidationError:
            return None  # a login makes a new one

    def save(self, session: Session) -> None:
        self._file.save(session.model_dump_json(by_alias=True).encode())


class SessionKeeper:
    """Gives the session to use, and a fresh one when it went stale."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        handle: str,
        app_password: SecretStr,
        store: SessionStore,
        sleep: Callable[[float], None],
    ) -> None:
        self._http = http
        self._handle = handle
        self._app_password = app_password
        self._store = store
        self._sleep = sleep
        self._refused: AccessError | None = None

    def current(self) -> Session:
        """Raises: AccessError when handle or app password are refused; RetryableError."""
        return self._store.load() or self._log_in()

    def renew(self, stale: Session) -> Session:
        """A session newer than `stale`. Raises: like `current`."""
        kept = self._store.load()
        if kept is not None and kept.access_jwt != stale.access_jwt:
            return kept  # another process was here first
        try:
            return self._keep(self._post(REFRESH, headers={"Authorization": f"Bearer {stale.refresh_jwt}"}))
        except AccessError:
            return self._log_in()

    def _log_in(self) -> Session:
        if self._refused is not None:
            raise self._refused  # asking again would only use up the login limit
        body = {"identifier": self._handle, "password": self._app_password.get_secret_value()}
        try:
            return self._keep(self._post(LOGIN, json=body))
        except (AccessError, PermanentError) as error:
            self._refused = AccessError(
                "bluesky: login refused; make a new app password in Bluesky under Settings, App passwords, "
                "and check the handle"
            )
            raise self._refused from error

    def _keep(self, session: Session) -> Session:
        self._store.save(session)
        return session

    def _post(self, path: str, **arguments: Any) -> Session:
        answer = send(
            self._http,
            "POST",
            path,
            vendor=VENDOR,
            repeatable=True,
            reading=refusal,
            sleep=self._sleep,
            **arguments,
        )
        return read_answer(answer, Session)
