"""An answer to a mention on its own channel."""

from dataclasses import dataclass
from datetime import datetime
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
    perhaps_sent: bool = False
    """An earlier try has no known outcome: where the platform cannot be asked, a person has to look."""


@dataclass(frozen=True, slots=True)
class MayReply:
    """Whether a mention may be answered now, and if not, why."""

    allowed: bool
    reason: str = ""
    until: datetime | None = None
    """How long this answer holds: the end of the reply window, or when a refusal ends; aware, UTC; None: unknown."""
    max_characters: int | None = None
    takes_private: bool = False
    """Whether the author can be answered in private from here."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do with one item; a direct message and a public post of one channel often differ."""

    pull: bool = False
    push: bool = False
    reply_public: bool = False
    reply_private: bool = False
    author_history: bool = False
    """Whether the author's last seven days can be read."""
    reach: bool = False
    """Whether the platform tells how many people see it."""
    thread: bool = False
    delete_notice: bool = False
    """Whether the platform says when it is deleted; where not, it is asked again."""
    edit: bool = False
    """Whether a change of its words is seen."""
    hide: bool = False
    """Whether it can be hidden from others, and shown again."""
    why_not_hide: str = ""
    """One sentence; empty where it can, or where nobody could."""
