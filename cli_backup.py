"""`earshot backup` and `earshot restore`: everything that must not be lost, in one file."""

import hashlib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli_start import errors
from models.errors import RetryableError, SetupError
from register.verify import Verification, verify_stored
from running.archive import DATABASE, HOME, VAULT_KEY, Manifest, found_in, home_files, unpack, write_archive
from running.home import only_one, prepare_home
from settings import Settings
from settings import load as load_settings
from store.backup import Copied, Kind, copy_out, put_in, require_alone, require_fitting, what_is_there
from store.queue import QueueDownError, Queues
from store.store import Store, Transaction
from store.vitals import BackupMade

backup_commands = typer.Typer()


@backup_commands.command(epilog="Example: earshot backup /mnt/backups/earshot.zip")
def backup(
    file: Annotated[Path | None, typer.Argument(help="File to make. Default: earshot-TIME.zip in this folder.")] = None,
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Put the vault's key and the connectors' tokens in, too: then lock it away."),
    ] = False,
) -> None:
    """Write database and home folder into one file, while everything runs. It holds personal data."""
    settings, now = load_settings(), datetime.now(UTC)
    if settings.is_sandbox:
        raise SetupError("a sandbox is not backed up: `earshot sandbox make` makes another one")
    target = (file or Path(f"earshot-{now:%Y%m%dT%H%M%SZ}.zip")).absolute()
    if target.exists():
        raise SetupError(f"{target} exists already; name another file")
    store = Store(settings.store_url)
    try:
        with _folder_in(target.parent) as folder:
            copied, verified = copy_out(store, folder / DATABASE, _verify)
            members, left = {DATABASE: folder / DATABASE}, _home_members(settings, with_keys=with_keys)
            facts = _facts(copied, verified, now, left_out=left[1])
            manifest, digest = write_archive(target, members | left[0], facts)
    finally:
        store.close()
    _note(settings, BackupMade(now, verified.entries, verified.digest, digest))
    size = target.stat().st_size
    sys.stdout.write(f"{target}: {size} bytes, SHA-256 {digest}\nschema {copied.revision}, {_shown(verified)}\n")
    _warn(settings, manifest, with_keys=with_keys)
    if verified.fault is not None:
        raise typer.Exit(1)


def _note(settings: Settings, made: BackupMade) -> None:
    """For the figures alone: tables of an older version have no place for it."""
    store = Store(settings.store_url)
    try:
        with store.writing() as transaction:
            there, needed = transaction.vitals.schema()
            if there == needed:
                transaction.vitals.note_backup(made)
    except RetryableError as error:
        errors.print(f"earshot: the backup is whole, and could not be noted down: {error}", markup=False)
    finally:
        store.close()


def _verify(transaction: Transaction) -> Verification:
    return verify_stored(transaction.register.stored(), head=transaction.register.head())


def _home_members(settings: Settings, *, with_keys: bool) -> tuple[dict[str, Path], tuple[str, ...]]:
    """And the names of what is left out."""
    found = found_in(settings.home)
    taken = [*found.kept, *found.secret] if with_keys else found.kept
    left = () if with_keys else tuple(str(path) for path in found.secret)
    return {f"{HOME}{path}": settings.home / path for path in taken}, left


def _facts(copied: Copied, verified: Verification, now: datetime, *, left_out: tuple[str, ...]) -> dict[str, object]:
    return {
        "made_at": now.isoformat(timespec="seconds"),
        "database": copied.kind.value,
        "schema_revision": copied.revision,
        "register_entries": verified.entries,
        "register_digest": verified.digest,
        "register_fault": verified.fault,
        "left_out": left_out,
    }


def _shown(verified: Verification) -> str:
    said = "verify" if verified.fault is None else f"verify, and then: {verified.fault}"
    return f"{verified.entries} register entries {said}; last digest {verified.digest}"


