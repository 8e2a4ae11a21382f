"""What the contract tests of desks hold a desk by: one line in `DESKS` of `test_desks.py` for each.

A fake that has `transport`, `held` and `set_status` is put to the tests by `over_http(fake, open_desk)`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from connectors.base import Desk
from models import Priority, TicketStatus
from tests.connectors.desks.lossy import LossyTransport, is_write

EVERY_STATUS = frozenset(TicketStatus)


@dataclass(frozen=True, slots=True)
class Held:
    """One ticket as the desk holds it, looked at past our client and said in our words."""

    body: str
    notes: list[str]
    priority: Priority
    tags: frozenset[str]
    status: TicketStatus
    team: str | None = None


class FakeDesk(Protocol):
    def transport(self) -> httpx.BaseTransport: ...

    def held(self, external_id: str) -> list[Held]:
        """Its tickets with this external id, oldest first."""
        ...


def nothing() -> None:
    """No time need pass."""


@dataclass
class Harness:
    desk: Desk
    lose_next_answer: Callable[[], None]
    lose_next_connection: Callable[[], None]
    held: Callable[[str], list[Held]]
    """By external id."""
    set_status: Callable[[str, TicketStatus], None] | None = None
    """As somebody at the desk would; None where the desk cannot be asked what changed."""
    wire: LossyTransport | None = None
    """None where there is no network in between."""
    statuses: frozenset[TicketStatus] = EVERY_STATUS
    """Those the desk can be set to and tells apart."""
    settle: Callable[[], None] = field(default=nothing)
    """Lets the time pass that the desk takes until it tells of a change."""


def over_http(
    fake: FakeDesk,
    open_desk: Callable[[httpx.BaseTransport], Desk],
    *,
    statuses: frozenset[TicketStatus] = EVERY_STATUS,
    is_effect: Callable[[httpx.Request], bool] = is_write,
) -> Harness:
    """`open_desk`: the desk on this transport, with a sleep that does not, and with small pages where it has any."""
    wire = LossyTransport(fake.transport(), is_effect=is_effect)
    return Harness(
        open_desk(wire),
        wire.lose_next_answer,
        wire.lose_next_connection,
        fake.held,
        getattr(fake, "set_status", None),
        wire,
        statuses,
        getattr(fake, "settle", nothing),
    )
