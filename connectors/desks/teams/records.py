"""Our records as adaptive cards. Pure.

What a customer wrote stands in text runs of rich text blocks: Teams reads Markdown in a `TextBlock`, and none there.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from connectors.desks.names import digest
from connectors.desks.plain_text import REST_IS_ELSEWHERE, one_line, plain
from models import Comment, Ticket, TicketUpdate

LONGEST_BYTES = 27_000
"""Of the whole message; Teams refuses one of more than 28 KB."""
LONGEST_TITLE_BYTES = 240
LONGEST_FACTS_BYTES = 1_000
CUT = REST_IS_ELSEWHERE.strip()

Element = dict[str, object]


def reference(external_id: str) -> str:
    """Short enough to stand on a card, so that people see which cards belong together."""
    return digest(external_id)[:12]


def ticket(ticket: Ticket) -> bytes:
    due = [] if ticket.due_at is None else [f"due {ticket.due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]
    reach = [] if ticket.reach is None else [f"{ticket.reach:,} followers"]
    tags = [f"tags {', '.join(ticket.tags)}"] if ticket.tags else []
    facts = [f"priority {ticket.priority.value}", f"team {ticket.team}", ticket.channel, *reach, *due, *tags]
    title = f"[{ticket.priority.value}] {ticket.subject}"
    return _card(title, ticket.body, facts, ticket.external_id)


def note(comment: Comment) -> bytes:
    return _card("More on an earlier card", comment.body, [], comment.external_id)


def update(update: TicketUpdate) -> bytes:
    said = {
        "priority": update.priority.value if update.priority else None,
        "team": update.team,
        "status": update.status.value if update.status else None,
        "tags": ", ".join(update.add_tags) or None,
    }
    facts = [f"{name} {value}" for name, value in said.items() if value]
    return _card("Changed", "\n".join(facts), [], update.external_id)


def _card(title: str, body: str, facts: Sequence[str], external_id: str) -> bytes:
    """As bytes, since that is what Teams counts."""
    head = _run(one_line(title, longest_bytes=LONGEST_TITLE_BYTES) or "(no subject)", weight="Bolder", size="Medium")
    last = " · ".join([*facts, f"Earshot {reference(external_id)}"])
    foot = _run(one_line(last, longest_bytes=LONGEST_FACTS_BYTES), isSubtle=True, size="Small")
    room = LONGEST_BYTES - len(_message([head, foot]))
    return _message([head, *_lines(plain(body), room=room), foot])


def _lines(body: str, *, room: int) -> Iterable[Element]:
    """A block for each line, as many as there is room for in bytes of JSON."""
    for line in body.split("\n"):
        element = _run(line or " ", spacing="None", wrap=True)
        size = len(_dumped(element)) + 1
        if size > room - len(_dumped(_run(CUT))) - 40:
            yield from _first_of(line, room=room)
            return
        room -= size
        yield element


def _first_of(line: str, *, room: int) -> Iterable[Element]:
    """As much of it as fits, counting a letter as JSON writes it."""
    left, kept = room - len(_dumped(_run(CUT, spacing="None"))) - 120, 0
    for letter in line:
        left -= len(_dumped(letter)) - 2
        if left < 0:
            break
        kept += 1
    yield _run(line[:kept] + CUT, spacing="None", wrap=True)


def _run(text: str, *, spacing: str = "Default", wrap: bool = False, **style: object) -> Element:
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": [{"type": "TextRun", "text": text, **style}]}


def _message(elements: Sequence[Element]) -> bytes:
    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": list(elements),
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return _dumped({"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": content}]})


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
