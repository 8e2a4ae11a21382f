"""Our records in Zendesk's words, and its words in ours. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from connectors.desks.mapping import DeskWords
from connectors.desks.names import address, kept_id
from connectors.desks.plain_text import fitted, one_line
from connectors.desks.zendesk.client import Body, Values
from connectors.desks.zendesk.wire import ZdTicket
from models import Priority, Ticket, TicketStatus, TicketUpdate

LONGEST_SUBJECT_BYTES = 150
LONGEST_COMMENT_BYTES = 60_000
"""Zendesk refuses a comment of over 64 KiB."""
LONGEST_ID_BYTES = 255

OUR_PREFIX = "earshot"
"""Every external id of ours begins so; others keep theirs in the same column."""

PRIORITY_WORDS: Mapping[Priority, str] = MappingProxyType(
    {Priority.URGENT: "urgent", Priority.HIGH: "high", Priority.MEDIUM: "normal", Priority.LOW: "low"}
)
ALLOWED_PRIORITIES = ("urgent", "high", "normal", "low")

STATUSES: Mapping[str, TicketStatus] = MappingProxyType(
    {
        "new": TicketStatus.NEW,
        "open": TicketStatus.OPEN,
        "pending": TicketStatus.PENDING,
        "hold": TicketStatus.PENDING,
        "on-hold": TicketStatus.PENDING,
        "solved": TicketStatus.SOLVED,
        "closed": TicketStatus.CLOSED,
        "deleted": TicketStatus.CLOSED,
    }
)
STATUS_NAMES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "open",
        TicketStatus.OPEN: "open",
        TicketStatus.PENDING: "pending",
        TicketStatus.SOLVED: "solved",
        # A closed ticket takes neither notes nor changes any more; Zendesk closes solved ones by itself, days later.
        TicketStatus.CLOSED: "solved",
    }
)
"""What a ticket is set to."""


def status_of(name: str) -> TicketStatus:
    """A status we do not know stands for work in progress."""
    return STATUSES.get(name.lower(), TicketStatus.OPEN)


def filled_in(ticket: Ticket, words: DeskWords, *, group_id: int | None, requester_domain: str) -> Body:
    comment: Values = {"body": fitted(ticket.body, longest_bytes=LONGEST_COMMENT_BYTES) or "-", "public": False}
    filled: Body = {
        "subject": one_line(ticket.subject, longest_bytes=LONGEST_SUBJECT_BYTES) or "-",
        "comment": comment,
        "external_id": kept_id(ticket.external_id, longest_bytes=LONGEST_ID_BYTES),
        "priority": words.priority(ticket.priority),
        "tags": tags_of(words.tags(ticket.tags)),
    }
    if ticket.requestor:
        # The address is made up to give the person a name in Zendesk; nobody reads what is mailed to it.
        name = one_line(ticket.requestor, longest_bytes=LONGEST_SUBJECT_BYTES)
        requester: Values = {"name": name, "email": address(ticket.requestor, ticket.channel, requester_domain)}
        filled["requester"] = requester
    return filled | ({"group_id": group_id} if group_id is not None else {})


def tags_of(tags: tuple[str, ...]) -> list[str]:
    """Zendesk writes tags small, and takes a space for the end of one."""
    return list(dict.fromkeys(re.sub(r"[^\w./:-]+", "_", tag.lower()) for tag in tags))


def changes(update: TicketUpdate, ticket: ZdTicket, words: DeskWords, *, group_id: int | None) -> Body:
    """What is left to do, tags apart; nothing where the ticket is as it shall be."""
    left: Body = {}
    if update.priority and ticket.priority != words.priority(update.priority):
        left["priority"] = words.priority(update.priority)
    if update.status and ticket.status not in (update.status.value, STATUS_NAMES[update.status]):
        left["status"] = STATUS_NAMES[update.status]
    if group_id is not None and ticket.group_id != group_id:
        left["group_id"] = group_id
    return left
