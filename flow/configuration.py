"""What the program is set to, as the log of the configuration keeps it: gathered at a start, compared, written down.

A secret is never in it: only that it is set, and a hash under a key that lies in the home folder; so a change shows.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from models.configuration import Part, Set
from policy.loading import PACKS, Policy
from store.configuration import NOT_SET
from store.sealed_file import SealedFile
from store.store import Store
from store.vault import VaultSettings, vault_of

KEY_FILE = "configuration.key"
SHARED_PACKS = ("notices", "replies", "retention", "approvals", "follow_up", "promises", "paths")
"""Folders under policy/ that every firm uses, beside the packs that it chose."""
_SHORT, _KEY_BYTES = 12, 32
AT_START = (Part.PROGRAM, Part.SETTINGS, Part.POLICY, Part.CALENDAR, Part.CLASSIFIER, Part.REPLIES)

Told = Mapping[str, tuple[str | None, bool]]
"""Setting → its value, and whether it is a secret."""


def gathered(
    told: Told,
    policy: Policy,
    *,
    key: bytes,
    weights: tuple[str, Path],
    replies: Path,
    files: Mapping[str, Path | None],
) -> list[Set]:
    """Everything of a start but people and keys, which are in the database.

    Args:
        key: see `configuration_key`.
        weights: version and manifest of the weights that judge unless a person promoted others.
        replies: file of the saved replies that are shipped.
        files: files that the firm keeps itself, by what they are.
    """
    packs = [
        Set(Part.POLICY, "regulation pack", f"{policy.regulation.title} · {_folder(PACKS / policy.regulation.name)}"),
        Set(Part.POLICY, "house rules", f"{policy.house.title} · {_folder(PACKS / policy.house.name)}"),
        *(Set(Part.POLICY, name, _folder(PACKS / name)) for name in SHARED_PACKS if (PACKS / name).is_dir()),
    ]
    if policy.sector is not None:
        file = PACKS / "sectors" / f"{policy.sector.name}.toml"
        packs.append(Set(Part.POLICY, "sector pack", f"{policy.sector.title} · {_file(file)}"))
    calendar = [
        Set(Part.CALENDAR, "place", policy.place.code),
        Set(Part.CALENDAR, "time zone", policy.zone.key),
        Set(Part.CALENDAR, "holidays library", _version("holidays")),
    ]
    name, manifest = weights
    return [
        Set(Part.PROGRAM, "version", _version("earshot")),
        *(_setting(setting, value, is_secret, key) for setting, (value, is_secret) in told.items()),
        *packs,
        *calendar,
        *(Set(Part.POLICY, what, _file(path)) for what, path in files.items() if path is not None),
        Set(Part.CLASSIFIER, "weights unless promoted otherwise", f"{name} · {_file(manifest)}"),
        Set(Part.REPLIES, "saved replies that are shipped", _file(replies)),
    ]


def note_start(store: Store, found: Sequence[Set], *, started: str, now: datetime) -> int:
    """How many rows were written: none where all is as it was. Safe from several processes at once."""
    by = f"started with {started}"
    with store.writing() as transaction:
        people = [
            person(user.name, user.role, is_disabled=user.disabled_at is not None)
            for user in transaction.accounts.all()
        ]
        keys = [api_key(one.id, one.name, is_revoked=one.revoked_at is not None) for one in transaction.api_keys.all()]
        rows = transaction.configuration.compare(found, AT_START, by=by, now=now)
        return rows + transaction.configuration.compare([*people, *keys], (Part.PEOPLE, Part.KEYS), by=by, now=now)


def person(name: str, role: str, *, is_disabled: bool = False) -> Set:
    return Set(Part.PEOPLE, name, f"{role}, may no longer log in" if is_disabled else role)


def api_key(number: int, name: str, *, is_revoked: bool = False) -> Set:
    return Set(Part.KEYS, f"key {number}: {name}", "revoked" if is_revoked else "in force")


def configuration_key(settings: VaultSettings) -> bytes:
    """Under which secrets are hashed for the log. Raises: VaultError."""
    return home_key(settings, KEY_FILE)


def home_key(settings: VaultSettings, name: str) -> bytes:
    """Made at the first call, sealed; two processes at once get the same one. Raises: VaultError."""
    file = SealedFile(settings.home / name, vault_of(settings))
    if (found := file.load()) is not None:
        return found
    file.make(secrets.token_bytes(_KEY_BYTES))
    return file.load() or b""


def _setting(name: str, value: str | None, is_secret: bool, key: bytes) -> Set:
    if not is_secret:
        return Set(Part.SETTINGS, name, value)
    mark = f"set, {hashlib.sha256(key).hexdigest()[:4]}:"
    if value is None:
        return Set(Part.SETTINGS, name, NOT_SET)
    keyed = hmac.digest(key, f"{name}={value}".encode(), "sha256").hex()
    return Set(Part.SETTINGS, name, mark + keyed[:_SHORT], mark)


def _file(path: Path) -> str:
    try:
        return f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:_SHORT]}"
    except OSError:
        return "not readable"


def _folder(folder: Path) -> str:
    """Of the names and bytes of its files."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return f"sha256 {found.hexdigest()[:_SHORT]}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
