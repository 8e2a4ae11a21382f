"""Who comes in: log-in, sessions, and one-time links to choose a password."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.configuration import person
from inbox.locks import locked_until
from inbox.passwords import Passwords
from inbox.roles import Role
from models.account import Stage, Way
from settings import Settings
from store.accounts import Session, User
from store.store import Store, Transaction

INVITATION = timedelta(hours=24)
HALF_WAY = timedelta(minutes=10)
"""Between the password and the second factor."""
KNOWN_FOR = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=5)
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: its token goes to the cookie, and only its digest is kept."""

    token: str
    user: User
    stage: Stage
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """Of sessions, as the settings say."""

    lasts: timedelta
    idle: timedelta
    second_factor_roles: frozenset[str]
    by_password: frozenset[str] | None
    """Who may log in by password; None: everybody."""

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        only = settings.break_glass if settings.password_log_in == "break_glass" else None  # noqa: S105
        return cls(
            timedelta(hours=settings.session_hours),
            timedelta(minutes=settings.session_idle_minutes),
            frozenset(settings.second_factor_roles),
            only,
        )

    def lets_in(self, user: User, way: str) -> bool:
        """Where single sign-on is the rule, a password is only for those administrators that the settings name."""
        if self.by_password is None or way != Way.PASSWORD:
            return True
        return user.name in self.by_password and user.role == Role.ADMIN

    def stage_of(self, session: Session) -> Stage:
        """Looked at anew at every request: a role that comes to demand a second factor does so at once."""
        if session.stage != Stage.OPEN:
            return Stage.CODE
        is_demanded = session.user.role in self.second_factor_roles and session.way != Way.SINGLE_SIGN_ON_STRONG
        return Stage.SET_UP if is_demanded and not session.has_second_factor else Stage.OPEN

    @property
    def seen_every(self) -> timedelta:
        return min(SEEN_EVERY, self.idle / 4)


def new_token() -> str:
    """32 random bytes, in the letters of a URL."""
    return secrets.token_urlsafe(32)


def by_password(
    store: Store, passwords: Passwords, name: str, password: str, *, known: str = "", now: datetime
) -> User | None:
    """None for a wrong name or password, a locked or a disabled account: from outside all look the same.

    The try is counted before the password is looked at, so that many at once do not outrun the lock. `known`: the
    token of a browser that logged in before, which has tries of its own.
    """
    with store.writing() as transaction:
        user = _count_try(transaction, name, known, now=now)
    if not passwords.matches(password, user.password_hash if user else None):
        return None
    return user


def is_known(store: Store, name: str, known: str, *, now: datetime) -> bool:
    """Whether somebody of this name logged in from this browser before. Counts nothing."""
    if not known:
        return False
    with store.reading() as transaction:
        user = transaction.accounts.by_name(name)
        return user is not None and transaction.known_browsers.is_known(known, user.id, now=now)


def _count_try(transaction: Transaction, name: str, known: str, *, now: datetime) -> User | None:
    user = transaction.accounts.by_name(name)
    if user is None or user.disabled_at is not None:
        return None
    if known and transaction.known_browsers.count_try(known, user.id, now=now):
        return user
    if user.locked_until is not None and user.locked_until > now:
        return None
    failed = user.failed_logins + 1
    transaction.accounts.note_login(user.id, failed_logins=failed, locked_until=locked_until(failed, now))
    return user


def enter(
    transaction: Transaction, user: User, rules: Rules, *, way: Way, browser: str, now: datetime, instead_of: str = ""
) -> Opened:
    """Whoever has a second factor is half-way in until it was shown, unless the provider saw one.

    `instead_of`: the token of a session that this browser brought along; it ends.
    """
    factor = transaction.second_factors.get(user.id)
    is_half = factor is not None and factor.confirmed_at is not None and way is not Way.SINGLE_SIGN_ON_STRONG
    transaction.accounts.note_login(user.id, failed_logins=0, locked_until=None)
    return open_session(
        transaction,
        user,
        stage=Stage.CODE if is_half else Stage.OPEN,
        way=way,
        lasts=HALF_WAY if is_half else rules.lasts,
        browser=browser,
        now=now,
        instead_of=instead_of,
    )


def open_session(
    transaction: Transaction,
    user: User,
    *,
    stage: Stage,
    way: Way,
    lasts: timedelta,
    browser: str,
    now: datetime,
    instead_of: str = "",
) -> Opened:
    """Always under a new token; that of before is good for nothing any more."""
    token = new_token()
    if instead_of:
        transaction.accounts.close_session(instead_of)
    transaction.accounts.open_session(
        user.id, token, new_token(), now=now, expires_at=now + lasts, stage=stage, way=way, browser=browser
    )
    return Opened(token, user, stage, lasts)


def go_on(transaction: Transaction, session: Session, rules: Rules, *, token: str, now: datetime) -> Opened:
    """The same log-in, wholly in, under a new token: after the second factor, or a change of what proves who it is."""
    return open_session(
        transaction,
        session.user,
        stage=Stage.OPEN,
        way=Way(session.way),
        lasts=rules.lasts if session.stage != Stage.OPEN else max(session.expires_at - now, timedelta()),
        browser=session.browser,
        now=now,
        instead_of=token,
    )


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
