"""What happens to our tickets at the desk shows on their cases."""

from collections.abc import Sequence
from datetime import datetime

from connectors.base import Desk
from models import ActorKind, Event, EventKind, TicketStanding
from store.store import Store, Transaction

MOST_PAGES = 20


def ask_desk(store: Store, desk: Desk, *, name: str, now: datetime) -> int:
    """Read what changed since the last time, page by page; gives how many tickets. Its cursor is kept as `name`.

    Raises: as `Desk.standings`.
    """
    total = 0
    for _ in range(MOST_PAGES):
        with store.reading() as transaction:
            cursor = transaction.connections.get(name).cursor
        page = desk.standings(cursor)
        with store.writing() as transaction:
            total += keep_standings(transaction, desk.name, page.standings, now=now)
            has_news = bool(page.standings)
            transaction.connections.read_up_to(name, page.cursor, now=now, had_messages=has_news)
        if not page.standings or page.cursor == cursor:
            break
    return total


def keep_standings(transaction: Transaction, sink: str, standings: Sequence[TicketStanding], *, now: datetime) -> int:
    """Those of our tickets, once each; a late word does not undo a later one. Gives how many changed."""
    changed = 0
    for standing in standings:
        case_id = transaction.standings.case_of(sink, standing.reference, standing.external_id)
        if case_id is None or not transaction.standings.keep(sink, standing, now=now):
            continue
        changed += 1
        at = min(standing.changed_at, now)
        facts = {
            "sink": sink,
            "reference": standing.reference,
            "status": standing.status.value,
            "status_name": standing.status_name,
        }
        key = f"{EventKind.TICKET_CHANGED.value}:{sink}:{standing.reference}:{at.isoformat()}:{standing.status.value}"
        event = Event(key, EventKind.TICKET_CHANGED, at, ActorKind.RULE, sink, case_id, facts=facts)
        transaction.events.record([event], now=now)
    return changed
