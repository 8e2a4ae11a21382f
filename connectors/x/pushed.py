"""The JSON of pushes, and how the older words become those of `wire.py`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from connectors.x.answers import parsed
from connectors.x.wire import Entities, Id, Includes, Items, MentionEntity, Post, Reference, User, UserMetrics, Wire

OLD_INSTANT = "%a %b %d %H:%M:%S %z %Y"


def _as_map(value: object) -> object:
    return {} if value is None else value


def _milliseconds(value: object) -> object:
    """Text of digits: milliseconds since 1970."""
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC) if isinstance(value, str | int) else None
    except (ValueError, OverflowError, OSError):
        return None


Milliseconds = Annotated[datetime | None, BeforeValidator(_milliseconds)]


class Envelope(Wire):
    """Of the Activity API."""

    event_type: str
    event_uuid: str | None = None
    payload: object = None
    includes: Annotated[Includes, BeforeValidator(_as_map)] = Includes()


class Removed(Wire):
    id: Id


class Target(Wire):
    recipient_id: Id


class MessageData(Wire):
    text: str = ""


class MessageCreate(Wire):
    target: Target
    sender_id: Id
    message_data: MessageData


class OldMessage(Wire):
    """Both interfaces tell of direct messages in these words."""

    type: str = "message_create"
    id: Id
    at: Milliseconds = Field(default=None, validation_alias="created_timestamp")
    message_create: MessageCreate


class DirectMessages(Wire):
    events: Items = Field(validation_alias="direct_message_events")
    users: Annotated[Mapping[str, object], BeforeValidator(_as_map)] = {}


class OldUser(Wire):
    id: Id = Field(validation_alias=AliasChoices("id_str", "id"))
    screen_name: str | None = None
    name: str | None = None
    description: str | None = None
    protected: bool | None = None
    verified: bool | None = None
    followers_count: int | None = None
    friends_count: int | None = None
    statuses_count: int | None = None
    profile_image_url_https: str | None = None


class OldMention(Wire):
    id: Id | None = Field(default=None, validation_alias=AliasChoices("id_str", "id"))
    screen_name: str | None = None
    indices: tuple[int, ...] = ()


class OldEntities(Wire):
    user_mentions: tuple[OldMention, ...] = ()


class Extended(Wire):
    """Text beyond 140 characters."""

    full_text: str
    entities: OldEntities = OldEntities()


class OldPost(Wire):
    id: Id = Field(validation_alias=AliasChoices("id_str", "id"))
    text: str = Field(default="", validation_alias=AliasChoices("full_text", "text"))
    created_at: str | None = None
    lang: str | None = None
    user: object = None
    parent_id: Id | None = Field(default=None, validation_alias="in_reply_to_status_id_str")
    parent_author_id: Id | None = Field(default=None, validation_alias="in_reply_to_user_id_str")
    entities: OldEntities = OldEntities()
    extended: Extended | None = Field(default=None, validation_alias="extended_tweet")
    quoted: "OldPost | None" = Field(default=None, validation_alias="quoted_status")
    reposted: "OldPost | None" = Field(default=None, validation_alias="retweeted_status")


class OldStatus(Wire):
    id: Id


class OldDelete(Wire):
    status: OldStatus
    at: Milliseconds = Field(default=None, validation_alias="timestamp_ms")


class OldPush(Wire):
    """Of the Account Activity API."""

    tweet_create_events: Items = ()
    direct_message_events: Items = ()
    tweet_delete_events: Items = ()
    users: Annotated[Mapping[str, object], BeforeValidator(_as_map)] = {}


def to_post(old: OldPost) -> Post:
    """The older interface names no conversation: a thread is then known by the post that is answered."""
    entities = old.extended.entities if old.extended else old.entities
    references = (("replied_to", old.parent_id), ("quoted", old.quoted and old.quoted.id))
    reposted = [Reference(type="retweeted", id=old.reposted.id)] if old.reposted else []
    user = to_user(old.user)
    return Post(
        id=old.id,
        text=old.extended.full_text if old.extended else old.text,
        author_id=user.id if user else None,
        conversation_id=old.parent_id or old.id,
        in_reply_to_user_id=old.parent_author_id,
        lang=old.lang,
        created_at=_old_instant(old.created_at),
        references=(*(Reference(type=kind, id=native_id) for kind, native_id in references if native_id), *reposted),
        entities=Entities(mentions=tuple(_mention(mention) for mention in entities.user_mentions)),
    )


def _mention(old: OldMention) -> MentionEntity:
    start, end = old.indices if len(old.indices) == 2 else (None, None)
    return MentionEntity(start=start, end=end, username=old.screen_name, id=old.id)


def to_user(value: object) -> User | None:
    """A person in newer words, or in older ones; None where it is neither."""
    if isinstance(value, dict) and "screen_name" not in value:
        newer = parsed(value, User)
        if not isinstance(newer, str):
            return newer
    old = parsed(value, OldUser)
    if isinstance(old, str):
        return None
    return User(
        id=old.id,
        username=old.screen_name,
        name=old.name,
        description=old.description,
        protected=old.protected,
        verified=old.verified,
        profile_image_url=old.profile_image_url_https,
        public_metrics=UserMetrics(
            followers=old.followers_count, following=old.friends_count, posts=old.statuses_count
        ),
    )


def _old_instant(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", OLD_INSTANT).astimezone(UTC)
    except ValueError:
        return None
