"""Where tickets stand at their desks, as the desks last said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from models import TicketStanding, TicketStatus
from store.channel_tables import ticket_standings
from store.outbox import Effect
from store.statements import insert
from store.tables import outbox, receipts


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """A ticket of a case, at its desk."""

    sink: str
    reference: str
    status: TicketStatus
    status_name: str
    assignee: str | None
    changed_at: datetime


class Standings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, sink: str, standing: TicketStanding, *, now: datetime) -> bool:
        """Whether it changes what we knew; an older word than the one we have changes nothing."""
        known = self._connection.execute(
            select(ticket_standings).where(
                ticket_standings.c.sink == sink, ticket_standings.c.reference == standing.reference
            )
        ).one_or_none()
        if known is not None and known.changed_at > standing.changed_at:
            return False
        values = {
            "external_id": standing.external_id or (known.external_id if known is not None else None),
            "status": standing.status.value,
            "status_name": standing.status_name,
            "assignee": standing.assignee,
            "changed_at": standing.changed_at,
            "seen_at": now,
        }
        statement = insert(self._connection, ticket_standings).values(sink=sink, reference=standing.reference, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["sink", "reference"], set_=values))
        said = (standing.status.value, standing.status_name, standing.assignee)
        return known is None or (known.status, known.status_name, known.assignee) != said

    def case_of(self, sink: str, reference: str, external_id: str | None) -> int | None:
        """The case whose ticket this is, by the desk's number, else by ours."""
        ticket = (outbox.c.sink == sink, outbox.c.effect == Effect.CREATE_TICKET.value)
        by_number = select(outbox.c.case_id).join_from(outbox, receipts, receipts.c.outbox_id == outbox.c.id)
        found = self._connection.scalar(by_number.where(*ticket, receipts.c.reference == reference).limit(1))
        if found is None and external_id is not None:
            found = self._connection.scalar(select(outbox.c.case_id).where(*ticket, outbox.c.key == external_id))
        return found

    def of_references(self, found: Sequence[tuple[str, str]]) -> dict[tuple[str, str], CaseStanding]:
        """(sink, reference) → how the ticket stands, for those the desk spoke of."""
        standings = {}
        for sink, reference in found:
            row = self._connection.execute(
                select(ticket_standings).where(
                    ticket_standings.c.sink == sink, ticket_standings.c.reference == reference
                )
            ).one_or_none()
            if row is not None:
                standings[sink, reference] = CaseStanding(
                    sink, reference, TicketStatus(row.status), row.status_name, row.assignee, row.changed_at
                )
        return standings
