"""Answers that reached the author, by complaint."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, select

from store.outbox import Effect, OutboxState
from store.tables import cases, outbox, receipts


class Answers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sent(self) -> dict[str, list[datetime]]:
        """Complaint id → when an answer in its conversation reached the author, oldest first."""
        found: defaultdict[str, list[datetime]] = defaultdict(list)
        for complaint_id, at in self._connection.execute(
            select(cases.c.complaint_id, receipts.c.received_at)
            .join_from(outbox, cases, cases.c.id == outbox.c.case_id)
            .join(receipts, receipts.c.outbox_id == outbox.c.id)
            .where(
                cases.c.complaint_id.is_not(None),
                outbox.c.effect == Effect.SEND_REPLY.value,
                outbox.c.state == OutboxState.SENT.value,
                receipts.c.reached_author,
            )
            .order_by(receipts.c.received_at)
        ):
            found[complaint_id].append(at)
        return found
