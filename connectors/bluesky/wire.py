"""Bluesky's JSON: only the fields we use. Everything else is ignored, so new fields do no harm.

Source: AT Protocol lexicons `app.bsky.notification.listNotifications`, `app.bsky.actor.defs`, `app.bsky.feed.defs`,
`app.bsky.feed.post`, `com.atproto.server.createSession`, `com.atproto.repo.putRecord`.
"""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

POST = "app.bsky.feed.post"


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Ref(Wire):
    """A post, and the version of it that is meant."""

    uri: str
    cid: str


class ReplyRefs(Wire):
    root: Ref
    parent: Ref


class Medium(Wire):
    """What a post carries beside its words."""

    type: str
    description: str | None = None
    """What its author says is on it, or a link's title."""


MOST_MEDIA = 20


def _media_in(embed: object) -> list[dict[str, object]]:
    """`app.bsky.embed.images`, `.gallery`, `.video`, `.external`; what cannot be read is left out."""
    if not isinstance(embed, dict):
        return []
    images = embed.get("images") or embed.get("items")
    found: list[tuple[str, object]] = []
    if isinstance(images, list):
        found += [("image", one.get("alt")) for one in images[:MOST_MEDIA] if isinstance(one, dict)]
    if isinstance(embed.get("video"), dict):
        found.append(("video", embed.get("alt")))
    if isinstance(external := embed.get("external"), dict):
        found.append(("link", external.get("title") or external.get("uri")))
    return [{"type": kind, "description": words if isinstance(words, str) else None} for kind, words in found]


class PostRecord(Wire):
    """What the author wrote. `created_at` is what their client claims, in whatever form."""

    text: str
    created_at: str | None = None
    langs: tuple[str, ...] = ()
    reply: ReplyRefs | None = None
    quoted: Ref | None = None
    media: tuple[Medium, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _find_media(cls, value: object) -> object:
        """Pictures, a video or a link stand in `embed`, or in `embed.media` where something is quoted, too."""
        if not isinstance(value, dict):
            return value
        embed = value.get("embed")
        inner = embed.get("media") if isinstance(embed, dict) else None
        return {**value, "media": _media_in(inner if isinstance(inner, dict) else embed)}

    @model_validator(mode="before")
    @classmethod
    def _find_quoted(cls, value: object) -> object:
        """The quoted post stands in `embed.record`, or one deeper where the quote also carries pictures."""
        if not isinstance(value, dict):
            return value
        embed = value.get("embed")
        record = embed.get("record") if isinstance(embed, dict) else None
        if isinstance(record, dict) and isinstance(record.get("record"), dict):
            record = record["record"]
        is_reference = isinstance(record, dict) and {"uri", "cid"} <= record.keys()
        return {**value, "quoted": record if is_reference else None}


class Relation(Wire):
    """How the person and our account stand to each other."""

    blocked_by: bool = False
    """They block us."""
    blocking: str | None = None
    """Where we block them, the block's address."""


class Verification(Wire):
    verified_status: str = "none"
    trusted_verifier_status: str = "none"


class Profile(Wire):
    """Counts are missing from the short form that comes with a post or a notification."""

    did: str
    handle: str | None = None
    display_name: str | None = None
    description: str | None = None
    avatar: str | None = None
    created_at: str | None = None
    followers_count: int | None = None
    follows_count: int | None = None
    posts_count: int | None = None
    verification: Verification | None = None
    viewer: Relation = Relation()


class Notification(Wire):
    """`indexed_at` is the earlier of what the author's client claims and when the network saw it: the feed's order."""

    uri: str
    cid: str
    author: Profile
    reason: str
    record: PostRecord
    indexed_at: datetime

    @model_validator(mode="after")
    def _is_aware(self) -> "Notification":
        if self.indexed_at.tzinfo is None:
            raise ValueError("indexedAt has no time zone")
        return self


class PostRelation(Wire):
    reply_disabled: bool = False


class PostView(Wire):
    uri: str
    cid: str
    author: Profile
    record: PostRecord
    indexed_at: datetime
    repost_count: int | None = None
    quote_count: int | None = None
    viewer: PostRelation = PostRelation()


class NotificationList(Wire):
    notifications: tuple[object, ...]
    """Read one by one, so that a broken one costs only itself."""
    cursor: str | None = None


class ProfileList(Wire):
    profiles: tuple[object, ...]


class PostList(Wire):
    posts: tuple[object, ...]


class FeedItem(Wire):
    post: object = None


class Feed(Wire):
    feed: tuple[FeedItem, ...]
    cursor: str | None = None


class ThreadAnswer(Wire):
    thread: dict[str, object]
    """Nested: read post by post."""


class Session(Wire):
    """Tokens: never in a log, a message or a `repr`."""

    did: str
    access_jwt: str
    refresh_jwt: str

    def __repr__(self) -> str:
        return f"Session(did={self.did!r}, tokens=***)"

    __str__ = __repr__


class WireError(Wire):
    error: str = ""
    message: str = ""


class Written(Wire):
    uri: str
    cid: str


class OwnPost(Wire):
    """A post as it lies in our own repository."""

    uri: str
    record: PostRecord = Field(alias="value")


def instant(claimed: str | None) -> datetime | None:
    """An aware UTC instant, None where the text is none or names no time zone."""
    try:
        at = datetime.fromisoformat(claimed or "")
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
