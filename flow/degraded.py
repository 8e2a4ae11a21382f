"""What does not answer now: since when, and how much waits for it. Everything else goes on, and it catches up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.registry import DESKS
from flow.channel_watch import silent_channels
from store.connections import ConnectionState
from store.store import Transaction

CLASSIFIER = "classifier"
"""Name of its row among the connections; see `learning/live.py`."""
STANDSTILL = timedelta(minutes=15)
"""A message that waits longer than this waits for something."""
SLOW_SECONDS = 3.0
"""A database that takes longer for a handful of short questions is slow."""


class Part(StrEnum):
    QUEUE = "queue"
    DATABASE = "database"
    CLASSIFIER = "classifier"
    MESSAGES = "messages"
    SINK = "sink"
    """A desk, a notification, or a channel as the place answers go to."""
    SOURCE = "source"
    SILENT = "silent"
    """A channel that says nothing for longer than its rhythm explains."""


@dataclass(frozen=True, slots=True)
class Trouble:
    part: Part
    name: str
    """Which one, where there are several of the sort."""
    since: datetime | None
    waits: int
    """Messages or effects."""
    fault: str
    """As it was said by what failed; no text of a customer."""


def troubles(transaction: Transaction, *, now: datetime) -> list[Trouble]:
    """As the database knows of it; what matters most first."""
    failing = {state.name: state for state in transaction.connections.all() if _fails(state)}
    effects, messages = transaction.degraded.effects(), transaction.degraded.messages()
    found: list[Trouble] = []
    if CLASSIFIER in failing:
        state = failing.pop(CLASSIFIER)
        found.append(Trouble(Part.CLASSIFIER, "", state.last_error_at, messages.number, state.last_error or ""))
    elif messages.since is not None and now - messages.since > STANDSTILL:
        found.append(Trouble(Part.MESSAGES, "", messages.since, messages.number, ""))
    for sink, waiting in effects.items():
        state = failing.pop(sink, ConnectionState(sink))
        found.append(Trouble(Part.SINK, sink, waiting.since, waiting.number, state.last_error or ""))
    for name, state in failing.items():
        since, part = state.last_success_at or state.last_error_at, Part.SINK if name in DESKS else Part.SOURCE
        found.append(Trouble(part, name, since, 0, state.last_error or ""))
    for name in silent_channels(transaction):
        found.append(Trouble(Part.SILENT, name, None, 0, ""))
    return found


def _fails(state: ConnectionState) -> bool:
    if state.last_error is None or state.last_error_at is None:
        return False
    return state.last_success_at is None or state.last_error_at >= state.last_success_at
