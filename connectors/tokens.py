"""OAuth 2.0 tokens that are renewed: kept in a file only its owner can read, shared by every process of the machine."""

import fcntl
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError


class Tokens(BaseModel):
    """What a platform gave. Never logged: `repr` hides it."""

    model_config = ConfigDict(frozen=True)

    access_token: str
    refresh_token: str | None = None
    expires_at: AwareDatetime | None = None
    since: AwareDatetime | None = None
    """When it was first seen here, where that matters."""

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at})"


class TokenStore(Protocol):
    def load(self) -> Tokens | None: ...

    def save(self, tokens: Tokens) -> None: ...

    def lock(self) -> AbstractContextManager[None]:
        """Held while they are renewed: a refresh token may be good for one use."""
        ...


class MemoryTokens:
    """Kept as long as the process lives."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens
        self._lock = threading.Lock()

    def load(self) -> Tokens | None:
        return self._tokens

    def save(self, tokens: Tokens) -> None:
        self._tokens = tokens

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            yield


class FileTokens:
    """Kept in `folder`, one file per credential; `given` tells a new grant from the one the tokens came of."""

    def __init__(self, folder: Path, *, vendor: str, account: str, given: str) -> None:
        """`given`: the refresh token or key of the settings; tokens made of an older one are not used again."""
        name = hashlib.sha256(f"{account}\n{given}".encode()).hexdigest()[:16]
        self._path = folder / f"{vendor}-{name}.json"

    def load(self) -> Tokens | None:
        try:
            return Tokens.model_validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def save(self, tokens: Tokens) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent)  # created with mode 0600
        with os.fdopen(handle, "w") as file:
            file.write(tokens.model_dump_json())
        Path(name).replace(self._path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Among all processes of the machine; it ends with the process, however it ends."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
