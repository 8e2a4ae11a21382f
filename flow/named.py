"""Who acts: a person with an account of their own, in a role that may."""

from collections.abc import Collection

from models.errors import RecordError
from store.accounts import User
from store.store import Transaction

LONGEST_REASON_CHARACTERS = 2_000


class RefusedError(RecordError):
    """Not this person, or not now; nothing was changed."""


def named_person(transaction: Transaction, name: str, roles: Collection[str], what: str) -> User:
    """Somebody who has logged in once, so that two names are two people as far as the accounts can tell.

    Raises: RefusedError naming the person, their role, and who may.
    """
    user = transaction.accounts.by_name(name.strip())
    if user is None:
        raise RefusedError(f"{name!r} has no account here: to {what}, give the name of somebody who has")
    if user.disabled_at is not None:
        raise RefusedError(f"the account of {user.name} is closed: somebody else has to {what}")
    if user.password_hash is None:
        raise RefusedError(f"{user.name} has not taken up the invitation yet: to {what}, they have to log in first")
    if user.role not in roles:
        raise RefusedError(f"{user.name} is {user.role}: to {what}, one has to be {' or '.join(sorted(roles))}")
    return user


def given_reason(reason: str, what: str) -> str:
    """Raises: RefusedError."""
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON_CHARACTERS:
        raise RefusedError(f"to {what}, say why, in 1 to {LONGEST_REASON_CHARACTERS:,} characters")
    return words
