"""Single sign-on and known browsers: which identity opens which account, and from where somebody logged in before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, text, update

from models import ActorKind, Event, EventKind
from store.account_tables import OF_ACCOUNTS, identities, known_browsers, used_sign_ons
from store.statements import insert
from store.tables import events

FORGOTTEN_AFTER = 10
"""Wrong passwords in a row from a known browser: then it is as any other."""


@dataclass(frozen=True, slots=True)
class Identity:
    issuer: str
    subject: str
    user_id: int
    shown: str
    linked_at: datetime
    last_used_at: datetime | None


class Identities:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, issuer: str, subject: str) -> Identity | None:
        wanted = (identities.c.issuer == issuer, identities.c.subject == subject)
        row = self._connection.execute(select(*_COLUMNS).where(*wanted)).one_or_none()
        return Identity(**dict(row._mapping)) if row is not None else None

    def of_user(self, user_id: int) -> list[Identity]:
        rows = select(*_COLUMNS).where(identities.c.user_id == user_id).order_by(identities.c.linked_at)
        return [Identity(**dict(row._mapping)) for row in self._connection.execute(rows)]

    def linked(self) -> frozenset[int]:
        """Ids of the people whose account some identity opens."""
        return frozenset(self._connection.scalars(select(identities.c.user_id).distinct()))

    def link(self, issuer: str, subject: str, user_id: int, shown: str, *, now: datetime) -> bool:
        """False where the identity opens an account already, this one or another."""
        row = {"issuer": issuer, "subject": subject, "user_id": user_id, "shown": shown, "linked_at": now}
        adding = insert(self._connection, identities).values(row).on_conflict_do_nothing()
        return self._connection.scalar(adding.returning(identities.c.user_id)) is not None

    def unlink(self, user_id: int) -> int:
        return self._connection.execute(delete(identities).where(identities.c.user_id == user_id)).rowcount

    def used(self, issuer: str, subject: str, shown: str, *, now: datetime) -> None:
        wanted = (identities.c.issuer == issuer, identities.c.subject == subject)
        self._connection.execute(update(identities).where(*wanted).values(shown=shown, last_used_at=now))

    def take_once(self, nonce: str, *, now: datetime, expires_at: datetime) -> bool:
        """False where an answer with this nonce was taken before."""
        self._connection.execute(delete(used_sign_ons).where(used_sign_ons.c.expires_at < now))
        row = {"digest": _digest(nonce), "expires_at": expires_at}
        adding = insert(self._connection, used_sign_ons).values(row).on_conflict_do_nothing()
        return self._connection.scalar(adding.returning(used_sign_ons.c.digest)) is not None


class KnownBrowsers:
    """A browser that logged in before has tries of its own, so that nobody who types wrong passwords keeps it out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, token: str, user_id: int, *, now: datetime, expires_at: datetime) -> None:
        self._connection.execute(delete(known_browsers).where(known_browsers.c.expires_at < now))
        row = {"digest": _digest(token), "user_id": user_id, "failed": 0, "expires_at": expires_at}
        adding = insert(self._connection, known_browsers).values(row)
        values = {"failed": 0, "expires_at": expires_at}
        self._connection.execute(adding.on_conflict_do_update(index_elements=["digest", "user_id"], set_=values))

    def count_try(self, token: str, user_id: int, *, now: datetime) -> bool:
        """Whether this browser is known for this person, and did not fail too often."""
        table = known_browsers.c
        wanted = (table.digest == _digest(token), table.user_id == user_id, table.expires_at > now)
        counted = self._connection.execute(
            update(known_browsers).where(*wanted, table.failed < FORGOTTEN_AFTER).values(failed=table.failed + 1)
        )
        return bool(counted.rowcount)

    def is_known(self, token: str, user_id: int, *, now: datetime) -> bool:
        """Counts nothing."""
        table = known_browsers.c
        wanted = (table.digest == _digest(token), table.user_id == user_id, table.expires_at > now)
        found = select(table.user_id).where(*wanted, table.failed < FORGOTTEN_AFTER)
        return self._connection.execute(found).first() is not None

    def forget(self, user_id: int) -> None:
        self._connection.execute(delete(known_browsers).where(known_browsers.c.user_id == user_id))


class AccountLog:
    """What happened to accounts, out of the event log."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self, *, limit: int) -> Sequence[Event]:
        found = select(events).where(text(OF_ACCOUNTS)).order_by(events.c.at.desc(), events.c.id.desc()).limit(limit)
        return [
            Event(row.key, EventKind(row.kind), row.at, ActorKind(row.actor_kind), row.actor, facts=row.facts)
            for row in self._connection.execute(found)
        ]


_COLUMNS = tuple(identities.c[name] for name in Identity.__dataclass_fields__)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
