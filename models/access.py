"""Who looked at whose data: rows that are added and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AccessAct(StrEnum):
    OPENED = "opened"
    """One case, complaint or ticket, with words and names."""
    LISTED = "listed"
    """A page that shows words or names of several."""
    SEARCHED = "searched"
    EXPORTED = "exported"
    """Took a copy out; the facts say with what filter, and whether unmasked."""
    READ_KEPT = "read_kept"
    """The words of a message that is gone everywhere else."""
    BROKE_GLASS = "broke_glass"
    """Came in by the way that is for emergencies."""
    ERASED = "erased"
    """Looked for what is known of a person, or had it erased."""


@dataclass(frozen=True, slots=True)
class Access:
    at: datetime
    """The first time within the hour."""
    person: str
    role: str
    act: AccessAct
    thing: str
    """Kind of page or file: case, complaint, register…"""
    subject: str = ""
    """Number or id; empty for lists and exports."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """No words of anybody."""
