"""Effects on the world: written in the transaction that decided them, carried out by `deliver`, one row each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, text, update

from models import Receipt
from models.errors import LostLeaseError
from store.holding import held_by
from store.queue import Lane
from store.statements import insert
from store.tables import attempts, outbox, receipts

WAITING = ("pending", "sending", "unknown")
_WAITING = text("outbox.state IN ('pending', 'sending', 'unknown')")
"""In the words of the index `ix_outbox_lane`: SQLite uses it only then."""
PARKED = ("failed", "given_up")
CLOCK_SKEW = timedelta(minutes=2)
"""Clocks of several machines differ by less."""
SETTLES = timedelta(seconds=5)
"""A request whose sender died arrives within this time, or not at all."""
UPDATE_KEY = "update:"
"""How the key of an update begins that goes out by itself."""


class Effect(StrEnum):
    CREATE_TICKET = "create_ticket"
    ADD_COMMENT = "add_comment"
    UPDATE_TICKET = "update_ticket"
    NOTIFY = "notify"
    """People are told of the ticket beside the desk, e.g. on Slack."""
    SEND_REPLY = "send_reply"
    HIDE = "hide"
    """A message is hidden where it stands. A repeat hides it once."""
    SHOW = "show"


VISIBILITY = (Effect.HIDE, Effect.SHOW)


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    """Sent, and no answer came: the sink is looked up before the next try."""
    SENT = "sent"
    FAILED = "failed"
    """Parked for a person."""
    GIVEN_UP = "given_up"
    """A person decided that it is not to be tried any more."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    id: int
    effect: Effect
    sink: str
    key: str
    case_id: int
    mention_id: str | None
    payload: Mapping[str, Any]
    state: OutboxState
    attempts: int
    next_at: datetime
    error: str | None
    reference: str | None
    url: str | None
    reached_author_at: datetime | None
    """When an answer certainly came to where its author can see it."""
    created_at: datetime
    leased_by: str | None = None
    """Who holds it, as of when it was read."""


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        effect: Effect,
        *,
        sink: str,
        key: str,
        case_id: int,
        payload: Mapping[str, Any],
        now: datetime,
        mention_id: str | None = None,
        is_backlog: bool = False,
    ) -> int | None:
        """The new row's id, or None where this effect is there already. `is_backlog`: all others go out first."""
        row = {
            "effect": effect.value,
            "sink": sink,
            "key": key,
            "case_id": case_id,
            "mention_id": mention_id,
            "payload": dict(payload),
            "state": OutboxState.PENDING.value,
            "attempts": 0,
            "next_at": now,
            "created_at": now,
            "updated_at": now,
            "lane": (Lane.BACKLOG if is_backlog else Lane.PUSH).value,
        }
        statement = insert(self._connection, outbox).values(row).on_conflict_do_nothing().returning(outbox.c.id)
        added: int | None = self._connection.scalar(statement)
        return added

    def claim(self, outbox_id: int, *, worker: str, now: datetime, lease_seconds: float) -> OutboxRow | None:
        """Take the row and write the attempt, before the attempt. None where it is done, not due, or held.

        One whose holder let its lease run out is only taken from it: what was on its way has time to arrive first.
        """
        if self._take_away(outbox_id, now=now):
            return None
        taken = self._connection.scalar(
            update(outbox)
            .where(
                outbox.c.id == outbox_id,
                outbox.c.state.in_(WAITING),
                _is_due(now),
                outbox.c.lease_until.is_(None),
            )
            .values(
                state=OutboxState.SENDING.value,
                attempts=outbox.c.attempts + 1,
                lease_until=now + timedelta(seconds=lease_seconds),
                leased_by=worker,
                updated_at=now,
            )
            .returning(outbox.c.id)
        )
        if taken is None:
            return None
        row = self.get(outbox_id)
        self._connection.execute(
            attempts.insert().values(outbox_id=row.id, number=row.attempts, started_at=now, worker=worker)
        )
        return row

    def _take_away(self, outbox_id: int, *, now: datetime) -> bool:
        is_over = or_(outbox.c.lease_until < now, _is_of_the_future(now))
        lost = (outbox.c.id == outbox_id, outbox.c.state.in_(WAITING), outbox.c.lease_until.is_not(None), is_over)
        return self._connection.execute(update(outbox).where(*lost).values(**_in_doubt(now))).rowcount == 1

    def is_held(self, row: OutboxRow, *, now: datetime) -> bool:
        """Whether this very claim still stands: nobody else may have begun the same meanwhile."""
        held = select(outbox.c.id).where(*_this_claim(row), outbox.c.lease_until >= now)
        return self._connection.scalar(held) is not None

    def renew(self, row: OutboxRow, *, until: datetime) -> bool:
        """False where it is not held any more."""
        return self._connection.execute(update(outbox).where(*_this_claim(row)).values(lease_until=until)).rowcount == 1

    def give_back(self, row: OutboxRow, *, now: datetime) -> None:
        """By a worker that lives and does not know how it ended."""
        self._connection.execute(update(outbox).where(*_this_claim(row)).values(**_in_doubt(now)))

    def sent(self, row: OutboxRow, receipt: Receipt, *, now: datetime) -> None:
        """Raises: LostLeaseError."""
        values = {"reference": receipt.reference, "url": receipt.url, "found": receipt.found, "received_at": now}
        values["reached_author"] = receipt.reached_author
        self._connection.execute(
            insert(self._connection, receipts).values(outbox_id=row.id, **values).on_conflict_do_nothing()
        )
        self._settle(row, OutboxState.SENT, now=now, error=None, next_at=now)
        self._end_attempt(row, "found" if receipt.found else "sent", None, now)

    def put_back(
        self,
        row: OutboxRow,
        state: OutboxState,
        *,
        error: str,
        next_at: datetime,
        now: datetime,
        is_unknown: bool = False,
    ) -> None:
        """After a try without success: pending or unknown is tried again at `next_at`, failed waits for a person.
        `is_unknown`: whether it took effect is not known, whatever becomes of the row. Raises: LostLeaseError."""
        self._settle(row, state, now=now, error=error, next_at=next_at)
        self._end_attempt(row, OutboxState.UNKNOWN.value if is_unknown else state.value, error, now)

    def is_in_doubt(self, row: OutboxRow) -> bool:
        """Whether a try before this one may have taken effect: it never ended, or how it ended is not known."""
        ended = select(func.count()).where(
            attempts.c.outbox_id == row.id,
            attempts.c.number < row.attempts,
            attempts.c.outcome != OutboxState.UNKNOWN.value,
        )
        return (self._connection.scalar(ended) or 0) < row.attempts - 1

    def _settle(
        self, row: OutboxRow, state: OutboxState, *, now: datetime, error: str | None, next_at: datetime
    ) -> None:
        settled = {"state": state.value, "error": error, "next_at": next_at, "updated_at": now}
        freed = update(outbox).where(*_this_claim(row)).values(**settled, lease_until=None, leased_by=None)
        if self._connection.execute(freed).rowcount != 1:
            raise LostLeaseError(f"outbox {row.id}: taken over by another worker during try {row.attempts}")

    def _end_attempt(self, row: OutboxRow, outcome: str, error: str | None, now: datetime) -> None:
        self._connection.execute(
            update(attempts)
            .where(attempts.c.outbox_id == row.id, attempts.c.number == row.attempts)
            .values(ended_at=now, outcome=outcome, error=error)
        )

    def retry(self, outbox_id: int, *, now: datetime) -> bool:
        """Have a row that failed or was given up tried again, at a person's word."""
        result = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == outbox_id, outbox.c.state.in_(PARKED))
            .values(state=OutboxState.UNKNOWN.value, next_at=now, updated_at=now)
        )
        return result.rowcount == 1

    def give_up(self, outbox_id: int, *, attempts: int, now: datetime) -> bool:
        """At a person's word. False where it is being sent, is done, or was tried again since they looked."""
        may_end = outbox.c.state.in_((OutboxState.PENDING.value, OutboxState.UNKNOWN.value, OutboxState.FAILED.value))
        result = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == outbox_id, may_end, outbox.c.attempts == attempts)
            .values(state=OutboxState.GIVEN_UP.value, updated_at=now)
        )
        return result.rowcount == 1

    def release(self, worker: str | None, *, now: datetime) -> int:
        """Give up the leases of a worker that is known to be dead, or of all where none can be alive (None); what it
        was sending has an unknown outcome."""
        is_being_sent = outbox.c.state == OutboxState.SENDING.value
        held = update(outbox).where(is_being_sent, held_by(outbox.c.leased_by, worker))
        return self._connection.execute(held.values(**_in_doubt(now))).rowcount

    def lanes(self, ids: Sequence[int]) -> dict[str, list[int]]:
        """Lane → those of `ids` that go out in it, in the same order."""
        rows = self._connection.execute(select(outbox.c.id, outbox.c.lane).where(outbox.c.id.in_(ids)))
        lane_of, found = {row.id: row.lane for row in rows}, dict[str, list[int]]()
        for number in ids:
            if number in lane_of:
                found.setdefault(lane_of[number], []).append(number)
        return found

    def hurry(self, case_id: int) -> list[int]:
        """What waits of a case that has become urgent goes out with the urgent; gives the rows."""
        later = (outbox.c.case_id == case_id, outbox.c.state.in_(WAITING), outbox.c.lane == Lane.BACKLOG.value)
        moved = update(outbox).where(*later).values(lane=Lane.PUSH.value).returning(outbox.c.id)
        return sorted(self._connection.scalars(moved))

    def due(self, lane: str, *, now: datetime, limit: int) -> list[tuple[int, int]]:
        """(id, attempts so far) of rows of a lane that wait and that nobody holds, the longest waiting first."""
        rows = self._connection.execute(
            select(outbox.c.id, outbox.c.attempts)
            .where(
                outbox.c.lane == lane,
                _WAITING,
                _is_due(now),
                or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now, _is_of_the_future(now)),
            )
            .order_by(outbox.c.next_at, outbox.c.id)
            .limit(limit)
        )
        return [(row.id, row.attempts) for row in rows]

    def get(self, outbox_id: int) -> OutboxRow:
        return _row(self._connection.execute(_with_receipt().where(outbox.c.id == outbox_id)).one())

    def find(self, outbox_id: int) -> OutboxRow | None:
        row = self._connection.execute(_with_receipt().where(outbox.c.id == outbox_id)).one_or_none()
        return _row(row) if row is not None else None

    def of_case(self, case_id: int) -> list[OutboxRow]:
        """Oldest first."""
        found = self._connection.execute(_with_receipt().where(outbox.c.case_id == case_id).order_by(outbox.c.id))
        return [_row(row) for row in found]

    def of_message(self, mention_id: str) -> list[OutboxRow]:
        """Deliveries that hide or show it, oldest first, whatever case it lay in when they were asked for."""
        return self.of_messages([mention_id]).get(mention_id, [])

    def of_messages(self, mention_ids: Collection[str]) -> dict[str, list[OutboxRow]]:
        """As `of_message`, of many; those that nobody asked to hide are left out."""
        asked = (outbox.c.mention_id.in_(mention_ids), outbox.c.effect.in_([effect.value for effect in VISIBILITY]))
        found: dict[str, list[OutboxRow]] = {}
        for row in self._connection.execute(_with_receipt().where(*asked).order_by(outbox.c.id)):
            found.setdefault(row.mention_id, []).append(_row(row))
        return found

    def perhaps_hidden(self, mention_ids: Collection[str]) -> set[str]:
        """Of these messages, those whose platform may keep them from us because we asked it to."""
        return {name for name, rows in self.of_messages(mention_ids).items() if self._is_perhaps_hidden(rows)}

    def _is_perhaps_hidden(self, rows: Sequence[OutboxRow]) -> bool:
        """The last that was carried out counts; one that hides and ended in doubt counts as carried out."""
        for row in reversed(rows):
            hides = row.effect is Effect.HIDE
            if row.state.value in WAITING or (row.state is OutboxState.FAILED and not hides):
                return True
            if row.state is OutboxState.SENT or (hides and self._may_have_taken_effect(row)):
                return hides
        return False

    def _may_have_taken_effect(self, row: OutboxRow) -> bool:
        open_ended = or_(attempts.c.outcome.is_(None), attempts.c.outcome == OutboxState.UNKNOWN.value)
        tried = select(func.count()).where(attempts.c.outbox_id == row.id, open_ended)
        return bool(self._connection.scalar(tried))

    def in_state(self, state: OutboxState, *, limit: int = 200) -> list[OutboxRow]:
        """Newest first."""
        found = _with_receipt().where(outbox.c.state == state.value).order_by(outbox.c.id.desc()).limit(limit)
        return [_row(row) for row in self._connection.execute(found)]

    def waiting_longest(self, *, limit: int) -> list[OutboxRow]:
        """Of those that are still to be carried out, the oldest first."""
        found = _with_receipt().where(outbox.c.state.in_(WAITING)).order_by(outbox.c.id).limit(limit)
        return [_row(row) for row in self._connection.execute(found)]

    def unfinished(self) -> int:
        """Rows that somebody or something still has to carry out."""
        waiting = select(func.count()).select_from(outbox).where(outbox.c.state.in_(WAITING))
        return self._connection.scalar(waiting) or 0


