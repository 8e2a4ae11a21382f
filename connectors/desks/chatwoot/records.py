"""Our records in Chatwoot's words, and back. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from connectors.desks.chatwoot.wire import EARSHOT_ID, EARSHOT_TODO, ChatwootConversation
from connectors.desks.names import digest, safe_id
from connectors.desks.plain_text import fitted, one_line, plain
from models import Comment, Priority, Ticket, TicketStanding, TicketStatus

LONGEST_BYTES = 140_000
"""Of what is shown; Chatwoot refuses a message of more than 150,000 characters, our escapes among them."""
LONGEST_MESSAGE = 150_000
LONGEST_NAME_BYTES = 200

PRIORITIES: Mapping[Priority, str] = MappingProxyType({each: each.value for each in Priority})
"""Chatwoot has the same four."""

STATUSES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "open",
        TicketStatus.OPEN: "open",
        TicketStatus.PENDING: "pending",
        TicketStatus.SOLVED: "resolved",
        TicketStatus.CLOSED: "resolved",
    }
)
OUR_STATUSES: Mapping[str, TicketStatus] = MappingProxyType(
    {
        "open": TicketStatus.OPEN,
        "pending": TicketStatus.PENDING,
        "snoozed": TicketStatus.PENDING,
        "resolved": TicketStatus.SOLVED,
    }
)

ADDRESS = re.compile(r"https?://(?:(?<=\w)_+(?=\w)|(?!&#?\w+;)[^\s<>\"'\\*`\[\]~|_!])+")
"""Up to the first letter that Markdown would take for its own."""
MARKUP = re.compile(r"[\\`*_\[\]<>~&|!]|(?m:^[ ]{0,3}[#+=-])")
NUMBERED = re.compile(r"(?m)^([ ]{0,3}\d{1,9})([.)])")
INDENTED = re.compile(r"(?m)^(?:(\t)|( )(?=   )|( {1,3})(?=\t))")


def markdown(text: str) -> str:
    """The text so that Chatwoot, which shows messages as Markdown, shows it as it was. Web addresses stay as they are.

    Source: CommonMark 0.31, sections 2.4 (backslashes) and 2.5 (`&#9;` is a tab that indents nothing).
    """
    made = _markdown(fitted(text, longest_bytes=LONGEST_BYTES))
    # Text that is half markup doubles in length.
    return made if len(made) < LONGEST_MESSAGE - 100 else _markdown(fitted(text, longest_bytes=LONGEST_BYTES // 2))


def _markdown(whole: str) -> str:
    parts, end = [], 0
    for address in ADDRESS.finditer(whole):
        parts += [_escaped(whole[end : address.start()], at_line_start=_starts(whole, end)), address.group()]
        end = address.end()
    parts.append(_escaped(whole[end:], at_line_start=_starts(whole, end)))
    return "".join(parts)


def _starts(whole: str, at: int) -> bool:
    return at == 0 or whole[at - 1] == "\n"


def _escaped(text: str, *, at_line_start: bool) -> str:
    # A part in the middle of a line gets a letter before it, so that `^` does not take it for the line's beginning.
    guard = "" if at_line_start else "x"
    escaped = MARKUP.sub(lambda found: found.group()[:-1] + "\\" + found.group()[-1], guard + text)
    escaped = NUMBERED.sub(r"\1\\\2", escaped)
    return INDENTED.sub(_not_indented, escaped)[len(guard) :]


def _not_indented(found: re.Match[str]) -> str:
    return "&#9;" if found.group() == "\t" else "&#32;" + found.group()[1:]


def labels(tags: Iterable[str]) -> list[str]:
    """Chatwoot's labels are of small letters, digits, `-` and `_`."""
    made = (re.sub(r"[^\w-]+", "-", plain(tag).strip().lower()).strip("-") for tag in tags)
    return list(dict.fromkeys(label for label in made if label))


def conversation(
    ticket: Ticket, *, inbox_id: int, contact_id: int, team_id: int | None, todo: str
) -> dict[str, object]:
    """The conversation and its first, private message: Chatwoot makes both or neither. `todo`: what is still to be
    done for it, which is kept with it until it is done."""
    attributes = {
        EARSHOT_ID: safe_id(ticket.external_id),
        EARSHOT_TODO: todo,
        "earshot_subject": one_line(ticket.subject, longest_bytes=LONGEST_NAME_BYTES),
    }
    made: dict[str, object] = {
        "source_id": safe_id(ticket.external_id),
        "inbox_id": inbox_id,
        "contact_id": contact_id,
        "status": "open",
        "custom_attributes": attributes,
        "message": {"content": markdown(ticket.body), "private": True, "message_type": "outgoing"},
    }
    return made if team_id is None else made | {"team_id": team_id}


def todo(priority: str, labels: Sequence[str]) -> str:
    """What Chatwoot takes only after the conversation is made; labels have no blanks."""
    return " ".join([priority, *labels])


def contact(ticket: Ticket) -> tuple[str, str]:
    """Identifier and name: one contact per author and channel; an unknown author is a contact of the ticket's own."""
    who = ticket.requestor or ticket.external_id
    name = one_line(ticket.requestor or "", longest_bytes=LONGEST_NAME_BYTES) or f"somebody on {ticket.channel}"
    return f"earshot-{digest(ticket.channel, plain(who))}", name


def note_mark(comment: Comment) -> str:
    """Chatwoot keeps nothing of ours with a message, so a note is found again by its last line."""
    return f"Earshot note {digest(comment.key)}"


def note(comment: Comment) -> str:
    return f"{markdown(comment.body)}\n\n{note_mark(comment)}"


def standing(said: ChatwootConversation, *, changed_at: datetime | None = None) -> TicketStanding | None:
    """None where it is not one of ours. A status we do not know counts as open: somebody has still to look."""
    if said.earshot_id is None:
        return None
    at = changed_at or datetime.fromtimestamp(said.changed_at, UTC)
    status = OUR_STATUSES.get(said.status, TicketStatus.OPEN)
    assignee = said.meta.assignee.name if said.meta.assignee else None
    return TicketStanding(str(said.id), said.earshot_id, status, said.status, at, assignee)


def merged(held: Sequence[str], added: Sequence[str]) -> list[str] | None:
    """All labels; None where none is new."""
    together = list(dict.fromkeys((*held, *added)))
    return together if len(together) > len(held) else None
