"""Which answers were handed to Telegram: it takes a message twice, and a bot cannot read what it said."""

import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Protocol

KEPT_DAYS = 30
"""Long after the last try of an answer."""


class Attempts(Protocol):
    def begin(self, key: str) -> str | None:
        """None where this is the first try, which is noted before this returns. Else the number of the message that
        was sent, empty where it is not known whether it was."""
        ...

    def sent(self, key: str, reference: str) -> None: ...

    def undone(self, key: str) -> None:
        """That try certainly had no effect."""
        ...


class MemoryAttempts:
    """Kept as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def begin(self, key: str) -> str | None:
        found = self._kept.get(key)
        self._kept.setdefault(key, "")
        return found

    def sent(self, key: str, reference: str) -> None:
        self._kept[key] = reference

    def undone(self, key: str) -> None:
        self._kept.pop(key, None)


class FileAttempts:
    """Kept in `folder`, one small file per answer, seen by every process of the machine. Holds no words."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        """`now` gives epoch seconds."""
        self._folder = folder
        self._now = now

    def begin(self, key: str) -> str | None:
        """See `Attempts.begin`. Of two processes at once, one is the first."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._forget_old()
        try:
            handle = os.open(self._path(key), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return self._path(key).read_text()
        os.fsync(handle)
        os.close(handle)
        return None

    def sent(self, key: str, reference: str) -> None:
        beside = self._path(key).with_suffix(".new")
        beside.write_text(reference)
        beside.replace(self._path(key))

    def undone(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / sha256(key.encode()).hexdigest()[:32]

    def _forget_old(self) -> None:
        oldest = self._now() - KEPT_DAYS * 86_400
        with os.scandir(self._folder) as entries:
            old = [entry.path for entry in entries if entry.stat().st_mtime < oldest]
        for path in old:
            Path(path).unlink(missing_ok=True)
