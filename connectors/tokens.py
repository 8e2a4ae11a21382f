"""OAuth 2.0 tokens that are renewed: sealed in a file of the home folder, shared by every process of the machine."""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from models.errors import AccessError
from store.sealed_file import SealedFile
from store.vault import Vault, VaultError


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


def load_sealed(file: SealedFile) -> bytes | None:
    """Raises: AccessError: this connector waits for a person, and the others go on."""
    try:
        return file.load()
    except VaultError as error:
        raise AccessError(str(error)) from error


class FileTokens:
    """Kept in `folder`, sealed, one file per credential; `given` tells a new grant from the one the tokens came of."""

    def __init__(self, folder: Path, *, vault: Vault, vendor: str, account: str, given: str) -> None:
        """`given`: the refresh token or key of the settings; tokens made of an older one are not used again."""
        name = hashlib.sha256(f"{account}\n{given}".encode()).hexdigest()[:16]
        self._path = folder / f"{vendor}-{name}.json"
        self._file = SealedFile(self._path, vault)

    def load(self) -> Tokens | None:
        """Raises: AccessError where the key they were sealed with is not at hand."""
        found = load_sealed(self._file)
        try:
            return Tokens.model_validate_json(found) if found is not None else None
        except ValidationError:
            return None

    def save(self, tokens: Tokens) -> None:
        self._file.save(tokens.model_dump_json().encode())

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
