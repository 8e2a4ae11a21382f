"""A post, reply, comment, review or private message as received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.author import Author

MOST_COUNTED = 10_000_000_000
"""More followers, posts or shares than this are an overflow, not a count."""


class Kind(StrEnum):
    """What sort of message this is on its platform."""

    MENTION = "mention"
    REPLY = "reply"
    COMMENT = "comment"
    REVIEW = "review"
    DM = "dm"


class MentionState(StrEnum):
    """How far a mention has come. Noise is not a state here: it is a decision on the case, and is never deleted."""

    RECEIVED = "received"
    CLASSIFIED = "classified"
    TRIAGED = "triaged"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Mention:
    """One message, normalised. `(channel, account, native_id)` names it once and for all."""

    id: str
    """Ours: derived from `(channel, account, native_id)`, so the same message always gets the same id."""
    channel: str
    account: str
    """Our own account that was addressed, or the source it came in by."""
    native_id: str
    kind: Kind
    text: str
    created_at: datetime
    """When the words were said; aware, UTC. Clocks start here."""
    received_at: datetime
    """When we first fetched it; aware, UTC."""
    conversation_id: str
    """The platform's id of the thread; the root message's native id where there is none."""
    created_at_assumed: bool = False
    """True when the platform gave no instant, or one in the future: `created_at` is then `received_at`."""
    lang: str | None = None
    """BCP 47 tag as the platform gave it."""
    on_owned_channel: bool | None = None
    """Whether it stands on a channel or account the firm owns or controls (RG 271.32(a)); None where unknown."""
    in_reply_to: str | None = None
    """Native id of the parent message."""
    url: str | None = None
    author: Author | None = None
    shares: int | None = None
    """How often others had shown it to their own followers when we fetched it: reposts and quotes. None is unknown,
    which is never zero."""
    raw: Mapping[str, object] = field(default_factory=dict)
    """What the source gave beyond the fields above, kept as evidence."""

    @property
    def is_private(self) -> bool:
        return self.kind is Kind.DM
