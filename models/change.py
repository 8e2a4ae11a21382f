"""What becomes of messages after they were said: edits, deletions, reposts, authors that leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.author import Author, Post
from models.mention import Mention


@dataclass(frozen=True, slots=True)
class Edit:
    """A later wording of a message. One we do not hold yet is taken in as if it were new."""

    mention: Mention
    """The message as it reads now, under the identity it always had; `created_at` is still when it was first said."""
    version: str
    """The platform's own name of this wording, e.g. a content id or the instant of the edit; one row each."""
    edited_at: datetime
    """Aware, UTC."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A message is gone from its platform."""

    channel: str
    account: str
    native_id: str
    at: datetime
    """When it went, or, where the platform does not say, when we noticed; aware, UTC."""


@dataclass(frozen=True, slots=True)
class Repost:
    """Somebody showed a message to their own followers without words of their own: counted, never a case."""

    channel: str
    native_id: str
    """Of the message that was shown again."""
    author_id: str
    at: datetime


class AccountState(StrEnum):
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    SUSPENDED = "suspended"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Departure:
    """What the platform says of an author's account, e.g. that it is gone, or back."""

    channel: str
    author_id: str
    state: AccountState
    at: datetime


@dataclass(frozen=True, slots=True)
class Bystander:
    """A message shown around a mention and never judged: a parent, a sibling of the thread, an answer of ours."""

    mention: Mention
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel tells about messages when it is asked; only what was looked up stands in it."""

    bystanders: Sequence[Bystander] = ()
    histories: Mapping[str, Sequence[Post]] = field(default_factory=dict)
    """Author id → posts of the seven days before, oldest first."""
    authors: Mapping[str, Author] = field(default_factory=dict)
    """Author id → fuller facts than came with the message."""
    read: Mapping[str, Mention] = field(default_factory=dict)
    """Mention id → the message with its words, of those that came without (`Page.wordless`)."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Mention id → why the words of such a message cannot be had, and what to do about it."""


class Presence(StrEnum):
    """Whether a message still stands on its platform."""

    THERE = "there"
    EDITED = "edited"
    GONE = "gone"
    UNKNOWN = "unknown"
    """Could not be told, e.g. the platform shows it to nobody but its author: nothing follows from this."""


@dataclass(frozen=True, slots=True)
class Recheck:
    presence: Presence
    edit: Edit | None = None
    """Exactly where `presence` is EDITED."""
    shares: int | None = None
    """As in `Mention.shares`, now."""