def _this_claim(row: OutboxRow) -> tuple[Any, ...]:
    """It is held under the name and in the try of this row."""
    return outbox.c.id == row.id, outbox.c.attempts == row.attempts, outbox.c.leased_by == row.leased_by


def _is_due(now: datetime) -> Any:
    return or_(outbox.c.next_at <= now, _is_of_the_future(now))


def _is_of_the_future(now: datetime) -> Any:
    """The clock was put back since the row was written: its times mean nothing."""
    return outbox.c.updated_at > now + CLOCK_SKEW


def _in_doubt(now: datetime) -> dict[str, Any]:
    """Tried again, with a look at the sink first, once what may be on its way has arrived."""
    freed = {"lease_until": None, "leased_by": None}
    return {"state": OutboxState.UNKNOWN.value, "next_at": now + SETTLES, "updated_at": now} | freed


def _with_receipt() -> Any:
    return select(
        outbox, receipts.c.reference, receipts.c.url, receipts.c.reached_author, receipts.c.received_at
    ).select_from(outbox.outerjoin(receipts))


def _row(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        id=row.id,
        effect=Effect(row.effect),
        sink=row.sink,
        key=row.key,
        case_id=row.case_id,
        mention_id=row.mention_id,
        payload=row.payload,
        state=OutboxState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        error=row.error,
        reference=row.reference,
        url=row.url,
        reached_author_at=row.received_at if row.reached_author else None,
        created_at=row.created_at,
        leased_by=row.leased_by,
    )
