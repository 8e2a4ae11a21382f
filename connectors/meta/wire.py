"""Meta's JSON: only the fields we use. Everything else is ignored, so new fields do no harm.

Pushes and answers alike; one `Node` reads comments, posts, media and messages, whose same things have other names.
Shapes follow Meta's webhook reference; the ones of WhatsApp also its OpenAPI file.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

LATEST_SECONDS = 1e11
"""A larger number counts milliseconds."""


def instant(value: object) -> datetime | None:
    """Unix seconds or milliseconds, as a number or as text, or ISO 8601 with a zone; None where it is none of these."""
    if isinstance(value, str) and not value.strip().lstrip("-").replace(".", "", 1).isdecimal():
        return _from_iso(value)
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        if number is None or number <= 0:
            return None
        return datetime.fromtimestamp(number / 1000 if number >= LATEST_SECONDS else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_iso(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _id(value: object) -> object:
    """Some products send ids as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """What stands in `data`, of an edge that was asked for with its node."""
    return value.get("data", ()) if isinstance(value, dict) else value


Id = Annotated[str, BeforeValidator(_id), Field(min_length=1)]
At = Annotated[datetime | None, BeforeValidator(instant)]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Person(Wire):
    id: Id | None = None
    name: str | None = None
    username: str | None = None


# answers


class Node(Wire):
    """A comment, post, medium or message as it reads now."""

    id: Id
    text: str | None = Field(default=None, validation_alias=AliasChoices("message", "text", "caption"))
    created_at: At = Field(default=None, validation_alias=AliasChoices("created_time", "timestamp"))
    author: Person | None = Field(default=None, validation_alias=AliasChoices("from", "owner"))
    username: str | None = None
    url: str | None = Field(default=None, validation_alias=AliasChoices("permalink_url", "permalink"))
    replies: Annotated[tuple["Node", ...], BeforeValidator(_listed)] = Field(
        default=(), validation_alias=AliasChoices("comments", "replies", "messages")
    )
    is_ours: bool | None = Field(default=None, validation_alias="is_reply_owned_by_me")


class Mentioned(Wire):
    """A comment or medium of somebody else that names us, asked for through our account."""

    node: Node = Field(validation_alias=AliasChoices("mentioned_comment", "mentioned_media"))


class Profile(Wire):
    """Of somebody who wrote to us in private."""

    id: Id
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    follower_count: int | None = None
    is_verified_user: bool | None = None
    profile_pic: str | None = None


class Cursors(Wire):
    after: str | None = None


class Paging(Wire):
    cursors: Cursors = Cursors()
    next: str | None = None


class Listed(Wire):
    """One page of an edge; items are read one by one, so that a broken one costs only itself."""

    data: tuple[object, ...]
    paging: Paging = Paging()


class ById(Wire):
    """Items by id, read one by one."""

    found: dict[str, object]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"found": value}


class Created(Wire):
    """What a write made. WhatsApp lists its messages."""

    id: Id | None = None
    message_id: Id | None = None
    messages: tuple[Person, ...] = ()

    @property
    def reference(self) -> str | None:
        return self.message_id or self.id or (self.messages[0].id if self.messages else None)


class Switched(Wire):
    """Meta says of a switch that was set only that it was."""

    success: bool


class Token(Wire):
    """What Meta says of a token; `expires_at` 0 means never."""

    is_valid: bool = False
    expires_at: At = None
    scopes: tuple[str, ...] = ()


class TokenAnswer(Wire):
    data: Token


class Account(Wire):
    id: Id | None = None
    name: str | None = None
    username: str | None = None
    display_phone_number: str | None = None


class Subscription(Wire):
    subscribed_fields: tuple[str, ...] = ()


class GraphError(Wire):
    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool | None = None


class ErrorAnswer(Wire):
    error: GraphError


# pushes: comments and mentions


class Envelope(Wire):
    about: str = Field(alias="object")
    entry: tuple[object, ...]
    """Read one by one."""


class Entry(Wire):
    id: Id
    time: At = None
    changes: tuple[object, ...] = ()
    messaging: tuple[object, ...] = ()
    standby: tuple[object, ...] = ()


class Change(Wire):
    field: str
    value: object = None


