"""What platforms pushed to us, as it came: kept before anything is done with it, each delivery once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select, update

from store.channel_tables import pushes
from store.statements import insert


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
    body: bytes
    attempts: int


class Pushes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, receiver: str, delivery_id: str, body: bytes, *, now: datetime) -> bool:
        """False where this delivery came before."""
        row = {
            "receiver": receiver,
            "delivery_id": delivery_id,
            "received_at": now,
            "body": body,
            "state": PushState.WAITING.value,
            "attempts": 0,
        }
        statement = insert(self._connection, pushes).values(row).on_conflict_do_nothing().returning(pushes.c.id)
        return self._connection.scalar(statement) is not None

    def waiting(self, receiver: str, *, limit: int) -> list[Push]:
        """In the order they came."""
        rows = self._connection.execute(
            select(pushes)
            .where(pushes.c.receiver == receiver, pushes.c.state == PushState.WAITING.value)
            .order_by(pushes.c.id)
            .limit(limit)
        )
        return [Push(row.id, row.receiver, row.received_at, row.body or b"", row.attempts) for row in rows]

    def receivers_waiting(self) -> Mapping[str, int]:
        """Receiver → how many wait."""
        rows = self._connection.execute(
            select(pushes.c.receiver, func.count())
            .where(pushes.c.state == PushState.WAITING.value)
            .group_by(pushes.c.receiver)
        )
        return {receiver: number for receiver, number in rows}

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

    def retry(self) -> int:
        """Have those that were set aside tried again; gives how many."""
        values = {"state": PushState.WAITING.value, "attempts": 0, "fault": None}
        failed = pushes.c.state == PushState.FAILED.value
        return self._connection.execute(update(pushes).where(failed).values(values)).rowcount

    def failed(self) -> Mapping[str, int]:
        """Receiver → how many were set aside."""
        rows = self._connection.execute(
            select(pushes.c.receiver, func.count())
            .where(pushes.c.state == PushState.FAILED.value)
            .group_by(pushes.c.receiver)
        )
        return {receiver: number for receiver, number in rows}
