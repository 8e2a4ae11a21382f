"""Due dates and how they were worked out."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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
