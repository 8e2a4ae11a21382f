"""Due dates and how they were worked out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

ACKNOWLEDGE, CLOSE, RESPOND = "acknowledge", "close", "respond"
"""How the key of a clock begins, in every pack, says what meets it: `acknowledge_24h`, `close_5bd`, `close_early`."""

DUE_SOON = timedelta(hours=4)
"""So long before a clock ends people are told, and a case that was put off is back."""


def last_limit(dues: Iterable[tuple[str, datetime]], purpose: str) -> datetime | None:
    """Of all clocks for that purpose the one that ends last; None where there is none.

    Args:
        dues: key and last instant of each clock.
    """
    return max((at for key, at in dues if key.startswith(purpose)), default=None)


class Force(StrEnum):
    """Whether missing it is a breach of an enforceable paragraph, or of an expectation of the regulator."""

    ENFORCEABLE = "enforceable"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Due:
    """One clock: the last instant still in time, and each step of the arithmetic."""

    key: str
    on: date
    """Local date in the licensee's zone."""
    at: datetime
    """The last instant that is still in time; aware, with the offset of the licensee's zone."""
    paragraph: str
    force: Force
    steps: tuple[str, ...]
