"""The local desk: tickets that were pushed to our own database."""

from starlette.responses import Response

from inbox.errors import not_found
from inbox.visit import Visit

TICKETS_SHOWN = 200


def show(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        tickets = transaction.local_desk.tickets(limit=TICKETS_SHOWN)
    context = {"tickets": tickets, "desk": visit.inbox.settings.desk, "most": TICKETS_SHOWN}
    return visit.page("desk.html", context)


def show_ticket(visit: Visit) -> Response:
    number = visit.path_id()
    with visit.inbox.store.reading() as transaction:
        found = transaction.local_desk.ticket(number)
    if found is None:
        raise not_found(f"ticket {number}")
    ticket, comments = found
    return visit.page("ticket.html", {"ticket": ticket, "comments": comments})
