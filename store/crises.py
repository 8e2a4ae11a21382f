"""Crises: who declared what, the statement that stands, and the log of each."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from models import CaseState
from store.crises_tables import crises, crisis_notes
from store.outbox import Effect
from store.statements import insert, insert_new
from store.tables import cases, outbox, receipts

RUNNING, LIFTED = "running", "lifted"
CHUNK = 400


@dataclass(frozen=True, slots=True)
class Crisis:
    id: int
    form_key: str
    name: str
    reason: str
    topics: tuple[str, ...]
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    scope: str
    spike_id: int | None
    owner_id: int
    owner: str
    declared_by: str
    declared_at: datetime
    policy: str
    statement: Mapping[str, str]
    statement_by_id: int | None
    statement_by: str | None
    statement_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    state: str
    lifted_by: str | None
    lifted_at: datetime | None
    lessons: str | None
    version: int

    @property
    def is_running(self) -> bool:
        return self.state == RUNNING

    @property
    def approved_texts(self) -> Mapping[str, str]:
        """What may be said: empty until a second person approved it."""
        return self.statement if self.approved_at is not None else {}

    def covers(self, topics: Collection[str], channel: str, language: str | None) -> bool:
        return (
            (not self.topics or not set(self.topics).isdisjoint(topics))
            and (not self.channels or channel in self.channels)
            and (not self.languages or (language or "")[:2] in self.languages)
        )


@dataclass(frozen=True, slots=True)
class CrisisNote:
    at: datetime
    by: str
    kind: str
    text: str
    case_id: int | None


class StaleCrisisError(Exception):
    """Somebody changed it meanwhile."""


def scope_digest(topics: Sequence[str], channels: Sequence[str], languages: Sequence[str]) -> str:
    told = [sorted(topics), sorted(channels), sorted(languages)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class Crises:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def running(self) -> list[Crisis]:
        """The first declared first: its owner is the one where several cover the same case."""
        found = select(crises).where(crises.c.state == RUNNING).order_by(crises.c.declared_at, crises.c.id)
        return [_crisis(row) for row in self._connection.execute(found)]

    def lifted(self, *, limit: int) -> list[Crisis]:
        found = select(crises).where(crises.c.state == LIFTED).order_by(crises.c.lifted_at.desc()).limit(limit)
        return [_crisis(row) for row in self._connection.execute(found)]

    def get(self, crisis_id: int) -> Crisis | None:
        """Locked for this transaction where the database can."""
        row = self._connection.execute(select(crises).where(crises.c.id == crisis_id).with_for_update()).one_or_none()
        return _crisis(row) if row is not None else None

    def by_form(self, form_key: str) -> Crisis | None:
        row = self._connection.execute(select(crises).where(crises.c.form_key == form_key)).one_or_none()
        return _crisis(row) if row is not None else None

    def of_scope(self, scope: str) -> Crisis | None:
        wanted = (crises.c.scope == scope, crises.c.state == RUNNING)
        row = self._connection.execute(select(crises).where(*wanted)).one_or_none()
        return _crisis(row) if row is not None else None

    def add(self, values: Mapping[str, Any]) -> int | None:
        """None where one with this scope runs already, or this very form was sent: of two people at once, one does."""
        row = {"state": RUNNING, "version": 1, **values}
        adding = insert(self._connection, crises).values(row).on_conflict_do_nothing().returning(crises.c.id)
        added: int | None = self._connection.scalar(adding)
        return added

    def change(self, crisis_id: int, values: Mapping[str, Any], *, version: int) -> None:
        """Raises: StaleCrisisError where it is not at `version`, or does not run, any more."""
        same = (crises.c.id == crisis_id, crises.c.version == version, crises.c.state == RUNNING)
        changed = update(crises).where(*same).values({"version": version + 1, **values})
        if self._connection.execute(changed).rowcount != 1:
            raise StaleCrisisError(f"crisis {crisis_id} was changed meanwhile; nothing was done: look at it again")

    def note(
        self, crisis_id: int, key: str, kind: str, text: str, *, by: str, at: datetime, case_id: int | None = None
    ) -> None:
        """Into its log, once for each key."""
        row = {"crisis_id": crisis_id, "key": key, "at": at, "by": by, "kind": kind, "text": text, "case_id": case_id}
        insert_new(self._connection, crisis_notes, [row])

    def notes(self, crisis_id: int) -> list[CrisisNote]:
        """Oldest first."""
        table = crisis_notes.c
        found = select(table.at, table.by, table.kind, table.text, table.case_id).where(table.crisis_id == crisis_id)
        return [CrisisNote(*row) for row in self._connection.execute(found.order_by(table.at, table.id))]

    def has(self, crisis_id: int, kind: str) -> bool:
        """Whether its log holds something of this kind."""
        wanted = (crisis_notes.c.crisis_id == crisis_id, crisis_notes.c.kind == kind)
        return self._connection.scalar(select(crisis_notes.c.id).where(*wanted).limit(1)) is not None

    def has_seen(self, crisis_id: int, person: str) -> bool:
        wanted = (crisis_notes.c.crisis_id == crisis_id, crisis_notes.c.kind == "seen", crisis_notes.c.by == person)
        return self._connection.scalar(select(crisis_notes.c.id).where(*wanted).limit(1)) is not None

    def recent_cases(self, since: datetime, *, limit: int) -> list[int]:
        """Those that were written in since, the newest first; noise and what was merged away are left out."""
        table = cases.c
        wanted = (table.last_message_at >= since, table.tier > 0, table.state != CaseState.MERGED.value)
        found = select(table.id).where(*wanted).order_by(table.last_message_at.desc(), table.id).limit(limit)
        return list(self._connection.scalars(found))

    def answered(self, case_ids: Sequence[int], since: datetime) -> int:
        """Of these cases, how many got an answer that the channel took."""
        found = 0
        for chunk in _chunks(case_ids):
            counted = (
                select(func.count(outbox.c.case_id.distinct()))
                .join_from(outbox, receipts, receipts.c.outbox_id == outbox.c.id)
                .where(outbox.c.case_id.in_(chunk), outbox.c.effect == Effect.SEND_REPLY.value)
                .where(outbox.c.created_at >= since)
            )
            found += self._connection.scalar(counted) or 0
        return found


def _chunks(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _crisis(row: Row[Any]) -> Crisis:
    values = dict(row._mapping)
    return Crisis(**values | {name: tuple(values[name]) for name in ("topics", "channels", "languages")})
