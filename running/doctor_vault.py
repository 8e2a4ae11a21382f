"""Whether the vault's keys are there, are kept from others, and open what is sealed."""

import os
from collections.abc import Callable

from models.errors import SetupError
from running.doctor import Finding, examine
from settings import Settings
from store.vault import FileKeys, VaultError, keyring_of


def look_at_vault(settings: Settings, faults: Callable[[], list[str]]) -> Finding:
    """`faults`: what does not open, asked for once the keys are at hand."""
    return examine("vault", lambda: _keys(settings, faults))


def _keys(settings: Settings, faults: Callable[[], list[str]]) -> str:
    keyring = keyring_of(settings)
    if isinstance(keyring, FileKeys):
        newest = keyring.keys()[0].shown
        state = keyring.path.stat()
        # Of a file that root hands to us, as Kubernetes does with a secret, our group is the only reader there can be.
        if state.st_mode & (0o037 if state.st_uid == 0 != os.getuid() else 0o077):
            raise SetupError(f"{keyring.path} can be read by others: run chmod 600 {keyring.path}")
        if state.st_uid not in (os.getuid(), 0):
            raise SetupError(f"{keyring.path} belongs to another user ({state.st_uid}): run chown on it")
        where = str(keyring.path)
    else:
        newest, where = keyring.keys()[0].shown, "EARSHOT_VAULT_KEY"
    closed = faults()
    if closed:
        raise VaultError(f"{len(closed)} sealed values do not open: {closed[0]}")
    return f"key {newest} of {where}; everything that is sealed opens"
