"""What each person has begun to write to a message of a case: nobody else reads it until they share it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from store.statements import insert
from store.tables import users
from store.together_tables import drafts

KEPT = timedelta(days=30)


class DraftKind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Draft:
    kind: DraftKind
    mention_id: str
    """What is answered; empty for a note."""
    text: str
    is_private: bool
    form_key: str
    step: int
    saved_at: datetime
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class SharedDraft:
    """A reply that its author lets colleagues read."""

    user_id: int
    by: str
    draft: Draft


class Drafts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, user_id: int, case_id: int, draft: Draft) -> int:
        """The step that stands now: a later one than the draft's where the same form has saved a later text already.

        An empty text stays as a row, for it is later, too.
        """
        self._connection.execute(delete(drafts).where(drafts.c.saved_at < draft.saved_at - KEPT))
        row = {
            "user_id": user_id,
            "case_id": case_id,
            "kind": draft.kind.value,
            "mention_id": draft.mention_id,
            "text": draft.text,
            "is_private": draft.is_private,
            "form_key": draft.form_key,
            "step": draft.step,
            "saved_at": draft.saved_at,
        }
        place = ["user_id", "case_id", "kind", "mention_id"]
        statement = insert(self._connection, drafts).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=place,
                set_={name: value for name, value in row.items() if name not in place},
                where=or_(drafts.c.form_key != draft.form_key, drafts.c.step < draft.step),
            )
        )
        same = (drafts.c.user_id == user_id, drafts.c.case_id == case_id)
        found = select(drafts.c.step).where(*same, drafts.c.kind == draft.kind.value)
        return int(self._connection.scalars(found.where(drafts.c.mention_id == draft.mention_id)).one())

    def drop(self, user_id: int, case_id: int, kind: DraftKind, mention_id: str = "") -> None:
        same = (drafts.c.user_id == user_id, drafts.c.case_id == case_id)
        wanted = (drafts.c.kind == kind.value, drafts.c.mention_id == mention_id)
        self._connection.execute(delete(drafts).where(*same, *wanted))

    def of(self, user_id: int, case_id: int) -> list[Draft]:
        """This person's own at this case, the last saved first."""
        rows = self._connection.execute(
            select(drafts)
            .where(drafts.c.user_id == user_id, drafts.c.case_id == case_id, drafts.c.text != "")
            .order_by(drafts.c.saved_at.desc(), drafts.c.mention_id)
        )
        return [_draft(row) for row in rows]

    def share(self, user_id: int, case_id: int, mention_id: str, *, is_shared: bool) -> None:
        same = (drafts.c.user_id == user_id, drafts.c.case_id == case_id, drafts.c.mention_id == mention_id)
        is_reply = drafts.c.kind == DraftKind.REPLY.value
        self._connection.execute(update(drafts).where(*same, is_reply).values(is_shared=is_shared))

    def shared_of(self, case_id: int, *, but: int) -> list[SharedDraft]:
        """What others share at this case, the last saved first."""
        rows = self._connection.execute(
            select(drafts, users.c.name.label("by"))
            .join_from(drafts, users)
            .where(drafts.c.case_id == case_id, drafts.c.is_shared, drafts.c.text != "", drafts.c.user_id != but)
            .order_by(drafts.c.saved_at.desc(), drafts.c.user_id, drafts.c.mention_id)
        )
        return [SharedDraft(row.user_id, row.by, _draft(row)) for row in rows]

    def answered(self, case_id: int, mention_id: str) -> None:
        """Somebody answered the message: nobody is asked any more to go on with an answer to it."""
        there = (drafts.c.case_id == case_id, drafts.c.mention_id == mention_id, drafts.c.is_shared)
        self._connection.execute(update(drafts).where(*there).values(is_shared=False))


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        DraftKind(row.kind),
        row.mention_id,
        row.text,
        row.is_private,
        row.form_key,
        row.step,
        row.saved_at,
        row.is_shared,
    )
