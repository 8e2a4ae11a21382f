"""Messages that are hidden or reported, and authors who are muted: as it stands. How it came is in the log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, select

from models import MentionState
from store.aside_tables import author_mutes, message_marks
from store.statements import insert
from store.tables import mentions


class Mark(StrEnum):
    HIDDEN = "hidden"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, by whom and since when."""

    ground: str
    words: str
    by: str
    at: datetime


class Moderation:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, mention_id: str, mark: Mark, reason: Reason) -> bool:
        """False where it is so marked already."""
        row = {"mention_id": mention_id, "mark": mark.value, **_values(reason)}
        added = insert(self._connection, message_marks).values(row).on_conflict_do_nothing()
        return self._connection.scalar(added.returning(message_marks.c.mention_id)) is not None

    def unmark(self, mention_id: str, mark: Mark) -> bool:
        """False where it is not so marked."""
        same = (message_marks.c.mention_id == mention_id, message_marks.c.mark == mark.value)
        return bool(self._connection.execute(delete(message_marks).where(*same)).rowcount)

    def marks(self, mention_ids: Collection[str]) -> dict[tuple[str, Mark], Reason]:
        found = select(message_marks).where(message_marks.c.mention_id.in_(mention_ids))
        return {(row.mention_id, Mark(row.mark)): _reason(row) for row in self._connection.execute(found)}

    def mute(self, author_key: str, reason: Reason) -> bool:
        """False where the author is muted already."""
        row = {"author_id": author_key, **_values(reason)}
        added = insert(self._connection, author_mutes).values(row).on_conflict_do_nothing()
        return self._connection.scalar(added.returning(author_mutes.c.author_id)) is not None

    def unmute(self, author_key: str) -> bool:
        """False where the author is not muted."""
        return bool(
            self._connection.execute(delete(author_mutes).where(author_mutes.c.author_id == author_key)).rowcount
        )

    def mutes(self, author_keys: Collection[str]) -> dict[str, Reason]:
        """Of these authors, those who are muted."""
        if not author_keys:
            return {}
        found = select(author_mutes).where(author_mutes.c.author_id.in_(author_keys))
        return {row.author_id: _reason(row) for row in self._connection.execute(found)}

    def decided_by_rule(self, author_key: str, rule: str) -> list[str]:
        """Messages of an author on which this rule fired, the oldest first."""
        fired = cast(mentions.c.decision, Text).contains(f'"{rule}"')
        found = select(mentions.c.id).where(
            mentions.c.author_id == author_key, mentions.c.state == MentionState.TRIAGED.value, fired
        )
        return list(self._connection.scalars(found.order_by(mentions.c.created_at, mentions.c.id)))


def _values(reason: Reason) -> dict[str, Any]:
    return {"ground": reason.ground, "words": reason.words, "by": reason.by, "at": reason.at}


def _reason(row: Any) -> Reason:
    return Reason(row.ground, row.words, row.by, row.at)
