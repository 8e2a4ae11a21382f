"""Who was called to a case by whom, until they have opened it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select, update

from store.statements import insert_new
from store.together_tables import callouts


class Call(StrEnum):
    NAMED = "named"
    """A note names them."""
    ADVISED = "advised"
    """Somebody advises the owner, who stays the owner."""
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    """A case of theirs has another owner now."""
    SENT_BACK = "sent_back"
    """A reply of theirs was not approved, with words why."""
    WOKEN = "woken"
    """A case that they put off is back."""
    SPIKE = "spike"
    """Far more comes in than usual; the case is one of it."""
    SEVERE = "severe"
    """Several people report a failure; the case is the first of them."""
    CRISIS = "crisis"
    """A crisis was declared that covers the case, or it held an automatic answer back there."""
    UPDATE_DUE = "update_due"
    """The customer of a case of theirs is to be told how things stand."""
    CUSTOMER = "customer"
    """The customer wrote on the page of a case of theirs, or gave a rating with words that want an answer."""
    ESCALATED = "escalated"
    """A case was escalated to them."""
    ESCALATION_TOLD = "escalation_told"
    """They are told of an escalated case; its owner keeps it."""
    ESCALATION_RETURNED = "escalation_returned"
    """What they escalated is theirs again, with advice."""
    PROMISE_DUE = "promise_due"
    """A promise of a case of theirs is due soon."""
    PROMISE_BROKEN = "promise_broken"
    TO_APPROVE = "to_approve"
    """A reply waits that they may approve."""
    CLOCK_DUE_SOON = "clock_due_soon"
    """A clock of the regulator runs out soon in a case of theirs, or of nobody's."""
    CLOCK_MISSED = "clock_missed"
    TARGET_MISSED = "target_missed"
    """The house's own target ran out in a case of theirs, or in a pressing one of nobody's."""
    PATH_USED_UP = "path_used_up"
    """Nobody answered after the last step of a case's escalation path."""
    RATE_OFF = "rate_off"
    """The share of escalated cases was out of the ordinary in a week; the case is one of that week."""
    PAID = "paid"
    """Somebody recorded an amount that only they may decide on, and said who agreed to it."""
    NOT_SENT = "not_sent"
    """An answer in a case of theirs, or one that they wrote, could not be delivered and is not tried any more."""


@dataclass(frozen=True, slots=True)
class NewCall:
    key: str
    user_id: int
    case_id: int
    kind: Call


@dataclass(frozen=True, slots=True)
class Callout:
    id: int
    case_id: int
    kind: Call
    by: str
    at: datetime
    opened_at: datetime | None


class Callouts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: str, user_ids: Collection[int], case_id: int, kind: Call, *, by: str, now: datetime) -> None:
        """`key` of the event: the same event calls a person once, with the first kind that is given."""
        row = {"key": key, "case_id": case_id, "kind": kind.value, "by": by, "at": now}
        insert_new(self._connection, callouts, [row | {"user_id": user_id} for user_id in sorted(user_ids)])

    def add_all(self, calls: Collection[NewCall], *, by: str, now: datetime) -> None:
        """The same for many at once."""
        common = {"by": by, "at": now}
        rows = [
            {"key": one.key, "user_id": one.user_id, "case_id": one.case_id, "kind": one.kind.value} | common
            for one in calls
        ]
        insert_new(self._connection, callouts, rows)

    def waiting(self, user_id: int) -> int:
        mine = (callouts.c.user_id == user_id, callouts.c.opened_at.is_(None))
        return self._connection.scalar(select(func.count()).select_from(callouts).where(*mine)) or 0

    def is_waiting(self, user_id: int, case_id: int) -> bool:
        mine = (callouts.c.user_id == user_id, callouts.c.case_id == case_id, callouts.c.opened_at.is_(None))
        return self._connection.scalar(select(callouts.c.id).where(*mine).limit(1)) is not None

    def opened(self, user_id: int, case_id: int, *, now: datetime) -> None:
        mine = (callouts.c.user_id == user_id, callouts.c.case_id == case_id, callouts.c.opened_at.is_(None))
        self._connection.execute(update(callouts).where(*mine).values(opened_at=now))

    def of(self, user_id: int, *, limit: int) -> list[Callout]:
        """Those that wait first, then the newest."""
        rows = self._connection.execute(
            select(callouts)
            .where(callouts.c.user_id == user_id)
            .order_by(callouts.c.opened_at.is_not(None), callouts.c.at.desc(), callouts.c.id.desc())
            .limit(limit)
        )
        return [Callout(row.id, row.case_id, Call(row.kind), row.by, row.at, row.opened_at) for row in rows]
