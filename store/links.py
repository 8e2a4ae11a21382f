"""Cases that people said belong to one person. A link has no direction and can be taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from store.statements import insert
from store.together_tables import case_links


class Links:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: int, other: int, *, by: str, now: datetime) -> bool:
        """False where they are linked already."""
        low, high = sorted((one, other))
        row = {"low_id": low, "high_id": high, "linked_by": by, "linked_at": now}
        added = insert(self._connection, case_links).values(row).on_conflict_do_nothing().returning(case_links.c.low_id)
        return self._connection.scalar(added) is not None

    def remove(self, one: int, other: int) -> bool:
        """False where they are not linked."""
        low, high = sorted((one, other))
        same = (case_links.c.low_id == low, case_links.c.high_id == high)
        return bool(self._connection.execute(delete(case_links).where(*same)).rowcount)

    def of(self, case_id: int) -> dict[int, str]:
        """Linked case → who linked it."""
        rows = self._connection.execute(
            select(case_links).where(or_(case_links.c.low_id == case_id, case_links.c.high_id == case_id))
        )
        return {row.high_id if row.low_id == case_id else row.low_id: row.linked_by for row in rows}

    def all_of(self, case_id: int, *, most: int = 50) -> Sequence[int]:
        """Every case that is reached over links, this one left out; nearest first."""
        found, at = [case_id], 0
        while at < len(found) <= most:
            found += [other for other in sorted(self.of(found[at])) if other not in found]
            at += 1
        return found[1 : most + 1]
