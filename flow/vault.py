"""The vault's rounds: which keys what is sealed lies under, and all of it sealed anew under a new one.

A rotation may be killed anywhere and begun again: old keys go last, each value is changed by compare-and-set, and one
that was begun is ended before another key is made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from store.sealed import COLUMNS, SealedColumn, SealedValue
from store.sealed_file import sealed_files
from store.store import Store
from store.vault import FileKeys, Key, Vault, VaultError, VaultSettings, is_sealed, keyring_of

BATCH = 200
"""Values in one transaction."""


@dataclass(slots=True)
class Checked:
    """What was found, by place."""

    newest: str
    """Name of the key that seals."""
    by_key: dict[str, int] = field(default_factory=dict)
    """Key → how many values open with it."""
    by_place: dict[str, int] = field(default_factory=dict)
    plain: dict[str, int] = field(default_factory=dict)
    """Place → values that were kept before there was a vault; the next rotation seals them."""
    faults: list[str] = field(default_factory=list)
    """Values that do not open, each with the way out."""

    @property
    def behind(self) -> int:
        """How many lie under an older key, or under none."""
        return sum(number for key, number in self.by_key.items() if key != self.newest) + sum(self.plain.values())


@dataclass(frozen=True, slots=True)
class Rotated:
    newest: str
    is_new: bool
    """Whether a key was made now; else the one that stood first was gone on with."""
    resealed: int
    dropped: tuple[str, ...]
    checked: Checked


def check(store: Store, settings: VaultSettings) -> Checked:
    """Open every sealed value, and show none. Raises: VaultError where there is no key at all."""
    vault = Vault(keyring_of(settings))
    found = Checked(vault.newest.shown)
    for column in COLUMNS:
        for value in _values(store, column):
            _look(found, vault, column.name, value.context, value.value)
    for file in sealed_files(settings.home, vault):
        _look(found, vault, "files of home", file.context, file.path.read_bytes())
    return found


def _look(found: Checked, vault: Vault, place: str, context: str, value: bytes) -> None:
    found.by_place[place] = found.by_place.get(place, 0) + 1
    if not is_sealed(value):
        found.plain[place] = found.plain.get(place, 0) + 1
        return
    try:
        vault.open(value, context)
    except VaultError as error:
        found.faults.append(str(error))
    else:
        name = vault.key_of(value, context).shown
        found.by_key[name] = found.by_key.get(name, 0) + 1


def rotate(
    store: Store,
    settings: VaultSettings,
    *,
    drop_old: bool = False,
    told: Callable[[int], None] = lambda resealed: None,
) -> Rotated:
    """Seal everything under a new key, or end a rotation that was begun.

    Keys of the environment cannot be made here: put the new one first, and this seals all under it.

    Args:
        drop_old: also take the older keys out of the file, once nothing lies under them. Backups may need them.
        told: called after each batch with how many were sealed so far.

    Raises: VaultError.
    """
    keyring = keyring_of(settings)
    vault, before, is_new = Vault(keyring), check(store, settings), False
    if isinstance(keyring, FileKeys) and not before.behind:
        keyring.put([Key.new(), *keyring.keys()])
        is_new = True
    resealed = 0
    for column in COLUMNS:
        for batch in _batches(store, column):
            resealed += _reseal(store, vault, column, batch)
            told(resealed)
    for file in sealed_files(settings.home, vault):
        try:
            resealed += file.reseal()
        except VaultError:
            continue  # `check` says so
        told(resealed)
    after = check(store, settings)
    return Rotated(vault.newest.shown, is_new, resealed, _drop(keyring, after) if drop_old else (), after)


def _reseal(store: Store, vault: Vault, column: SealedColumn, batch: list[SealedValue]) -> int:
    done = 0
    with store.writing() as transaction:
        for value in batch:
            if is_sealed(value.value) and vault.is_newest(value.value):
                continue
            try:
                plain = vault.open(value.value, value.context) if is_sealed(value.value) else value.value
            except VaultError:
                continue  # `check` says so
            done += transaction.sealed.replace(column, value, vault.seal(plain, value.context))
    return done


def _drop(keyring: object, after: Checked) -> tuple[str, ...]:
    """Raises: VaultError where something still lies under an older key, or the keys are not ours to change."""
    if not isinstance(keyring, FileKeys):
        raise VaultError("the keys stand in EARSHOT_VAULT_KEY: take the older ones out there, on every machine")
    if after.behind or after.faults:
        raise VaultError("older keys stay: not everything is sealed under the newest; see `earshot vault check`")
    newest, *older = keyring.keys()
    if older:
        keyring.put([newest])
    return tuple(key.shown for key in older)


def _batches(store: Store, column: SealedColumn) -> Iterator[list[SealedValue]]:
    after: tuple[object, ...] = ()
    while True:
        with store.reading() as transaction:
            batch = list(transaction.sealed.values(column, after=after, limit=BATCH))
        if not batch:
            return
        yield batch
        after = batch[-1].key


def _values(store: Store, column: SealedColumn) -> Iterator[SealedValue]:
    return (value for batch in _batches(store, column) for value in batch)
