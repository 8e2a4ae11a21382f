"""Our records in Zammad's words, and back. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from connectors.desks.names import address, digest, safe_id
from connectors.desks.plain_text import fitted, one_line
from connectors.desks.zammad.wire import EARSHOT_ID, ZammadTicket
from models import Comment, Priority, Ticket, TicketStanding, TicketStatus

LONGEST_TITLE_BYTES = 240
LONGEST_TAG_BYTES = 120
LONGEST_BODY_BYTES = 1_000_000
"""Zammad takes more; nobody reads that."""
REMIND_AFTER = timedelta(days=1)
"""Zammad wants an instant with `pending reminder`; at that time it shows the ticket to its owner again."""

PRIORITIES: Mapping[Priority, str] = MappingProxyType(
    {Priority.URGENT: "3 high", Priority.HIGH: "3 high", Priority.MEDIUM: "2 normal", Priority.LOW: "1 low"}
)
STATES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "new",
        TicketStatus.OPEN: "open",
        TicketStatus.PENDING: "pending reminder",
        TicketStatus.SOLVED: "closed",
        TicketStatus.CLOSED: "closed",
    }
)
OUR_STATUSES: Mapping[str, TicketStatus] = MappingProxyType(
    {
        "new": TicketStatus.NEW,
        "open": TicketStatus.OPEN,
        "pending reminder": TicketStatus.PENDING,
        "pending close": TicketStatus.PENDING,
        "closed": TicketStatus.SOLVED,
        "merged": TicketStatus.CLOSED,
        "removed": TicketStatus.CLOSED,
    }
)


def ticket(ticket: Ticket, *, group: str, domain: str, priority: str, tags: Iterable[str]) -> dict[str, object]:
    made: dict[str, object] = {
        "title": one_line(ticket.subject, longest_bytes=LONGEST_TITLE_BYTES) or "(no subject)",
        "group": group,
        # The address is made up to give the person a name in Zammad: nothing may ever be mailed to it.
        "customer_id": f"guess:{address(ticket.requestor or 'unknown', ticket.channel, domain)}",
        "priority": priority,
        EARSHOT_ID: safe_id(ticket.external_id),
        "article": article(subject="Earshot", body=ticket.body),
    }
    kept = tag_items([*tags, *team_tag(ticket.team)])
    return made | {"tags": ",".join(kept)} if kept else made


def article(*, subject: str, body: str) -> dict[str, object]:
    """Never of type e-mail: Zammad mails such a one although it is internal."""
    return {
        "subject": subject,
        "body": fitted(body, longest_bytes=LONGEST_BODY_BYTES),
        "content_type": "text/plain",
        "type": "note",
        "sender": "Agent",
        "internal": True,
    }


def note(ticket_id: int, comment: Comment) -> dict[str, object]:
    return {"ticket_id": ticket_id, **article(subject=note_subject(comment), body=comment.body)}


def note_subject(comment: Comment) -> str:
    """A note is found again by it."""
    return f"Earshot note {digest(comment.key)}"


def tag_items(tags: Iterable[str]) -> list[str]:
    """Zammad parts tags at commas."""
    lines = (one_line(tag.replace(",", " "), longest_bytes=LONGEST_TAG_BYTES) for tag in tags)
    return list(dict.fromkeys(line for line in lines if line))


def team_tag(team: str | None) -> list[str]:
    """A team is a tag: moved to a group our token does not see, a ticket would be lost and made again."""
    return [f"team {team}"] if team else []


def status_change(status: TicketStatus, *, now: datetime) -> dict[str, object]:
    change: dict[str, object] = {"state": STATES[status]}
    if status is TicketStatus.PENDING:
        change["pending_time"] = (now + REMIND_AFTER).isoformat()
    return change


def standing(said: ZammadTicket, *, changed_at: datetime) -> TicketStanding | None:
    """None where it is not one of ours. A state of the firm's own counts as open: somebody has still to look."""
    if not said.earshot_id:
        return None
    status = OUR_STATUSES.get(said.state, TicketStatus.OPEN)
    assignee = said.owner if said.owner not in ("", "-") else None
    return TicketStanding(said.number or str(said.id), said.earshot_id, status, said.state, changed_at, assignee)
