"""Records that could not be read, kept with their bytes and the reason until a person decides."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, select

from models import Rejected
from store.statements import insert_new
from store.tables import quarantine


class Quarantine:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def park(self, source: str, rejected: Sequence[Rejected], *, now: datetime) -> None:
        """The same bytes from the same source are kept once."""
        rows = [
            {
                "source": source,
                "place": item.where,
                "reason": item.reason,
                "raw": item.raw,
                "digest": hashlib.sha256(item.raw or item.where.encode()).hexdigest(),
                "parked_at": now,
            }
            for item in rejected
        ]
        insert_new(self._connection, quarantine, rows)

    def count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(quarantine)) or 0

    def get(self, number: int) -> Row[tuple[object, ...]] | None:
        return self._connection.execute(select(quarantine).where(quarantine.c.id == number)).one_or_none()

    def take_out(self, number: int) -> bool:
        """Once it could be read after all."""
        return self._connection.execute(delete(quarantine).where(quarantine.c.id == number)).rowcount == 1

    def newest(self, *, limit: int = 200) -> Sequence[Row[tuple[object, ...]]]:
        return self._connection.execute(select(quarantine).order_by(quarantine.c.id.desc()).limit(limit)).all()
