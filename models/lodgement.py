"""A reporting period's file as it was handed to the regulator."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lodgement:
    """Kept for good. A file that the regulator sent back is followed by another one of the same period."""

    period: str
    """For example `2026H1`."""
    number: int
    """1, 2 … within the period; the last one counts."""
    rows: int
    """0: a nil submission, without a file."""
    sha256: str | None
    """Of the file."""
    profile: str | None
    profile_digest: str | None
    head_seq: int
    """The register's last entry that the file knows of."""
    head_digest: str
    person: str
    at: datetime
    reason: str
    """Why it was lodged again; empty for the first."""
