"""Requests for erasure, and which messages must not come back. Of a person who is gone a salted digest stays."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from models.erasure import Erasure, ErasureState
from models.retention import DELETED, REDACTED
from store.statements import insert_new
from store.tables import mentions
from store.trust_tables import erased_messages, erasures

CHUNK = 500


class Erasures:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, author_key: str, *, reason: str, policy: str, person: str, person_id: int, now: datetime) -> int:
        salt = secrets.token_hex(16)
        row = {
            "state": ErasureState.ASKED.value,
            "reason": reason,
            "policy": policy,
            "author_key": author_key,
            "salt": salt,
            "person_digest": _salted(salt, author_key),
            "asked_by_id": person_id,
            "asked_by": person,
            "asked_at": now,
        }
        number: int = self._connection.execute(erasures.insert().values(row).returning(erasures.c.id)).scalar_one()
        return number

    def get(self, number: int) -> Erasure | None:
        row = self._connection.execute(select(erasures).where(erasures.c.id == number)).one_or_none()
        return _erasure(row) if row is not None else None

    def newest(self, *, limit: int) -> list[Erasure]:
        rows = self._connection.execute(select(erasures).order_by(erasures.c.id.desc()).limit(limit))
        return [_erasure(row) for row in rows]

    def waiting_for(self, author_key: str) -> int | None:
        """The request that stands for this person and is not decided yet."""
        wanted = (erasures.c.author_key == author_key, erasures.c.state == ErasureState.ASKED.value)
        number: int | None = self._connection.scalar(select(erasures.c.id).where(*wanted).limit(1))
        return number

    def agree(self, number: int, *, person: str, person_id: int, now: datetime) -> bool:
        """Compare-and-set: False where it is not waiting, or the same person asked."""
        wanted = (
            erasures.c.id == number,
            erasures.c.state == ErasureState.ASKED.value,
            erasures.c.asked_by_id != person_id,
        )
        values = {"state": ErasureState.DONE.value, "agreed_by": person, "agreed_at": now}
        return self._connection.execute(update(erasures).where(*wanted).values(values)).rowcount == 1

    def turn_down(self, number: int, *, person: str, now: datetime) -> bool:
        wanted = (erasures.c.id == number, erasures.c.state == ErasureState.ASKED.value)
        values = {"state": ErasureState.TURNED_DOWN.value, "ended_by": person, "ended_at": now, "author_key": None}
        return self._connection.execute(update(erasures).where(*wanted).values(values)).rowcount == 1

    def carried_out(
        self, number: int, *, messages: int, left: Mapping[str, int], look_at: datetime | None, now: datetime
    ) -> None:
        """`look_at`: when what is left is looked at again; None where nothing is, and the person is forgotten."""
        values: dict[str, Any] = {
            "messages": erasures.c.messages + messages,
            "left_over": dict(left),
            "look_at": look_at,
            "ended_at": now,
        }
        if look_at is None:
            values["author_key"] = None
        self._connection.execute(update(erasures).where(erasures.c.id == number).values(values))

    def due(self, *, now: datetime, limit: int) -> list[int]:
        """Those with something left whose day it is."""
        wanted = select(erasures.c.id).where(erasures.c.look_at <= now).order_by(erasures.c.look_at).limit(limit)
        return list(self._connection.scalars(wanted))

    def keep_away(self, number: int, mention_ids: Iterable[str], *, now: datetime) -> None:
        """These messages are not kept again, in whatever shape they come."""
        rows = [{"mention_id": each, "erasure_id": number, "erased_at": now} for each in mention_ids]
        insert_new(self._connection, erased_messages, rows)

    def gone(self, mention_ids: Collection[str]) -> set[str]:
        """Those of which nothing may be kept again: erased, redacted, or deleted by their author."""
        found: set[str] = set()
        ids = sorted(mention_ids)
        for chunk in (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)):
            erased = select(erased_messages.c.mention_id).where(erased_messages.c.mention_id.in_(chunk))
            empty = or_(mentions.c.text == REDACTED, mentions.c.text == DELETED)
            found.update(self._connection.scalars(erased))
            found.update(self._connection.scalars(select(mentions.c.id).where(mentions.c.id.in_(chunk), empty)))
        return found

    def erased_at(self, author_keys: Collection[str]) -> dict[str, datetime]:
        """Author → when they were erased last: what they said before is not kept again."""
        table, found = erasures.c, dict[str, datetime]()
        if not author_keys:
            return found
        done = select(table.salt, table.person_digest, table.agreed_at).where(table.state == ErasureState.DONE.value)
        for row in self._connection.execute(done.order_by(table.agreed_at)):
            for key in author_keys:
                if _salted(row.salt, key) == row.person_digest:
                    found[key] = row.agreed_at
        return found


def _salted(salt: str, author_key: str) -> str:
    return hashlib.sha256(f"{salt}\x1f{author_key}".encode()).hexdigest()


def _erasure(row: Any) -> Erasure:
    return Erasure(
        id=row.id,
        state=ErasureState(row.state),
        reason=row.reason,
        author_key=row.author_key,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        agreed_by=row.agreed_by,
        agreed_at=row.agreed_at,
        ended_by=row.ended_by,
        messages=row.messages,
        left_over=row.left_over or {},
    )
