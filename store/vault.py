"""Credentials at rest: sealed with AES-256-GCM under a key that is not in the database.

A sealed value says by which key it was sealed, and opens only in the place (`context`) it was sealed for: copied to
another row, column or file it opens nowhere.
"""

import base64
import binascii
import hashlib
import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from models.errors import SetupError

KEY_FILE = "vault.key"
SETTING, FILE_SETTING = "EARSHOT_VAULT_KEY", "EARSHOT_VAULT_KEY_FILE"
KEY_BYTES = 32
MAGIC = b"es1\x00"
"""What every sealed value begins with; no JSON and no text does."""
_ID_BYTES, _NONCE_BYTES, _TAG_BYTES = 8, 12, 16
_HEAD = len(MAGIC) + _ID_BYTES
_SHOWN = 8
_WAY_OUT = (
    f"put back the key it was sealed with ({SETTING}, {FILE_SETTING} or {KEY_FILE} of the home folder; every machine"
    " needs the same), or, where it is lost, set that credential up anew; `earshot vault check` lists what is concerned"
)


class VaultError(SetupError):
    """A key is missing or wrong, or what was sealed is not what it was."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `id` names it and gives nothing of it away."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise VaultError(f"a key of the vault has {KEY_BYTES} bytes, not {len(self.secret)}; see {SETTING}")

    def __repr__(self) -> str:
        return f"Key({self.shown})"

    @property
    def id(self) -> bytes:
        return hashlib.sha256(b"earshot vault key\0" + self.secret).digest()[:_ID_BYTES]

    @property
    def shown(self) -> str:
        return self.id.hex()[:_SHOWN]

    @property
    def written(self) -> str:
        """As it stands in a setting or file."""
        return base64.urlsafe_b64encode(self.secret).decode()

    @classmethod
    def new(cls) -> "Key":
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def read(cls, written: str, *, where: str) -> "Key":
        """Raises: VaultError naming the place, and nothing of the key."""
        try:
            return cls(base64.b64decode(written.strip().encode("ascii"), altchars=b"-_", validate=True))
        except (binascii.Error, UnicodeEncodeError, VaultError):
            raise VaultError(
                f"{where} is no key: {KEY_BYTES} bytes by chance in base64, as `earshot vault new-key` prints them"
            ) from None


class Keyring(Protocol):
    """The keys of now, the newest first; it seals, all open."""

    def keys(self) -> Sequence[Key]: ...


class GivenKeys:
    """Of the environment."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = tuple(keys)

    def keys(self) -> Sequence[Key]:
        return self._keys