class FeedValue(Wire):
    """Field `feed`, `mention` or `ratings` of a Page."""

    item: str = ""
    verb: str = ""
    comment_id: Id | None = None
    post_id: Id | None = None
    parent_id: Id | None = None
    author: Person | None = Field(default=None, alias="from")
    sender_id: Id | None = None
    sender_name: str | None = None
    message: str | None = None
    created_time: At = None
    permalink_url: str | None = None
    photo: object = None
    video: object = None
    reviewer_id: Id | None = None
    reviewer_name: str | None = None
    review_text: str | None = None
    recommendation_type: str | None = None
    open_graph_story_id: Id | None = None


class Medium(Wire):
    id: Id | None = None
    media_product_type: str | None = None
    ad_id: Id | None = None


class InstagramComment(Wire):
    id: Id
    text: str | None = None
    author: Person | None = Field(default=None, alias="from")
    media: Medium = Medium()
    parent_id: Id | None = None


class InstagramMention(Wire):
    media_id: Id
    comment_id: Id | None = None


# pushes: messages


class Attachment(Wire):
    type: str = "attachment"


class AnsweredTo(Wire):
    mid: str | None = None
    story: Person | None = None


class DirectMessage(Wire):
    mid: Annotated[str, Field(min_length=1)]
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: AnsweredTo = AnsweredTo()
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False


class MessageEdit(Wire):
    mid: Annotated[str, Field(min_length=1)]
    text: str | None = None
    num_edit: int | None = None


class Postback(Wire):
    mid: str | None = None
    title: str | None = None


class MessagingEvent(Wire):
    """`read`, `delivery`, `reaction`, `optin` and what else there is carry no words, and are left out."""

    sender: Person
    recipient: Person
    timestamp: At = None
    message: DirectMessage | None = None
    message_edit: MessageEdit | None = None
    postback: Postback | None = None


# pushes: WhatsApp


class WhatsAppProfile(Wire):
    name: str | None = None


class WhatsAppContact(Wire):
    wa_id: Id | None = None
    profile: WhatsAppProfile = WhatsAppProfile()


class WhatsAppNumber(Wire):
    phone_number_id: Id


class WhatsAppText(Wire):
    """Of a text, a button, a picture, a place, an order or a form: whichever words it has."""

    body: str | None = None
    text: str | None = None
    caption: str | None = None
    title: str | None = None
    name: str | None = None
    address: str | None = None
    emoji: str | None = None
    message_id: Id | None = None
    original_message_id: Id | None = None
    message: object = None
    button_reply: "WhatsAppText | None" = None
    list_reply: "WhatsAppText | None" = None
    nfm_reply: "WhatsAppText | None" = None


class WhatsAppContext(Wire):
    id: Id | None = None


class WhatsAppMessage(Wire):
    sender: Id | None = Field(default=None, alias="from")
    from_user_id: Id | None = None
    to: Id | None = None
    id: Annotated[str, Field(min_length=1)]
    timestamp: At = None
    type: str = "unsupported"
    context: WhatsAppContext = WhatsAppContext()
    group_id: str | None = None
    words: WhatsAppText = WhatsAppText()
    """What stands under the name of its type."""


class WhatsAppValue(Wire):
    metadata: WhatsAppNumber
    contacts: tuple[WhatsAppContact, ...] = ()
    messages: tuple[object, ...] = ()
    message_echoes: tuple[object, ...] = ()


# pushes: Threads


class ThreadsRef(Wire):
    id: Id | None = None
    owner_id: Id | None = None
    username: str | None = None


class ThreadsPost(Wire):
    id: Id
    username: str | None = None
    text: str | None = None
    media_type: str | None = None
    permalink: str | None = None
    timestamp: At = None
    deleted_at: At = None
    replied_to: ThreadsRef = ThreadsRef()
    root_post: ThreadsRef = ThreadsRef()
    is_verified: bool | None = None


class ThreadsValue(Wire):
    field: str
    value: object = None


class ThreadsEnvelope(Wire):
    time: At = None
    values: object


# pushes: requests to delete


class SignedRequest(Wire):
    algorithm: str = ""
    user_id: Id
    issued_at: At = None
