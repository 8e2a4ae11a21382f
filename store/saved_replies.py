"""Saved replies, every wording they had, how often they were sent, and macros."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from models.saved_reply import Audience, Macro, MacroAct, MacroActKind, SavedReply
from store.cases import StaleCaseError
from store.outbox import Effect, OutboxState
from store.saved_reply_tables import macros, saved_replies, saved_reply_versions
from store.statements import insert
from store.tables import author_snapshots, mentions, outbox

IN_VAIN = (OutboxState.FAILED.value, OutboxState.GIVEN_UP.value)


@dataclass(frozen=True, slots=True)
class ReplyVersion:
    version: int
    act: str
    title: str
    texts: Mapping[str, str]
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SentByPerson:
    """Words that a person sent, in which language they were asked for, and what the person they went to is called."""

    text: str
    lang: str | None
    names: tuple[str, ...]
    """Of who was answered and of who answered."""
    case_id: int


class SavedReplies:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[SavedReply]:
        """The most used first; retired ones, too."""
        order = (saved_replies.c.uses.desc(), saved_replies.c.title, saved_replies.c.key)
        return [_reply(row) for row in self._connection.execute(select(saved_replies).order_by(*order))]

    def get(self, key: str) -> SavedReply | None:
        row = self._connection.execute(select(saved_replies).where(saved_replies.c.key == key)).one_or_none()
        return _reply(row) if row is not None else None

    def add(self, reply: SavedReply, *, act: str, person: str, now: datetime) -> bool:
        """False where one with this key is there already; it stays as it is."""
        values = _content(reply) | {"key": reply.key, "version": 1, "uses": 0}
        adding = insert(self._connection, saved_replies).values(_typed(values)).on_conflict_do_nothing()
        if self._connection.scalar(adding.returning(saved_replies.c.key)) is None:
            return False
        self._keep_version(reply, 1, act=act, person=person, now=now)
        return True

    def change(self, reply: SavedReply, *, act: str, person: str, now: datetime) -> None:
        """Raises: StaleCaseError where it is not at `reply.version` any more."""
        result = self._connection.execute(
            update(saved_replies)
            .where(saved_replies.c.key == reply.key, saved_replies.c.version == reply.version)
            .values(_typed(_content(reply) | {"version": reply.version + 1}))
        )
        if result.rowcount != 1:
            raise StaleCaseError("somebody else changed this saved reply meanwhile; look at it again")
        self._keep_version(reply, reply.version + 1, act=act, person=person, now=now)

    def _keep_version(self, reply: SavedReply, version: int, *, act: str, person: str, now: datetime) -> None:
        row = {"key": reply.key, "version": version, "act": act, "content": _content(reply)}
        self._connection.execute(saved_reply_versions.insert().values(row | {"person": person, "at": now}))

    def versions(self) -> dict[str, list[ReplyVersion]]:
        """Key → its wordings, newest first."""
        table = saved_reply_versions.c
        found: dict[str, list[ReplyVersion]] = {}
        for row in self._connection.execute(select(saved_reply_versions).order_by(table.key, table.version.desc())):
            one = ReplyVersion(row.version, row.act, row.content["title"], row.content["texts"], row.person, row.at)
            found.setdefault(row.key, []).append(one)
        return found

    def count_use(self, key: str, *, now: datetime) -> None:
        same = saved_replies.c.key == key
        values = {"uses": saved_replies.c.uses + 1, "used_at": now}
        self._connection.execute(update(saved_replies).where(same).values(values))

    def sent_by_people(self, *, since: datetime, limit: int) -> list[SentByPerson]:
        """The newest answers that people wrote without a saved reply, and that did not fail."""
        rows = self._connection.execute(
            select(outbox.c.payload, outbox.c.case_id, mentions.c.lang, author_snapshots.c.facts)
            .select_from(
                outbox.outerjoin(mentions, mentions.c.id == outbox.c.mention_id).outerjoin(
                    author_snapshots, author_snapshots.c.id == mentions.c.snapshot_id
                )
            )
            .where(
                outbox.c.effect == Effect.SEND_REPLY.value,
                outbox.c.state.not_in(IN_VAIN),
                outbox.c.created_at >= since,
            )
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        return [
            SentByPerson(
                str(row.payload.get("text", "")),
                row.lang,
                (*_names(row.facts), str(row.payload["person"])),
                row.case_id,
            )
            for row in rows
            if row.payload.get("person") and not row.payload.get("saved_reply")
        ]

    # macros

    def macros(self) -> list[Macro]:
        """By name; retired ones, too."""
        rows = self._connection.execute(select(macros).order_by(macros.c.name, macros.c.key))
        return [_macro(row) for row in rows]

    def macro(self, key: str) -> Macro | None:
        row = self._connection.execute(select(macros).where(macros.c.key == key)).one_or_none()
        return _macro(row) if row is not None else None

    def add_macro(self, macro: Macro) -> bool:
        """False where one with this key is there already."""
        values = _macro_content(macro) | {"key": macro.key, "version": 1, "runs": 0}
        adding = insert(self._connection, macros).values(values).on_conflict_do_nothing()
        return self._connection.scalar(adding.returning(macros.c.key)) is not None

    def change_macro(self, macro: Macro) -> None:
        """Raises: StaleCaseError where it is not at `macro.version` any more."""
        result = self._connection.execute(
            update(macros)
            .where(macros.c.key == macro.key, macros.c.version == macro.version)
            .values(_macro_content(macro) | {"version": macro.version + 1})
        )
        if result.rowcount != 1:
            raise StaleCaseError("somebody else changed this macro meanwhile; look at it again")

    def count_run(self, key: str) -> None:
        self._connection.execute(update(macros).where(macros.c.key == key).values(runs=macros.c.runs + 1))


def _content(reply: SavedReply) -> dict[str, Any]:
    """As JSON."""
    return {
        "title": reply.title,
        "labels": sorted(reply.labels),
        "tags": sorted(reply.tags),
        "texts": dict(reply.texts),
        "audience": reply.audience.value,
        "valid_from": reply.valid_from.isoformat() if reply.valid_from else None,
        "valid_until": reply.valid_until.isoformat() if reply.valid_until else None,
        "retired_at": reply.retired_at.isoformat() if reply.retired_at else None,
    }


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(values[name]) if values[name] else None for name in ("valid_from", "valid_until")}
    retired = values["retired_at"]
    return dict(values) | days | {"retired_at": datetime.fromisoformat(retired) if retired else None}


def _reply(row: Row[Any]) -> SavedReply:
    return SavedReply(
        key=row.key,
        title=row.title,
        labels=frozenset(row.labels),
        tags=frozenset(row.tags),
        texts=row.texts,
        audience=Audience(row.audience),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        retired_at=row.retired_at,
        version=row.version,
        uses=row.uses,
        used_at=row.used_at,
    )


def _names(facts: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(str(facts[key]) for key in ("name", "handle") if facts.get(key)) if facts else ()


def _macro_content(macro: Macro) -> dict[str, Any]:
    acts = [{"kind": act.kind.value, "value": act.value} for act in macro.acts]
    return {"name": macro.name, "acts": acts, "retired_at": macro.retired_at}


def _macro(row: Row[Any]) -> Macro:
    acts = tuple(MacroAct(MacroActKind(act["kind"]), act["value"]) for act in row.acts)
    return Macro(row.key, row.name, acts, row.retired_at, row.version, row.runs)
