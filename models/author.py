"""Who said it, as known at one moment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Author:
    """Public facts of an account. `None` means unknown, which is never the same as zero or false."""

    id: str
    """The platform's own id; the handle where the platform gave none."""
    handle: str | None = None
    name: str | None = None
    bio: str | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    verified: bool | None = None
    has_avatar: bool | None = None
    created_at: datetime | None = None
    """When the account was opened; aware, UTC."""
    dms_open: bool | None = None
    """Whether anybody may write to them in private."""


@dataclass(frozen=True, slots=True)
class Post:
    """One earlier post by an author, from the platform or from our own store."""

    native_id: str
    text: str
    created_at: datetime
    shares: int | None = None
    """As in `Mention.shares`, when it was read."""


@dataclass(frozen=True, slots=True)
class SharedPost:
    """A message that reached us, with how far it has travelled since."""

    native_id: str
    created_at: datetime
    shares: int | None
    """The most that was ever told of it; None where nothing was."""
    is_gone: bool
    """Its author deleted it on the platform."""


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """What an author posted in the seven days before the mention under judgement."""

    posts: tuple[Post, ...]
    """Oldest first."""
    captured_at: datetime
    """When these posts were read; aware, UTC."""
    complete: bool
    """True when read from the platform; False when only the posts that reached us are known."""
