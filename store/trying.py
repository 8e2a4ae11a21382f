"""Wrong tries, counted for all processes of the inbox together, and forms of accounts that are carried out once."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, or_, select, update

from store.statements import insert
from store.trying_tables import sent_forms, wrong_tries

FORGOTTEN_AT_ONCE = 500
"""What is over goes with the next that is counted, so many at most: nobody waits for the rest."""


class WrongTries:
    """A count is one row, and counting one statement: however many processes count, none is lost and none is over."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_full(self, digest: str, most: int, *, now: datetime) -> bool:
        """Counts nothing."""
        table = wrong_tries.c
        found = select(table.digest).where(table.digest == digest, table.ends_at > now, table.tries >= most)
        return self._connection.execute(found).first() is not None

    def count(self, digest: str, most: int, lasts: timedelta, *, now: datetime) -> bool:
        """False where there were `most` already since the first of them, at most `lasts` ago; then nothing changes."""
        table = wrong_tries.c
        is_over = table.ends_at <= now
        adding = insert(self._connection, wrong_tries).values(digest=digest, tries=1, ends_at=now + lasts)
        counted = adding.on_conflict_do_update(
            index_elements=["digest"],
            set_={
                "tries": case((is_over, 1), else_=table.tries + 1),
                "ends_at": case((is_over, now + lasts), else_=table.ends_at),
            },
            where=or_(is_over, table.tries < most),
        )
        return self._connection.scalar(counted.returning(table.digest)) is not None

    def take_back(self, digest: str, *, now: datetime) -> None:
        """One of those that count now was none."""
        table = wrong_tries.c
        wanted = (table.digest == digest, table.ends_at > now, table.tries > 0)
        self._connection.execute(update(wrong_tries).where(*wanted).values(tries=table.tries - 1))

    def has_old(self, *, now: datetime) -> bool:
        return (
            self._connection.execute(select(wrong_tries.c.digest).where(wrong_tries.c.ends_at <= now)).first()
            is not None
        )

    def forget_old(self, *, now: datetime) -> int:
        """At most `FORGOTTEN_AT_ONCE`; gives how many."""
        old = select(wrong_tries.c.digest).where(wrong_tries.c.ends_at <= now).limit(FORGOTTEN_AT_ONCE)
        return self._connection.execute(
            delete(wrong_tries).where(wrong_tries.c.digest.in_(old), wrong_tries.c.ends_at <= now)
        ).rowcount


class SentForms:
    """A form of an account that comes a second time changes nothing any more."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_sent(self, user_id: int, form_key: str) -> bool:
        """Counts nothing."""
        wanted = sent_forms.c.digest == _digest(user_id, form_key)
        return self._connection.execute(select(sent_forms.c.digest).where(wanted)).first() is not None

    def take(self, user_id: int, form_key: str, *, now: datetime, expires_at: datetime) -> bool:
        """False where it was carried out before; a second one at the same time waits until the first is kept."""
        self._connection.execute(delete(sent_forms).where(sent_forms.c.expires_at < now))
        row = {"digest": _digest(user_id, form_key), "expires_at": expires_at}
        adding = insert(self._connection, sent_forms).values(row).on_conflict_do_nothing()
        return self._connection.scalar(adding.returning(sent_forms.c.digest)) is not None


def _digest(user_id: int, form_key: str) -> str:
    return hashlib.sha256(f"{user_id}:{form_key}".encode()).hexdigest()
