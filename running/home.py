"""The folder of the embedded default, and the lock that keeps two process trees out of it."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import SetupError
from settings import Settings

LOCK = "earshot.lock"


def prepare_home(settings: Settings) -> None:
    """Make the folder, for its owner only, and prove that it can be written to.

    Raises: SetupError naming the folder and the way out.
    """
    make_private_folder(settings.home)
    try:
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        raise SetupError(_refused(settings.home, error)) from None


def make_private_folder(folder: Path) -> None:
    """Mode 0700, ours, and not a link to somebody else's.

    Raises: SetupError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = folder.stat().st_uid
    except OSError as error:
        raise SetupError(_refused(folder, error)) from None
    if owner != os.getuid():
        raise SetupError(f"{folder} belongs to another user ({owner}); set EARSHOT_HOME to a folder of your own")


def _refused(folder: Path, error: OSError) -> str:
    return f"cannot write to the folder {folder}: {error.strerror}; set EARSHOT_HOME to one you may write to"


@contextmanager
def only_one(settings: Settings) -> Iterator[bool]:
    """True for the one process that holds the folder; the lock ends with the process, however it ends."""
    descriptor = os.open(settings.home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
