"""The local desk: tickets that were pushed to our own database."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from inbox.errors import not_found
from inbox.languages import _
from inbox.visit import Visit
from models.retention import DELETED

TICKETS_SHOWN = 200


def show(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        tickets = transaction.local_desk.tickets(limit=TICKETS_SHOWN)
        deleted = transaction.retention.repeating_deleted([ticket["external_id"] for ticket in tickets])
    tickets = [_shown(ticket, deleted, "external_id", ("subject",)) for ticket in tickets]
    context = {"tickets": tickets, "desk": visit.inbox.settings.desk, "most": TICKETS_SHOWN}
    return visit.page("desk.html", context)


def show_ticket(visit: Visit) -> Response:
    number = visit.path_id()
    with visit.inbox.store.reading() as transaction:
        found = transaction.local_desk.ticket(number)
        if found is None:
            raise not_found(_("ticket %(number)s", number=number))
        ticket, comments = found
        keys = [ticket["external_id"], *(comment["key"] for comment in comments)]
        deleted = transaction.retention.repeating_deleted(keys)
    ticket = _shown(ticket, deleted, "external_id", ("subject", "body"))
    comments = [_shown(comment, deleted, "key", ("body",)) for comment in comments]
    return visit.page("ticket.html", {"ticket": ticket, "comments": comments})


def _shown(row: Mapping[str, Any], deleted: set[str], key: str, texts: Sequence[str]) -> Mapping[str, Any]:
    """A ticket or note that repeats a message whose author deleted it shows no words of it."""
    return {**row, **dict.fromkeys(texts, DELETED)} if row[key] in deleted else row
