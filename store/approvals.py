"""Replies that wait until somebody else has read them, what was decided, and whose replies always wait."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from models.retention import REDACTED
from store.approval_tables import approvals, trainees
from store.statements import insert


class ApprovalState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply as its author hands it in."""

    form_key: str
    case_id: int
    mention_id: str
    author_id: int
    author: str
    text: str
    is_private: bool
    saved_reply: str | None
    checks: Mapping[str, str]
    override_reason: str
    reasons: Sequence[tuple[str, str]]
    """Code and words of each rule that asks for approval."""
    question: str
    case_version: int


@dataclass(frozen=True, slots=True)
class Approval:
    id: int
    asked: Asked
    asked_at: datetime
    state: ApprovalState
    decided_by: str | None
    decided_at: datetime | None
    decision_key: str | None
    sent_text: str | None
    words: str | None
    outbox_id: int | None

    @property
    def is_edited(self) -> bool:
        return self.sent_text is not None and self.sent_text != self.asked.text


class Approvals:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, asked: Asked, *, now: datetime) -> int | None:
        """The new row's id, or None where this very form was handed in already."""
        row = {
            "form_key": asked.form_key,
            "case_id": asked.case_id,
            "mention_id": asked.mention_id,
            "author_id": asked.author_id,
            "author": asked.author,
            "text": asked.text,
            "is_private": asked.is_private,
            "saved_reply": asked.saved_reply,
            "checks": dict(asked.checks),
            "override_reason": asked.override_reason,
            "reasons": [list(reason) for reason in asked.reasons],
            "question": asked.question,
            "case_version": asked.case_version,
            "asked_at": now,
            "state": ApprovalState.WAITING.value,
        }
        statement = insert(self._connection, approvals).values(row).on_conflict_do_nothing().returning(approvals.c.id)
        added: int | None = self._connection.scalar(statement)
        return added

    def get(self, approval_id: int) -> Approval | None:
        row = self._connection.execute(select(approvals).where(approvals.c.id == approval_id)).one_or_none()
        return _approval(row) if row is not None else None

    def settle(
        self,
        approval_id: int,
        state: ApprovalState,
        *,
        by: str,
        key: str,
        now: datetime,
        sent_text: str | None = None,
        words: str | None = None,
        outbox_id: int | None = None,
    ) -> bool:
        """False where it does not wait any more: of two people who decide at once, one does."""
        values: dict[str, object] = {"state": state.value, "decided_by": by, "decided_at": now, "decision_key": key}
        values |= {"sent_text": sent_text, "words": words, "outbox_id": outbox_id}
        is_waiting = approvals.c.state == ApprovalState.WAITING.value
        result = self._connection.execute(
            update(approvals).where(approvals.c.id == approval_id, is_waiting).values(values)
        )
        return result.rowcount == 1

    def waiting(self, *, author_id: int | None = None, limit: int = 500) -> list[Approval]:
        """The longest waiting first; of one author where named."""
        wanted = [approvals.c.state == ApprovalState.WAITING.value]
        if author_id is not None:
            wanted.append(approvals.c.author_id == author_id)
        found = select(approvals).where(*wanted).order_by(approvals.c.asked_at, approvals.c.id).limit(limit)
        return [_approval(row) for row in self._connection.execute(found)]

    def count(self, *, author_id: int | None = None, not_of: int | None = None) -> int:
        """How many wait."""
        wanted = [approvals.c.state == ApprovalState.WAITING.value]
        if author_id is not None:
            wanted.append(approvals.c.author_id == author_id)
        if not_of is not None:
            wanted.append(approvals.c.author_id != not_of)
        return self._connection.scalar(select(func.count()).select_from(approvals).where(*wanted)) or 0

    def decided(self, *, author_id: int | None = None, limit: int) -> list[Approval]:
        """The newest decision first."""
        wanted = [approvals.c.state != ApprovalState.WAITING.value]
        if author_id is not None:
            wanted.append(approvals.c.author_id == author_id)
        order = (approvals.c.decided_at.desc(), approvals.c.id.desc())
        found = select(approvals).where(*wanted).order_by(*order).limit(limit)
        return [_approval(row) for row in self._connection.execute(found)]

    def of_mentions(self, mention_ids: Collection[str], *states: ApprovalState) -> list[Approval]:
        """Of the messages of a case, wherever they were when it was written; oldest first."""
        wanted = (approvals.c.mention_id.in_(mention_ids), approvals.c.state.in_([state.value for state in states]))
        found = select(approvals).where(*wanted).order_by(approvals.c.asked_at, approvals.c.id)
        return [_approval(row) for row in self._connection.execute(found)]

    def of_case(self, case_id: int, *states: ApprovalState) -> list[Approval]:
        """Oldest first."""
        wanted = (approvals.c.case_id == case_id, approvals.c.state.in_([state.value for state in states]))
        found = select(approvals).where(*wanted).order_by(approvals.c.asked_at, approvals.c.id)
        return [_approval(row) for row in self._connection.execute(found)]

    def trainees(self) -> dict[int, str]:
        """Id of each person who is in training → who marked them."""
        rows = self._connection.execute(select(trainees.c.user_id, trainees.c.marked_by))
        return {row.user_id: row.marked_by for row in rows}

    def is_trainee(self, user_id: int) -> bool:
        return self._connection.scalar(select(trainees.c.user_id).where(trainees.c.user_id == user_id)) is not None

    def mark_trainee(self, user_id: int, *, by: str, now: datetime) -> bool:
        """False where they are marked already."""
        row = {"user_id": user_id, "marked_by": by, "marked_at": now}
        marking = insert(self._connection, trainees).values(row).on_conflict_do_nothing().returning(trainees.c.user_id)
        return self._connection.scalar(marking) is not None

    def unmark_trainee(self, user_id: int) -> bool:
        return self._connection.execute(delete(trainees).where(trainees.c.user_id == user_id)).rowcount == 1

    def redact(self, case_id: int) -> None:
        """Texts of what does not wait any more, and what people wrote to each other about them."""
        values = {"text": REDACTED, "question": "", "override_reason": ""}
        same = (approvals.c.case_id == case_id, approvals.c.state != ApprovalState.WAITING.value)
        self._connection.execute(update(approvals).where(*same).values(values))
        for column in (approvals.c.sent_text, approvals.c.words):
            self._connection.execute(
                update(approvals).where(*same, column.is_not(None)).values({column.name: REDACTED})
            )


def _approval(row: Row[Any]) -> Approval:
    asked = Asked(
        form_key=row.form_key,
        case_id=row.case_id,
        mention_id=row.mention_id,
        author_id=row.author_id,
        author=row.author,
        text=row.text,
        is_private=row.is_private,
        saved_reply=row.saved_reply,
        checks=row.checks,
        override_reason=row.override_reason,
        reasons=[(str(code), str(words)) for code, words in row.reasons],
        question=row.question,
        case_version=row.case_version,
    )
    return Approval(
        row.id,
        asked,
        row.asked_at,
        ApprovalState(row.state),
        row.decided_by,
        row.decided_at,
        row.decision_key,
        row.sent_text,
        row.words,
        row.outbox_id,
    )
