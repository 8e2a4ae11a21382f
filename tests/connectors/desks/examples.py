"""Tickets and comments for the tests of desks."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from models import Comment, Priority, Ticket

TICKET = Ticket(
    external_id="earshot:x:1",
    subject="@alice: my order never arrived",
    body="@acme my order never arrived <b>!!</b>\nhttps://x.test/alice/1",
    priority=Priority.HIGH,
    team="Deliveries",
    tags=("delivery", "negative"),
    channel="x",
    requestor="@alice",
    reach=12000,
    due_at=datetime(2026, 12, 1, 3, 4, 5, tzinfo=UTC),
)


def a_ticket(external_id: str = TICKET.external_id, **changes: Any) -> Ticket:
    return replace(TICKET, external_id=external_id, **changes)


def a_comment(external_id: str = TICKET.external_id, key: str = "mention:2", body: str = "Posted again.") -> Comment:
    return Comment(external_id, key, body)
