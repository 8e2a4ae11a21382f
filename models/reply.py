"""An answer to a mention on its own channel."""

from dataclasses import dataclass
from enum import StrEnum


class AuthoredBy(StrEnum):
    """Who wrote the words. Platforms treat the two differently."""

    PERSON = "person"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True)
class Reply:
    """`key` is stable over retries: sending the same reply twice shows it once."""

    key: str
    text: str
    is_private: bool
    authored_by: AuthoredBy


@dataclass(frozen=True, slots=True)
class MayReply:
    """Whether a mention may be answered now, and if not, why."""

    allowed: bool
    reason: str = ""
    max_characters: int | None = None
    takes_private: bool = False
    """Whether the author can be answered in private from here."""