def _warn(settings: Settings, manifest: Manifest, *, with_keys: bool) -> None:
    if with_keys:
        errors.print("earshot: the backup holds keys that open what is sealed in it: lock it away", style="yellow")
    elif VAULT_KEY in manifest.left_out:
        where = settings.home / VAULT_KEY
        errors.print(
            f"earshot: not in it, and to be kept elsewhere: {where}. Without it sealed credentials cannot be opened",
            style="yellow",
            markup=False,
        )
    if manifest.register_fault is not None:
        errors.print(f"earshot: the register is broken: {manifest.register_fault}", style="red", markup=False)


@backup_commands.command(epilog="Example: earshot restore /mnt/backups/earshot.zip")
def restore(
    file: Annotated[Path, typer.Argument(help="What `earshot backup` made.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Give up what the database and the home folder hold now.")
    ] = False,
) -> None:
    """Put a backup in place, and bring it to this version. Everything else has to be stopped."""
    settings = load_settings()
    if settings.is_sandbox:
        raise SetupError(f"{settings.home} is a sandbox: set EARSHOT_HOME to another folder")
    prepare_home(settings)
    store = Store(settings.store_url)
    try:
        with only_one(settings) as is_only, _folder_in(settings.home) as folder:
            if not is_only:
                raise SetupError(f"Earshot runs in {settings.home}: stop it first")
            manifest = unpack(file, folder)
            _require_room(settings, store, manifest, replace=replace)
            now, same = datetime.now(UTC), partial(_is_same, manifest)
            verified = put_in(store, folder / DATABASE, _verify, is_good=same, now=now)
            if not same(verified):
                raise SetupError(_not_the_same(verified, manifest))
            _put_files(settings, folder, manifest)
    finally:
        store.close()
    sys.stdout.write(
        f"restored from {file}, made {manifest.made_at} by {manifest.version}: schema {manifest.schema_revision},"
        f" brought to this version; {_shown(verified)}\n"
    )
    if manifest.left_out:
        errors.print(f"earshot: put back by hand, where you have them: {', '.join(manifest.left_out)}", markup=False)
    if verified.fault is not None:
        errors.print(f"earshot: the register was broken when it was backed up: {verified.fault}", style="red")
        raise typer.Exit(1)


def _require_room(settings: Settings, store: Store, manifest: Manifest, *, replace: bool) -> None:
    """Raises: SetupError where something would be lost, or where somebody is at work."""
    require_fitting(store, Copied(Kind(manifest.database), manifest.schema_revision))
    held = [] if replace else what_is_there(store)
    held += [] if replace else [name for name in home_files(manifest) if _differs(settings, manifest, name)]
    if held:
        raise SetupError(
            f"there is something already: {', '.join(held[:5])}. Nothing was changed; --replace gives it up"
        )
    try:
        workers = sorted({name for names in Queues(settings.queue_url).workers().values() for name in names})
    except QueueDownError:
        workers = []
    if workers:
        raise SetupError(f"workers are running ({', '.join(workers[:3])}): stop every part of Earshot first")
    require_alone(store)


def _differs(settings: Settings, manifest: Manifest, name: str) -> bool:
    path = settings.home / name
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != manifest.members[HOME + name].sha256


def _is_same(manifest: Manifest, found: Verification) -> bool:
    told = (manifest.register_entries, manifest.register_digest, manifest.register_fault)
    return (found.entries, found.digest, found.fault) == told


def _not_the_same(found: Verification, manifest: Manifest) -> str:
    told = f"{manifest.register_entries} entries, last digest {manifest.register_digest}"
    then = "nothing was changed" if manifest.database == Kind.SQLITE else "what is there now is not to be used"
    return f"the register that was restored is not the one that was backed up ({told}): {_shown(found)}; {then}"


def _put_files(settings: Settings, folder: Path, manifest: Manifest) -> None:
    for name in home_files(manifest):
        to = settings.home / name
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / HOME / name).replace(to)


@contextmanager
def _folder_in(folder: Path) -> Iterator[Path]:
    """For a while, readable by its owner alone. Raises: SetupError."""
    try:
        made = tempfile.TemporaryDirectory(prefix=".earshot-", dir=folder)
    except OSError as error:
        raise SetupError(f"cannot write in {folder}: {error.strerror}; name another folder") from None
    with made as name:
        yield Path(name)
