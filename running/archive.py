"""A backup as one file: a zip of the database, what of the home folder must be kept, and a manifest with hashes."""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import SetupError

FORM = 1
"""Of the archive. Raised where an older program could not read a newer one's."""
MANIFEST = "manifest.json"
DATABASE = "database"
HOME = "home/"
PIECE_BYTES = 1024 * 1024
MOST_MANIFEST_BYTES = 4 * 1024 * 1024
KEPT_FOLDERS = ("classifiers", "meta-sent")
KEPT_FILES = ("links.key", "configuration.key")
VAULT_KEY = "vault.key"
_TOKENS = re.compile(r"[a-z_]+-[0-9a-f]{16}\.json")
"""What connectors keep: tokens and sessions, each made anew by a log-in where it is lost."""


class Member(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What the archive says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    earshot_backup: int
    version: str
    """Of the program that made it."""
    made_at: str
    """ISO 8601, UTC."""
    database: str
    """sqlite or postgresql."""
    schema_revision: str
    register_entries: int = Field(ge=0)
    register_digest: str
    register_fault: str | None
    """What was wrong with the register when it was backed up."""
    left_out: tuple[str, ...]
    """Files of the home folder that hold secrets and are to be kept apart."""
    members: Mapping[str, Member]


@dataclass(frozen=True, slots=True)
class Found:
    """Files of a home folder, relative to it."""

    kept: list[PurePosixPath]
    secret: list[PurePosixPath]
    """The vault's key, and the tokens that connectors keep."""


def program_version() -> str:
    try:
        return version("earshot")
    except PackageNotFoundError:
        return "0"


def found_in(home: Path) -> Found:
    """Database, Redis, logs and locks are none of it."""
    kept = [path for name in KEPT_FOLDERS for path in sorted((home / name).rglob("*")) if _is_file(path)]
    kept += [path for name in KEPT_FILES if _is_file(path := home / name)]
    secret = [path for path in sorted(home.glob("*")) if _is_secret(path.name) and _is_file(path)]
    return Found(*([PurePosixPath(path.relative_to(home).as_posix()) for path in paths] for paths in (kept, secret)))


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_secret(name: str) -> bool:
    return name == VAULT_KEY or _TOKENS.fullmatch(name) is not None


def write_archive(target: Path, members: Mapping[str, Path], facts: Mapping[str, Any]) -> tuple[Manifest, str]:
    """Make the archive, for its owner only, whole or not at all; gives its SHA-256 as well.

    Raises: SetupError where it exists already, or cannot be written.
    """
    partial = target.with_name(target.name + ".part")
    if target.exists():
        raise SetupError(f"{target} exists already; name another file")
    try:
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w+b") as file:
            manifest = _write(file, members, facts)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SetupError(f"cannot write {target}: {error.strerror}; name another file") from None
    return manifest, digest


def _write(file: IO[bytes], members: Mapping[str, Path], facts: Mapping[str, Any]) -> Manifest:
    told: dict[str, Member] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in members.items():
            hashed, size = hashlib.sha256(), 0
            with path.open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as into:
                while piece := source.read(PIECE_BYTES):
                    hashed.update(piece)
                    size += len(piece)
                    into.write(piece)
            told[name] = Member(bytes=size, sha256=hashed.hexdigest())
        manifest = Manifest(earshot_backup=FORM, version=program_version(), members=told, **facts)
        archive.writestr(_entry(MANIFEST), manifest.model_dump_json(indent=2) + "\n")
    return manifest


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return entry


BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError, OSError)
"""What zipfile raises for bytes that are not what they were."""


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack into a folder that is ours and empty; every byte is held against the manifest.

    Raises: SetupError where the file is no whole backup, or not what was written.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive)
            for name, member in manifest.members.items():
                _unpack(archive, name, member, folder)
    except FileNotFoundError:
        raise SetupError(f"there is no file {source}") from None
    except BROKEN as error:
        raise SetupError(_refusal(source, f"it cannot be read to its end ({error})")) from None
    except _Changed as error:
        raise SetupError(_refusal(source, str(error))) from None
    return manifest


class _Changed(Exception):
    """The message says what is not as it was written."""


def _refusal(source: Path, why: str) -> str:
    return f"{source} is no whole backup: {why}. Nothing was changed; take another copy of it"


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise _Changed("it has no manifest")
    if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
        raise _Changed("its manifest is too large")
    try:
        said = json.loads(archive.read(MANIFEST))
        if isinstance(said, dict) and isinstance(form := said.get("earshot_backup"), int) and form > FORM:
            raise SetupError(f"the backup was made by a newer program ({said.get('version')}): restore with that one")
        manifest = Manifest.model_validate(said)
    except (ValidationError, UnicodeDecodeError) as error:
        raise _Changed("its manifest cannot be read") from error
    names = archive.namelist()
    if sorted(names) != sorted({*manifest.members, MANIFEST}) or DATABASE not in manifest.members:
        raise _Changed("it does not hold the members that its manifest names")
    strange = next((name for name in manifest.members if name != DATABASE and not _may_be(name)), None)
    if strange is not None:
        raise _Changed(f"the member {strange[:80]!r} has no place in a home folder")
    return manifest


def _may_be(name: str) -> bool:
    """Only what `found_in` can have found: no path leads out of the home folder."""
    parts = name.removeprefix(HOME).split("/")
    if not name.startswith(HOME) or any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        return False
    return parts[0] in KEPT_FOLDERS if len(parts) > 1 else parts[0] in KEPT_FILES or _is_secret(parts[0])


def _unpack(archive: zipfile.ZipFile, name: str, member: Member, folder: Path) -> None:
    """Never more than the manifest says is written, whatever it would unpack to."""
    path, hashed, size = folder / name, hashlib.sha256(), 0
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        archive.open(name) as source,
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to,
    ):
        while piece := source.read(PIECE_BYTES):
            size += len(piece)
            if size > member.bytes:
                break
            hashed.update(piece)
            to.write(piece)
    if size != member.bytes or hashed.hexdigest() != member.sha256:
        raise _Changed(f"the member {name} is not what was written")


def home_files(manifest: Manifest) -> Iterator[str]:
    """Relative to the home folder."""
    return (name.removeprefix(HOME) for name in manifest.members if name.startswith(HOME))
