"""Who comes in: log-in, sessions, and one-time links to choose a password."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.configuration import person
from inbox.passwords import Passwords
from inbox.roles import Role
from store.accounts import User
from store.store import Store, Transaction

SESSION = timedelta(hours=12)
INVITATION = timedelta(hours=24)
FREE_TRIES = 5
LONGEST_LOCK = timedelta(minutes=15)
FIRST_LOCK_SECONDS = 30
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: its token goes to the cookie, and only its digest is kept."""

    token: str
    user: User


def new_token() -> str:
    """32 random bytes, in the letters of a URL."""
    return secrets.token_urlsafe(32)


def log_in(store: Store, passwords: Passwords, name: str, password: str, *, now: datetime) -> Opened | None:
    """None for a wrong name or password, a locked or a disabled account: from outside all look the same.

    The try is counted before the password is looked at, so that many at once do not outrun the lock.
    """
    with store.writing() as transaction:
        user = _count_try(transaction, name, now=now)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        return None
    with store.writing() as transaction:
        return open_session(transaction, user, now=now)


def _count_try(transaction: Transaction, name: str, *, now: datetime) -> User | None:
    user = transaction.accounts.by_name(name)
    if user is None or user.disabled_at is not None or (user.locked_until is not None and user.locked_until > now):
        return None
    failed = user.failed_logins + 1
    transaction.accounts.note_login(user.id, failed_logins=failed, locked_until=_locked_until(failed, now))
    return user


def _locked_until(failed: int, now: datetime) -> datetime | None:
    if failed < FREE_TRIES:
        return None
    doublings = min(failed - FREE_TRIES, 10)
    return now + min(timedelta(seconds=FIRST_LOCK_SECONDS * 2**doublings), LONGEST_LOCK)


def open_session(transaction: Transaction, user: User, *, now: datetime) -> Opened:
    token = new_token()
    transaction.accounts.note_login(user.id, failed_logins=0, locked_until=None)
    transaction.accounts.open_session(user.id, token, new_token(), now=now, expires_at=now + SESSION)
    return Opened(token, user)


def invite(transaction: Transaction, user_id: int, *, now: datetime) -> str:
    """The token of a one-time link, good for 24 hours."""
    token = new_token()
    transaction.accounts.invite(user_id, token, expires_at=now + INVITATION)
    return token


def first_admin_link(store: Store, base_url: str, now: datetime) -> str | None:
    """A one-time link for the first person, or None where somebody can log in already.

    `base_url` is how the inbox is reached, sub-path included. There is no default password.
    """
    with store.writing() as transaction:
        if any(user.password_hash is not None and user.disabled_at is None for user in transaction.accounts.all()):
            return None
        admin = transaction.accounts.by_name(ADMIN)
        user_id = admin.id if admin else transaction.accounts.add(ADMIN, Role.ADMIN.value, now=now)
        if admin is None:
            transaction.configuration.note(person(ADMIN, Role.ADMIN.value), by="the first start", now=now)
        return f"{base_url.rstrip('/')}/welcome/{invite(transaction, user_id, now=now)}"
