"""X's JSON: only the fields we use, in both vocabularies. Everything else is ignored, so new fields do no harm.

Source: OpenAPI documents 2.166 (old words) and 2.167 (new words) of API v2, and the pages on activity payloads and on
webhooks of docs.x.com, August 2026.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


def _as_text(value: object) -> object:
    """Ids are text; a number is one that lost its quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_list(value: object) -> object:
    return () if value is None else value


Id = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^\d{1,25}$")]
Count = Annotated[int | None, Field(ge=0)]
"""Also a text of digits: activity payloads bring both."""
Items = Annotated[tuple[object, ...], BeforeValidator(_as_list)]
"""Read one by one, so that a broken one costs only itself."""


def counter(*names: str) -> AliasChoices:
    """A counter of activity payloads stands twice: as a number, and as text under `…_str`."""
    return AliasChoices(*names, *(f"{name}_str" for name in names))


class Aware(Wire):
    created_at: datetime | None = None

    @model_validator(mode="after")
    def _has_a_zone(self) -> "Aware":
        if self.created_at is not None and self.created_at.tzinfo is None:
            raise ValueError("created_at has no time zone")
        return self


class UserMetrics(Wire):
    followers: Count = Field(default=None, validation_alias=counter("followers_count"))
    following: Count = Field(default=None, validation_alias=counter("following_count"))
    posts: Count = Field(default=None, validation_alias=counter("tweet_count", "post_count"))


class User(Aware):
    id: Id
    username: str | None = None
    name: str | None = None
    description: str | None = None
    location: str | None = None
    profile_image_url: str | None = None
    protected: bool | None = None
    verified: bool | None = None
    verified_type: str | None = None
    is_identity_verified: bool | None = None
    receives_your_dm: bool | None = None
    public_metrics: UserMetrics = UserMetrics()

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: object) -> object:
        """Some activity payloads put a user into `data`."""
        inner = value.get("data") if isinstance(value, dict) else None
        return inner if isinstance(inner, dict) else value


class PostMetrics(Wire):
    reposts: Count = Field(default=None, validation_alias=counter("retweet_count", "repost_count"))
    replies: Count = Field(default=None, validation_alias=counter("reply_count"))
    likes: Count = Field(default=None, validation_alias=counter("like_count"))
    quotes: Count = Field(default=None, validation_alias=counter("quote_count"))
    shown: Count = Field(default=None, validation_alias=counter("impression_count"))


class Reference(Wire):
    """`type`: replied_to, quoted, retweeted (new words: reposted)."""

    type: str
    id: Id


class MentionEntity(Wire):
    """Offsets count characters."""

    start: int | None = None
    end: int | None = None
    username: str | None = None
    id: Annotated[str | None, BeforeValidator(_as_text)] = None


class Entities(Wire):
    mentions: Annotated[tuple[MentionEntity, ...], BeforeValidator(_as_list)] = ()


class Note(Wire):
    """The whole text, where it is longer than 280."""

    text: str
    entities: Entities | None = None


class Post(Aware):
    id: Id
    text: str
    author_id: Id | None = None
    conversation_id: Id | None = None
    in_reply_to_user_id: Id | None = None
    lang: str | None = None
    reply_settings: str | None = None
    references: Annotated[tuple[Reference, ...], BeforeValidator(_as_list)] = Field(
        default=(), validation_alias=AliasChoices("referenced_tweets", "referenced_posts")
    )
    versions: Annotated[tuple[Id, ...], BeforeValidator(_as_list)] = Field(
        default=(), validation_alias=AliasChoices("edit_history_tweet_ids", "edit_history_post_ids")
    )
    note: Note | None = Field(default=None, validation_alias=AliasChoices("note_tweet", "note_post"))
    entities: Entities = Entities()
    attachments: object = None
    public_metrics: PostMetrics = PostMetrics()


class Includes(Wire):
    users: Items = ()
    posts: Items = Field(default=(), validation_alias=AliasChoices("tweets", "posts"))


class Problem(Wire):
    """An error inside an answer of status 200: about one thing that was asked for."""

    type: str = ""
    resource_id: Annotated[str | None, BeforeValidator(_as_text)] = None
    value: Annotated[str | None, BeforeValidator(_as_text)] = None

    @property
    def name(self) -> str:
        """Last part of the address that names the problem, e.g. `resource-not-found`."""
        return self.type.rstrip("/").rsplit("/", 1)[-1]


class Meta(Wire):
    next_token: str | None = None
    result_count: int | None = None


class Listed(Wire):
    data: Items = ()
    includes: Includes = Includes()
    errors: Items = ()
    meta: Meta = Meta()


class One(Wire):
    data: User


class DmEvent(Aware):
    id: Id
    event_type: str | None = None
    text: str | None = None
    sender_id: Id | None = None
    dm_conversation_id: str | None = None


class WrittenPost(Wire):
    id: Id


class WrittenDm(Wire):
    dm_event_id: Id
    dm_conversation_id: str | None = None


class PostAnswer(Wire):
    data: WrittenPost


class DmAnswer(Wire):
    data: WrittenDm


class Refusal(Wire):
    """Body of a failed answer."""

    type: str = ""


# X counts milliseconds since this one in the upper bits of an id.
EPOCH_MS = 1_288_834_974_657
FIRST_MINUTE_MS = 60_000
"""Ids that were counted one by one, before X put the time into them, all fall below it."""


def instant_of(native_id: str) -> datetime | None:
    """When an id was made (aware, UTC); None for ids from before November 2010, which hold no time."""
    milliseconds = int(native_id) >> 22
    try:
        return datetime.fromtimestamp((milliseconds + EPOCH_MS) / 1000, UTC) if milliseconds > FIRST_MINUTE_MS else None
    except (ValueError, OverflowError, OSError):
        return None


def id_at(at: datetime) -> str:
    """The smallest id of that millisecond: posts of then and later have greater ones."""
    return str(max(0, int(at.timestamp() * 1000) - EPOCH_MS) << 22)
