"""Our records in Freshdesk's words, and its words in ours. Pure."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from connectors.desks.freshdesk.client import Body
from connectors.desks.freshdesk.wire import FdTicket
from connectors.desks.mapping import DeskWords
from connectors.desks.names import address, digest, safe_id
from connectors.desks.plain_text import fitted, one_line
from models import Comment, Priority, Ticket, TicketStatus, TicketUpdate

LONGEST_SUBJECT_BYTES = 250
LONGEST_TEXT_BYTES = 60_000
LONGEST_TAG_BYTES = 32
"""Freshdesk refuses longer ones."""
FROM_PORTAL = 2
"""Of the sources Freshdesk knows, one that sends no mail."""

PRIORITY_WORDS: Mapping[Priority, str] = MappingProxyType(
    {Priority.URGENT: "4", Priority.HIGH: "3", Priority.MEDIUM: "2", Priority.LOW: "1"}
)
ALLOWED_PRIORITIES = ("4", "3", "2", "1")

STATUSES: Mapping[int, TicketStatus] = MappingProxyType(
    {
        2: TicketStatus.OPEN,
        3: TicketStatus.PENDING,
        4: TicketStatus.SOLVED,
        5: TicketStatus.CLOSED,
        6: TicketStatus.PENDING,  # Waiting on Customer
        7: TicketStatus.PENDING,  # Waiting on Third Party
    }
)
STATUS_NUMBERS: Mapping[TicketStatus, int] = MappingProxyType(
    {
        TicketStatus.NEW: 2,
        TicketStatus.OPEN: 2,
        TicketStatus.PENDING: 3,
        TicketStatus.SOLVED: 4,
        TicketStatus.CLOSED: 5,
    }
)


def status_of(number: int) -> TicketStatus:
    """A status the account made for itself stands for work in progress."""
    return STATUSES.get(number, TicketStatus.OPEN)


def filled_in(ticket: Ticket, words: DeskWords, *, field: str, group_id: int | None, requester_domain: str) -> Body:
    requester = ticket.requestor or "unknown"
    filled: Body = {
        "subject": one_line(ticket.subject, longest_bytes=LONGEST_SUBJECT_BYTES) or "-",
        "description": as_html(fitted(ticket.body, longest_bytes=LONGEST_TEXT_BYTES) or "-"),
        "name": one_line(requester, longest_bytes=LONGEST_SUBJECT_BYTES),
        # Made up, for Freshdesk takes no ticket of nobody; nobody reads what is mailed to it.
        "email": address(requester, ticket.channel, requester_domain),
        "priority": int(words.priority(ticket.priority)),
        "status": STATUS_NUMBERS[TicketStatus.OPEN],
        "source": FROM_PORTAL,
        "tags": tags_of(words.tags(ticket.tags)),
        "custom_fields": {field: safe_id(ticket.external_id)},
    }
    return filled | ({"group_id": group_id} if group_id is not None else {})


def tags_of(tags: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(one_line(tag, longest_bytes=LONGEST_TAG_BYTES) for tag in tags))


def as_html(text: str) -> str:
    """Freshdesk takes HTML alone; ours is text and stays text."""
    return "<div>" + escape(text, quote=False).replace("\n", "<br>") + "</div>"


def note_html(comment: Comment) -> str:
    """With a last line the note is found by: Freshdesk keeps nothing beside a note's text."""
    return as_html(f"{fitted(comment.body, longest_bytes=LONGEST_TEXT_BYTES)}\n\n{note_mark(comment)}")


def note_mark(comment: Comment) -> str:
    return f"[Earshot note {digest(comment.key)}]"


def kept_id(ticket: FdTicket, field: str) -> str | None:
    """Our id, where the ticket has one."""
    value = (ticket.custom_fields or {}).get(field)
    return value if isinstance(value, str) and value else None


def changes(update: TicketUpdate, ticket: FdTicket, words: DeskWords, *, group_id: int | None) -> Body:
    """What is left to do; nothing where the ticket is as it shall be."""
    left: Body = {}
    if update.priority and ticket.priority != int(words.priority(update.priority)):
        left["priority"] = int(words.priority(update.priority))
    if update.status and ticket.status != STATUS_NUMBERS[update.status] and status_of(ticket.status) != update.status:
        left["status"] = STATUS_NUMBERS[update.status]
    if group_id is not None and ticket.group_id != group_id:
        left["group_id"] = group_id
    tags = tags_of(words.tags(update.add_tags))
    if set(tags) - set(ticket.tags):
        # What is sent replaces what is there.
        left["tags"] = list(dict.fromkeys((*ticket.tags, *tags)))
    return left
