"""What people do with a case shows at the desk: its ticket is solved, or opened again."""

from datetime import datetime

from models import CaseState, TicketStatus, TicketUpdate
from store.cases import StoredCase
from store.encoding import encode
from store.outbox import Effect
from store.store import Transaction

AT_THE_DESK = {CaseState.CLOSED: TicketStatus.SOLVED, CaseState.OPEN: TicketStatus.OPEN}


def change_state(transaction: Transaction, case: StoredCase, state: CaseState, *, now: datetime) -> None:
    """Set the case's state; `sweep` has its ticket follow, where it has one."""
    transaction.cases.set_state(case.id, state, now=now)
    status = AT_THE_DESK.get(state)
    holder = transaction.merges.ticket_case(case.id)
    tickets = [row for row in transaction.outbox.of_case(holder) if row.effect is Effect.CREATE_TICKET]
    if status is None or not tickets or case.state is state:
        return
    ticket = tickets[-1]
    update = TicketUpdate(ticket.key, f"{status.value}-{ticket.key}-{case.version}", status=status)
    transaction.outbox.add(
        Effect.UPDATE_TICKET,
        sink=ticket.sink,
        key=update.key,
        case_id=holder,
        mention_id=ticket.mention_id,
        payload=encode(update),
        now=now,
    )
