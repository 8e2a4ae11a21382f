"""What platforms pushed to us, as it came: kept before anything is done with it, each delivery once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from store.channel_tables import pushes
from store.sealed import PUSH_BODY
from store.statements import insert
from store.vault import Vault, is_sealed


class PushState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    """Set aside with its body, for a person."""


@dataclass(frozen=True, slots=True)
class Push:
    id: int
    receiver: str
    received_at: datetime
    opened: Callable[[], bytes]
    attempts: int
    fault: str | None = None
    """Why it was put off, where it was: it is tried again by the clock."""
    next_at: datetime | None = None
    """Not before then."""

    @property
    def body(self) -> bytes:
        """As it came. Raises: VaultError where the key it was sealed with is not at hand."""
        return self.opened()


@dataclass(frozen=True, slots=True)
class ParkedPush:
    id: int
    receiver: str
    received_at: datetime
    fault: str
    bytes: int


class Pushes:
    def __init__(self, connection: Connection, vault: Vault | None = None) -> None:
        """With a vault bodies are sealed: who pushes may put tokens into them, and people do."""
        self._connection = connection
        self._vault = vault

    def keep(self, receiver: str, delivery_id: str, body: bytes, *, now: datetime) -> bool:
        """False where this delivery came before."""
        row = {
            "receiver": receiver,
            "delivery_id": delivery_id,
            "received_at": now,
            "body": self._sealed(receiver, delivery_id, body),
            "state": PushState.WAITING.value,
            "attempts": 0,
        }
        statement = insert(self._connection, pushes).values(row).on_conflict_do_nothing().returning(pushes.c.id)
        return self._connection.scalar(statement) is not None

    def keep_part(self, push: Push, delivery_id: str, body: bytes, *, fault: str, next_at: datetime | None) -> None:
        """What is left of a push that was read: it stands in a row of its own, under an id that names it for good.

        Put off, it is tried again at `next_at`; else it is set aside for a person.
        """
        state = PushState.WAITING if next_at is not None else PushState.FAILED
        kept = self._sealed(push.receiver, delivery_id, body)
        told = {"state": state.value, "body": kept, "fault": fault, "next_at": next_at}
        row = {"receiver": push.receiver, "delivery_id": delivery_id, "received_at": push.received_at, "attempts": 1}
        statement = insert(self._connection, pushes).values({**row, **told})
        names = [pushes.c.receiver, pushes.c.delivery_id]
        self._connection.execute(statement.on_conflict_do_update(index_elements=names, set_=told))

    def waiting(self, receiver: str, *, limit: int) -> list[Push]:
        """In the order they came, without those that were put off."""
        return self._waiting(receiver, pushes.c.fault.is_(None), limit=limit)

    def put_off(self, receiver: str, *, now: datetime, limit: int) -> list[Push]:
        """Those whose turn it is, in the order they came."""
        is_due = or_(pushes.c.next_at.is_(None), pushes.c.next_at <= now)
        return self._waiting(receiver, and_(pushes.c.fault.is_not(None), is_due), limit=limit)

    def _waiting(self, receiver: str, which: ColumnElement[bool], *, limit: int) -> list[Push]:
        rows = self._connection.execute(
            select(pushes)
            .where(pushes.c.receiver == receiver, pushes.c.state == PushState.WAITING.value, which)
            .order_by(pushes.c.id)
            .limit(limit)
        )
        return [
            Push(
                row.id,
                row.receiver,
                row.received_at,
                partial(self._opened, row.receiver, row.delivery_id, row.body or b""),
                row.attempts,
                row.fault,
                row.next_at,
            )
            for row in rows
        ]

    def _sealed(self, receiver: str, delivery_id: str, body: bytes) -> bytes:
        return body if self._vault is None else self._vault.seal(body, PUSH_BODY.context(receiver, delivery_id))

    def _opened(self, receiver: str, delivery_id: str, body: bytes) -> bytes:
        """One that was kept before there was a vault is read as it is."""
        if self._vault is None or not is_sealed(body):
            return body
        return self._vault.open(body, PUSH_BODY.context(receiver, delivery_id))

    def receivers_waiting(self) -> Mapping[str, int]:
        """Receiver → how many wait."""
        rows = self._connection.execute(
            select(pushes.c.receiver, func.count())
            .where(pushes.c.state == PushState.WAITING.value)
            .group_by(pushes.c.receiver)
        )
        return {receiver: number for receiver, number in rows}

    def wait(self, number: int) -> bool:
        """Whether more than so many wait; counts no further."""
        further = select(pushes.c.id).where(pushes.c.state == PushState.WAITING.value).offset(number).limit(1)
        return self._connection.scalar(further) is not None

    def begin(self, number: int) -> int:
        """Raise its attempts before the work; gives them."""
        raised = update(pushes).where(pushes.c.id == number).values(attempts=pushes.c.attempts + 1)
        return int(self._connection.execute(raised.returning(pushes.c.attempts)).scalar_one())

    def done(self, number: int) -> bool:
        """Its body goes: what it said stands in the messages. False where another worker was first."""
        waits = (pushes.c.id == number, pushes.c.state == PushState.WAITING.value)
        ended = update(pushes).where(*waits).values(state=PushState.DONE.value, body=None, fault=None)
        return bool(self._connection.execute(ended).rowcount)

    def set_aside(self, number: int, *, fault: str) -> None:
        values = {"state": PushState.FAILED.value, "fault": fault}
        self._connection.execute(update(pushes).where(pushes.c.id == number).values(values))

    def has_old(self, *, before: datetime) -> bool:
        """Whether `forget_old` has anything to do."""
        return self._connection.scalar(select(pushes.c.id).where(*_old(before)).limit(1)) is not None

    def forget_old(self, *, before: datetime) -> int:
        """Rows of what was read: no platform pushes the same again after that long. Gives how many went."""
        return self._connection.execute(delete(pushes).where(*_old(before))).rowcount

    def retry(self) -> int:
        """Have those that were set aside tried again; gives how many."""
        values = {"state": PushState.WAITING.value, "attempts": 0, "fault": None, "next_at": None}
        failed = pushes.c.state == PushState.FAILED.value
        return self._connection.execute(update(pushes).where(failed).values(values)).rowcount

    def retry_one(self, number: int) -> str | None:
        """Its receiver; None where it is not set aside any more."""
        values = {"state": PushState.WAITING.value, "attempts": 0, "fault": None, "next_at": None}
        again = update(pushes).where(pushes.c.id == number, pushes.c.state == PushState.FAILED.value).values(values)
        receiver: str | None = self._connection.scalar(again.returning(pushes.c.receiver))
        return receiver

    def parked(self, *, limit: int) -> list[ParkedPush]:
        """The newest first, without their bodies."""
        rows = self._connection.execute(
            select(pushes.c.id, pushes.c.receiver, pushes.c.received_at, pushes.c.fault, func.length(pushes.c.body))
            .where(pushes.c.state == PushState.FAILED.value)
            .order_by(pushes.c.id.desc())
            .limit(limit)
        )
        return [ParkedPush(number, receiver, at, fault or "", size or 0) for number, receiver, at, fault, size in rows]

    def failed(self) -> Mapping[str, int]:
        """Receiver → how many were set aside."""
        rows = self._connection.execute(
            select(pushes.c.receiver, func.count())
            .where(pushes.c.state == PushState.FAILED.value)
            .group_by(pushes.c.receiver)
        )
        return {receiver: number for receiver, number in rows}


def _old(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (pushes.c.received_at < before, pushes.c.state == PushState.DONE.value)
