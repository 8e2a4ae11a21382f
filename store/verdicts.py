"""What the classifier said, per mention and classifier version."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from models import Verdict
from store.encoding import decode, encode
from store.statements import insert_new
from store.tables import verdicts


class Verdicts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, judged: Mapping[str, Verdict], *, now: datetime) -> None:
        """Keep one verdict per mention and classifier version; a second one for the same pair changes nothing."""
        rows = [
            {"mention_id": key, "classifier": verdict.classifier, "judged_at": now, "verdict": encode(verdict)}
            for key, verdict in judged.items()
        ]
        insert_new(self._connection, verdicts, rows)

    def latest(self, ids: Sequence[str]) -> dict[str, Verdict]:
        """Mention id → its newest verdict, for those that have one."""
        rows = self._connection.execute(
            select(verdicts.c.mention_id, verdicts.c.verdict)
            .where(verdicts.c.mention_id.in_(ids))
            .order_by(verdicts.c.judged_at, verdicts.c.classifier)
        )
        return {row.mention_id: decode(Verdict, row.verdict) for row in rows}
