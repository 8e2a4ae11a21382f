"""Our records as messages of Slack. Pure.

What a customer wrote stands in plain text objects, in which nothing is markup and nobody can be mentioned; the `text`
that phones show is markup, and escaped.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from connectors.desks.plain_text import fitted, one_line, plain
from connectors.desks.slack.wire import NOTE, TICKET, Block, SlackMessage, SlackPayload
from models import Comment, Ticket, TicketUpdate

LONGEST_BODY_BYTES = 12_000
"""Slack refuses messages whose blocks are too long together, and does not say where that begins."""
PART = 1_500
"""Characters of one block; Slack allows 3,000 as UTF-16 counts them, in which one letter can be two."""
LONGEST_TITLE_BYTES = 140
BODY, STANDING = "earshot_body_", "earshot_standing"
"""Names of our blocks."""


def escaped(text: str) -> str:
    """For a text that is markup: these three letters begin all of Slack's mentions, links and entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def ticket(ticket: Ticket, channel: str) -> dict[str, Any]:
    payload = SlackPayload(
        external_id=plain(ticket.external_id), priority=ticket.priority.value, team=ticket.team,
        tags="\n".join(ticket.tags),
    )  # fmt: skip
    title = one_line(ticket.subject, longest_bytes=LONGEST_TITLE_BYTES) or "(no subject)"
    due = [] if ticket.due_at is None else [f"due {ticket.due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]
    reach = [] if ticket.reach is None else [f"{ticket.reach:,} followers"]
    facts = " · ".join([ticket.channel, *reach, *due])
    blocks: list[Block] = [
        {"type": "header", "text": _plain_text(title)},
        *_body(ticket.body),
        {"type": "context", "block_id": "earshot_facts", "elements": [_plain_text(one_line(facts, longest_bytes=900))]},
        _standing(payload),
    ]
    return _message(channel, f"[{ticket.priority.value}] {title}", blocks, TICKET, payload)


def note(comment: Comment, channel: str, *, thread: str | None) -> dict[str, Any]:
    """In the ticket's thread; where its message is too far back to be found, on its own."""
    payload = SlackPayload(external_id=plain(comment.external_id), key=plain(comment.key))
    title = one_line(comment.body, longest_bytes=LONGEST_TITLE_BYTES) or "(no text)"
    made = _message(channel, title, _body(comment.body), NOTE, payload)
    return made | ({} if thread is None else {"thread_ts": thread})


def changed(message: SlackMessage, update: TicketUpdate, channel: str) -> dict[str, Any] | None:
    """The ticket's message with its last line brought up to date; None where it says all this already."""
    held = message.metadata.event_payload
    tags = [*filter(None, held.tags.split("\n")), *update.add_tags]
    payload = held.model_copy(
        update={
            "priority": update.priority.value if update.priority else held.priority,
            "team": update.team or held.team,
            "status": update.status.value if update.status else held.status,
            "tags": "\n".join(dict.fromkeys(tags)),
        }
    )
    if payload == held:
        return None
    blocks = [block for block in message.blocks if block.get("block_id") != STANDING]
    made = _message(channel, "", [*blocks, _standing(payload)], TICKET, payload)
    return made | {"ts": message.ts, "text": message.text}


def is_ticket(message: SlackMessage, external_id: str) -> bool:
    said = message.metadata
    return said.event_type == TICKET and said.event_payload.external_id == plain(external_id)


def is_note(message: SlackMessage, comment: Comment) -> bool:
    said = message.metadata
    wanted = (plain(comment.external_id), plain(comment.key))
    return said.event_type == NOTE and (said.event_payload.external_id, said.event_payload.key) == wanted


def _message(channel: str, text: str, blocks: Iterable[Block], kind: str, payload: SlackPayload) -> dict[str, Any]:
    return {
        "channel": channel,
        "text": escaped(text),
        "blocks": list(blocks),
        "metadata": {"event_type": kind, "event_payload": _kept(payload)},
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _kept(payload: SlackPayload) -> Mapping[str, str]:
    return {name: value for name, value in payload.model_dump().items() if value}


def _body(body: str) -> list[Block]:
    whole = fitted(body, longest_bytes=LONGEST_BODY_BYTES)
    parts = [whole[start : start + PART] for start in range(0, len(whole), PART)] if whole.strip() else []
    return [
        {"type": "section", "block_id": f"{BODY}{number}", "text": _plain_text(part)}
        for number, part in enumerate(parts)
    ]


def _standing(payload: SlackPayload) -> Block:
    tags = payload.tags.replace("\n", ", ")
    said = {"Priority": payload.priority, "Team": payload.team, "Tags": tags, "Status": payload.status}
    line = " · ".join(f"{name}: {value}" for name, value in said.items() if value)
    element = _plain_text(one_line(line, longest_bytes=1_800) or "…")
    return {"type": "context", "block_id": STANDING, "elements": [element]}


def _plain_text(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
