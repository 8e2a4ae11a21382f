"""People who log in to the inbox. Only digests of tokens are stored."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from models.account import Stage, Way
from store.account_tables import known_browsers, second_factors
from store.tables import invitations, sessions, users


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    role: str
    password_hash: str | None
    disabled_at: datetime | None
    failed_logins: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    user: User
    form_token: str
    digest: str
    """Of its token; names it in lists, and opens nothing."""
    created_at: datetime
    expires_at: datetime
    seen_at: datetime
    browser: str
    stage: str
    """See `models.account.Stage`."""
    way: str
    has_second_factor: bool
    """Whether this person set one up, whichever way this session was opened."""


class Accounts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(users)) or 0

    def all(self) -> list[User]:
        return [_user(row) for row in self._connection.execute(select(users).order_by(users.c.name))]

    def add(self, name: str, role: str, *, now: datetime) -> int:
        """Raises sqlalchemy's IntegrityError where the name is taken; callers look first with `by_name`."""
        row = {"name": name, "role": role, "created_at": now, "failed_logins": 0}
        user_id: int = self._connection.execute(users.insert().values(row).returning(users.c.id)).scalar_one()
        return user_id

    def by_name(self, name: str) -> User | None:
        row = self._connection.execute(select(users).where(users.c.name == name)).one_or_none()
        return _user(row) if row is not None else None

    def by_id(self, user_id: int) -> User | None:
        row = self._connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
        return _user(row) if row is not None else None

    def rename(self, user_id: int, name: str) -> None:
        """Raises like `add`."""
        self._connection.execute(update(users).where(users.c.id == user_id).values(name=name))

    def set_role(self, user_id: int, role: str, *, was: str) -> bool:
        """Open sessions have it from the next request on. False where the role is another than `was` by now."""
        same = (users.c.id == user_id, users.c.role == was)
        return bool(self._connection.execute(update(users).where(*same).values(role=role)).rowcount)

    def disable(self, user_id: int, *, now: datetime) -> None:
        """Also ends every invitation and every session of this person."""
        self._connection.execute(update(users).where(users.c.id == user_id).values(disabled_at=now))
        self._connection.execute(invitations.delete().where(invitations.c.user_id == user_id))
        self._connection.execute(sessions.delete().where(sessions.c.user_id == user_id))
        self._connection.execute(known_browsers.delete().where(known_browsers.c.user_id == user_id))

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Also ends every invitation and every session of this person."""
        values = {"password_hash": password_hash, "failed_logins": 0, "locked_until": None}
        self._connection.execute(update(users).where(users.c.id == user_id).values(values))
        self._connection.execute(invitations.delete().where(invitations.c.user_id == user_id))
        self._connection.execute(sessions.delete().where(sessions.c.user_id == user_id))
        self._connection.execute(known_browsers.delete().where(known_browsers.c.user_id == user_id))

    def note_login(self, user_id: int, *, failed_logins: int, locked_until: datetime | None) -> None:
        values = {"failed_logins": failed_logins, "locked_until": locked_until}
        self._connection.execute(update(users).where(users.c.id == user_id).values(values))

    def invite(self, user_id: int, token: str, *, expires_at: datetime) -> None:
        row = {"digest": _digest(token), "user_id": user_id, "expires_at": expires_at}
        self._connection.execute(invitations.insert().values(row))

    def invited(self, token: str, *, now: datetime) -> User | None:
        """Who may choose a password with this one-time token."""
        joined = select(users).join(invitations, invitations.c.user_id == users.c.id)
        good = joined.where(invitations.c.digest == _digest(token), invitations.c.expires_at > now)
        row = self._connection.execute(good).one_or_none()
        return _user(row) if row is not None else None

    def open_session(
        self,
        user_id: int,
        token: str,
        form_token: str,
        *,
        now: datetime,
        expires_at: datetime,
        stage: str = Stage.OPEN,
        way: str = Way.PASSWORD,
        browser: str = "",
    ) -> None:
        self._connection.execute(sessions.delete().where(sessions.c.expires_at < now))
        row = {"digest": _digest(token), "user_id": user_id, "form_token": form_token, "created_at": now}
        row |= {"expires_at": expires_at, "seen_at": now, "stage": stage, "way": way, "browser": browser}
        self._connection.execute(sessions.insert().values(row))

    def session(self, token: str, *, now: datetime, idle: timedelta | None = None) -> Session | None:
        """None where it ended, was not used for `idle`, or its person may not log in any more."""
        found = _SESSIONS.where(
            sessions.c.digest == _digest(token), sessions.c.expires_at > now, users.c.disabled_at.is_(None)
        )
        row = self._connection.execute(found).one_or_none()
        session = _session(row) if row is not None else None
        return None if session is None or _is_idle(session, now, idle) else session

    def sessions_of(self, user_id: int, *, now: datetime, idle: timedelta | None = None) -> list[Session]:
        """Those that are open, the newest first."""
        found = _SESSIONS.where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
        rows = self._connection.execute(found.order_by(sessions.c.created_at.desc(), sessions.c.digest))
        return [one for one in map(_session, rows) if not _is_idle(one, now, idle)]

    def standing(self, digests: Collection[str], *, now: datetime) -> frozenset[str]:
        """Those of these sessions that did not end, wholly logged in."""
        if not digests:
            return frozenset()
        table = sessions.c
        wanted = (table.digest.in_(digests), table.expires_at > now, table.stage == Stage.OPEN)
        return frozenset(self._connection.scalars(select(table.digest).where(*wanted)))

    def saw_session(self, digest: str, *, now: datetime) -> None:
        self._connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=now))

    def close_session(self, token: str) -> None:
        self._connection.execute(sessions.delete().where(sessions.c.digest == _digest(token)))

    def end_session(self, user_id: int, digest: str) -> bool:
        """By the digest that a list showed; only of this person."""
        same = (sessions.c.user_id == user_id, sessions.c.digest == digest)
        return bool(self._connection.execute(sessions.delete().where(*same)).rowcount)

    def end_sessions(self, user_id: int, *, but: str = "") -> int:
        """All but the one with this digest; gives how many."""
        others = (sessions.c.user_id == user_id, sessions.c.digest != but)
        return self._connection.execute(sessions.delete().where(*others)).rowcount


_SESSIONS = (
    select(users, sessions, second_factors.c.confirmed_at)
    .join(sessions, sessions.c.user_id == users.c.id)
    .outerjoin(second_factors, second_factors.c.user_id == users.c.id)
)


def _session(row: Any) -> Session:
    told = row._mapping
    user = User(
        *(told[users.c[name]] for name in ("id", "name", "role", "password_hash")),
        *(told[users.c[name]] for name in ("disabled_at", "failed_logins", "locked_until")),
    )
    begun = told[sessions.c.created_at]
    return Session(
        user=user,
        form_token=told[sessions.c.form_token],
        digest=told[sessions.c.digest],
        created_at=begun,
        expires_at=told[sessions.c.expires_at],
        seen_at=told[sessions.c.seen_at] or begun,
        browser=told[sessions.c.browser],
        stage=told[sessions.c.stage],
        way=told[sessions.c.way],
        has_second_factor=told[second_factors.c.confirmed_at] is not None,
    )


def _is_idle(session: Session, now: datetime, idle: timedelta | None) -> bool:
    return idle is not None and now - session.seen_at > idle


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _user(row: Any) -> User:
    return User(row.id, row.name, row.role, row.password_hash, row.disabled_at, row.failed_logins, row.locked_until)
