"""Answers are sent once, though Meta knows no key of ours: looked for among what it shows, and noted here.

Each is noted before and after it is sent, so that a repeat is known where nothing can be looked up: in the comments of
somebody else's medium. Other machines do not see the notes.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from models import Receipt
from models.errors import PermanentError, UnknownOutcomeError

KEPT_SECONDS = 14 * 86_400
"""Far longer than the outbox tries."""


class SentBook(Protocol):
    def find(self, key: str) -> str | None:
        """Reference of what was sent under `key`; empty where it began and did not end; None where it did not begin."""
        ...

    def note(self, key: str, reference: str) -> None:
        """Empty `reference`: it begins."""
        ...

    def forget(self, key: str) -> None: ...


class MemorySent:
    """Kept as long as the process lives."""

    def __init__(self) -> None:
        self._references: dict[str, str] = {}

    def find(self, key: str) -> str | None:
        return self._references.get(key)

    def note(self, key: str, reference: str) -> None:
        self._references[key] = reference

    def forget(self, key: str) -> None:
        self._references.pop(key, None)


class FileSent:
    """Kept in `folder`, one file per answer, named by a digest of its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> str | None:
        try:
            return self._path(key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def note(self, key: str, reference: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._drop_old()
        new = self._path(key).with_suffix(".new")
        new.write_text(reference, encoding="utf-8")
        new.replace(self._path(key))

    def forget(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:32]

    def _drop_old(self) -> None:
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process was faster
                if path.stat().st_mtime < oldest:
                    path.unlink()


def send_once(
    book: SentBook, key: str, send: Callable[[], str], *, look: Callable[[], Iterable[str]] | None, where: str
) -> Receipt:
    """Send an answer, once. `look` gives ids of words of ours that read the same; None where none can be asked for.

    Raises: what `send` and `look` raise; PermanentError where it is not known whether it was sent, and nobody can be
    asked: a repeat might show it twice, so a person decides.
    """
    known = book.find(key)
    if known:
        return Receipt(reference=known, found=True)
    doubt = f"meta: the answer may have been sent already, and {where} cannot be asked: look there before sending again"
    if look is not None:
        # The same words as an answer to something else are not this answer.
        ours = next((id for id in look() if book.find(_reverse(id)) in (None, key)), None)
        if ours is not None:
            _note(book, key, ours)
            return Receipt(reference=ours, found=True)
    elif known is not None:
        raise PermanentError(doubt)
    book.note(key, "")
    try:
        reference = send()
    except UnknownOutcomeError as error:
        if look is None:
            raise PermanentError(doubt) from error
        raise
    except Exception:
        book.forget(key)
        raise
    _note(book, key, reference)
    return Receipt(reference=reference)


def _note(book: SentBook, key: str, reference: str) -> None:
    book.note(key, reference)
    book.note(_reverse(reference), key)


def _reverse(reference: str) -> str:
    return f"reference {reference}"
