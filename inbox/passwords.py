"""Passwords: argon2 hashes, checked in the same time for names that do not exist."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inbox.languages import _

MIN_CHARACTERS = 10
MAX_CHARACTERS = 200
AT_ONCE = 2
"""One check takes 64 MB of memory; more than this wait for their turn."""


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._of_nobody = self._hasher.hash(_("nobody has this password"))

    def hash(self, password: str) -> str:
        with self._turn:
            return self._hasher.hash(password)

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Takes as long where there is no hash."""
        with self._turn:
            try:
                self._hasher.verify(password_hash or self._of_nobody, password[:MAX_CHARACTERS])
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None


def fault_of(password: str, again: str) -> str | None:
    """Why this password cannot be chosen, or None."""
    if password != again:
        return _("The two passwords are not the same.")
    if len(password) < MIN_CHARACTERS:
        return _(
            "The password has %(count)s characters; choose %(min_characters)s or more. A short sentence is good.",
            count=len(password),
            min_characters=MIN_CHARACTERS,
        )
    if len(password) > MAX_CHARACTERS:
        return _("The password is longer than %(max_characters)s characters.", max_characters=MAX_CHARACTERS)
    return None