class FileKeys:
    """One key in a line of a file, newest first; read again when the file changes, so that a rotation reaches all."""

    def __init__(self, path: Path, *, is_made: bool) -> None:
        """`is_made`: whether a missing file is made, with a key by chance, readable by its owner alone."""
        self.path = path
        self._is_made = is_made
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()
        self._lock = threading.Lock()

    def keys(self) -> Sequence[Key]:
        """Raises: VaultError naming the file and the way out."""
        with self._lock:
            try:
                state = self.path.stat()
            except FileNotFoundError:
                if not self._is_made:
                    raise VaultError(f"{FILE_SETTING}: there is no file {self.path}; {_WAY_OUT}") from None
                self._make()
                state = self.path.stat()
            seen = (state.st_mtime_ns, state.st_ino, state.st_size)
            if seen != self._seen:
                self._keys, self._seen = self._read(), seen
            return self._keys

    def _read(self) -> tuple[Key, ...]:
        try:
            lines = self.path.read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError) as error:
            raise VaultError(f"the key file {self.path} cannot be read ({type(error).__name__}); {_WAY_OUT}") from None
        if not lines:
            raise VaultError(f"the key file {self.path} is empty; {_WAY_OUT}")
        return tuple(
            Key.read(line, where=f"line {number} of {self.path}") for number, line in enumerate(lines, start=1)
        )

    def _make(self) -> None:
        """Whole or not at all, and never over another's: two processes at once get the same key."""
        own = self._written([Key.new()])
        try:
            os.link(own, self.path)
        except FileExistsError:
            pass
        finally:
            own.unlink()

    def put(self, keys: Sequence[Key]) -> None:
        """In place of those that are there; whole or not at all, and on the disk before this returns."""
        self._written(keys).replace(self.path)
        descriptor = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _written(self, keys: Sequence[Key]) -> Path:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            own = self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}")
            handle = os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write("".join(f"{key.written}\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise VaultError(
                f"cannot write the key file {self.path}: {error.strerror}; set {FILE_SETTING} or {SETTING}"
            ) from None
        return own


class Vault:
    """Seals and opens."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def seal(self, plain: bytes, context: str) -> bytes:
        """`context` names the one place it will open in: see `context_of`. Raises: VaultError."""
        return self._seal(plain, context, self.newest)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises: VaultError where the key is not at hand, the place is another, or the bytes were changed."""
        key = self.key_of(sealed, context)
        nonce, body = sealed[_HEAD : _HEAD + _NONCE_BYTES], sealed[_HEAD + _NONCE_BYTES :]
        try:
            return AESGCM(key.secret).decrypt(nonce, body, _bound(key, context))
        except InvalidTag:
            raise VaultError(
                f"{context}: what is sealed there was changed, or moved there from another place; set it up anew"
            ) from None

    @property
    def newest(self) -> Key:
        return self.keyring.keys()[0]

    def key_of(self, sealed: bytes, context: str) -> Key:
        """Raises: VaultError naming place and key where it is not at hand, or where nothing sealed stands there."""
        if not is_sealed(sealed):
            raise VaultError(f"{context}: what stands there was not sealed by this program; set it up anew")
        wanted = sealed[len(MAGIC) : _HEAD]
        for key in self.keyring.keys():
            if key.id == wanted:
                return key
        shown = wanted.hex()[:_SHOWN]
        raise VaultError(f"{context}: sealed with key {shown}, which is not among the vault's keys: {_WAY_OUT}")

    def is_newest(self, sealed: bytes) -> bool:
        return sealed[len(MAGIC) : _HEAD] == self.newest.id

    def resealed(self, sealed: bytes, context: str) -> bytes:
        """The same under the newest key. Raises: VaultError."""
        return self.seal(self.open(sealed, context), context)

    @staticmethod
    def _seal(plain: bytes, context: str, key: Key) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return MAGIC + key.id + nonce + AESGCM(key.secret).encrypt(nonce, plain, _bound(key, context))


def is_sealed(value: bytes) -> bool:
    """Whether it looks like it; only opening it proves it."""
    return value.startswith(MAGIC) and len(value) >= _HEAD + _NONCE_BYTES + _TAG_BYTES


def context_of(table: str, column: str, row: object) -> str:
    """The place of a value in the database, e.g. `users.second_factor row 7`."""
    return f"{table}.{column} row {row}"


def _bound(key: Key, context: str) -> bytes:
    return MAGIC + key.id + context.encode()


class VaultSettings(Protocol):
    """What of the settings says where the keys are."""

    @property
    def vault_key(self) -> SecretStr | None: ...

    @property
    def vault_key_file(self) -> Path | None: ...

    @property
    def home(self) -> Path: ...


def vault_of(settings: VaultSettings) -> Vault:
    """With the keys of the setting; else of the file it names; else of one in home, made when first needed.

    Raises: VaultError where the setting cannot be read.
    """
    return Vault(keyring_of(settings))


def keyring_of(settings: VaultSettings) -> GivenKeys | FileKeys:
    """See `vault_of`."""
    if settings.vault_key is not None:
        written = [part for part in settings.vault_key.get_secret_value().split(",") if part.strip()]
        if not written:
            raise VaultError(f"{SETTING} holds no key; make one with `earshot vault new-key`")
        return GivenKeys(
            [Key.read(part, where=f"{SETTING}, part {number}") for number, part in enumerate(written, start=1)]
        )
    if settings.vault_key_file is not None:
        return FileKeys(settings.vault_key_file.expanduser().absolute(), is_made=False)
    return FileKeys(settings.home / KEY_FILE, is_made=True)
