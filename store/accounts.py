"""People who log in to the inbox. Only digests of tokens are stored."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

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

    def disable(self, user_id: int, *, now: datetime) -> None:
        """Also ends every invitation and every session of this person."""
        self._connection.execute(update(users).where(users.c.id == user_id).values(disabled_at=now))
        self._connection.execute(invitations.delete().where(invitations.c.user_id == user_id))
        self._connection.execute(sessions.delete().where(sessions.c.user_id == user_id))

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Also ends every invitation and every session of this person."""
        values = {"password_hash": password_hash, "failed_logins": 0, "locked_until": None}
        self._connection.execute(update(users).where(users.c.id == user_id).values(values))
        self._connection.execute(invitations.delete().where(invitations.c.user_id == user_id))
        self._connection.execute(sessions.delete().where(sessions.c.user_id == user_id))

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

    def open_session(self, user_id: int, token: str, form_token: str, *, now: datetime, expires_at: datetime) -> None:
        self._connection.execute(sessions.delete().where(sessions.c.expires_at < now))
        row = {"digest": _digest(token), "user_id": user_id, "form_token": form_token, "created_at": now}
        self._connection.execute(sessions.insert().values(row | {"expires_at": expires_at}))

    def session(self, token: str, *, now: datetime) -> Session | None:
        found = (
            select(users, sessions.c.form_token)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.digest == _digest(token), sessions.c.expires_at > now, users.c.disabled_at.is_(None))
        )
        row = self._connection.execute(found).one_or_none()
        return Session(_user(row), row.form_token) if row is not None else None

    def close_session(self, token: str) -> None:
        self._connection.execute(sessions.delete().where(sessions.c.digest == _digest(token)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _user(row: Any) -> User:
    return User(row.id, row.name, row.role, row.password_hash, row.disabled_at, row.failed_logins, row.locked_until)
