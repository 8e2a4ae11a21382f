"""Small secrets in the home folder: sealed, written whole or not at all, readable by their owner alone."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.vault import Vault, VaultError, is_sealed

LOCK = "vault.lock"
_MOST_BYTES = 1 << 20
"""Larger files of home are none of ours."""


class SealedFile:
    """One file. It opens under its own name alone; the folder may move."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path = path
        self._vault = vault

    @property
    def context(self) -> str:
        return f"file {self.path.name}"

    def load(self) -> bytes | None:
        """None where there is no file. One that was written before there was a vault is sealed on the way.

        Raises: VaultError naming the file and the way out.
        """
        try:
            found = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if is_sealed(found):
            return self._opened(found)
        if found:
            self._replace(found, self._vault.seal(found, self.context))
        return found

    def _opened(self, found: bytes) -> bytes:
        try:
            return self._vault.open(found, self.context)
        except VaultError as error:
            raise VaultError(f"{error}; where the key is lost, delete {self.path}: a new one is made") from None

    def save(self, plain: bytes) -> None:
        with self._locked():
            self._write(self._vault.seal(plain, self.context)).replace(self.path)

    def make(self, plain: bytes) -> None:
        """Only where there is none: of two processes at once, one is first and both read the same."""
        with self._locked():
            own = self._write(self._vault.seal(plain, self.context))
            try:
                os.link(own, self.path)
            except FileExistsError:
                pass
            finally:
                own.unlink()

    def reseal(self) -> bool:
        """Under the newest key; False where it was already. Raises: VaultError."""
        found = self.path.read_bytes()
        if is_sealed(found) and self._vault.is_newest(found):
            return False
        plain = self._vault.open(found, self.context) if is_sealed(found) else found
        return self._replace(found, self._vault.seal(plain, self.context))

    def _replace(self, was: bytes, sealed: bytes) -> bool:
        with self._locked():
            if not self.path.is_file() or self.path.read_bytes() != was:
                return False  # somebody wrote a newer one meanwhile
            self._write(sealed).replace(self.path)
            return True

    def _write(self, content: bytes) -> Path:
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".sealing-")  # created with mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return Path(name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Among all processes of the machine; it ends with the process, however it ends."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path.parent / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def sealed_files(home: Path, vault: Vault) -> Iterator[SealedFile]:
    """Those of the home folder that hold what was sealed; what a killed process left half done is taken away."""
    for path in sorted(home.iterdir()) if home.is_dir() else ():
        if not path.is_file() or path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            continue
        with path.open("rb") as file:
            begins = file.read(64)
        if is_sealed(begins):
            yield SealedFile(path, vault)
