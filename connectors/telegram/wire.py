"""Telegram's JSON: only the fields we use. Everything else is ignored, so new fields do no harm.

Source: Telegram Bot API 10.1, types `Update`, `Message`, `User`, `Chat`, `MessageEntity`, `WebhookInfo`.
"""

from pydantic import BaseModel, ConfigDict, Field


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class User(Wire):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_premium: bool | None = None


class Chat(Wire):
    id: int
    type: str
    """`private`, `group`, `supergroup` or `channel`."""
    title: str | None = None
    username: str | None = None


class Entity(Wire):
    """A marked part of a text. Offset and length count UTF-16 code units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class Message(Wire):
    """`date` and `edit_date` are Unix times in seconds."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    message_id: int
    date: int
    chat: Chat
    sender: User | None = Field(default=None, alias="from")
    sender_chat: Chat | None = None
    sender_business_bot: User | None = None
    business_connection_id: str | None = None
    message_thread_id: int | None = None
    is_automatic_forward: bool = False
    text: str | None = None
    caption: str | None = None
    entities: tuple[Entity, ...] = ()
    caption_entities: tuple[Entity, ...] = ()
    reply_to_message: "Message | None" = None
    edit_date: int | None = None
    media_group_id: str | None = None

    def holds(self, field: str) -> bool:
        """Whether it came with this field, of which we know no more than the name."""
        return field in (self.model_extra or {})


class DeletedMessages(Wire):
    business_connection_id: str
    chat: Chat
    message_ids: tuple[int, ...]


class Update(Wire):
    """At most one of the fields beside `update_id` is there."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    channel_post: Message | None = None
    edited_channel_post: Message | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: DeletedMessages | None = None


class WebhookInfo(Wire):
    url: str = ""
    pending_update_count: int = 0
    last_error_date: int | None = None
    allowed_updates: tuple[str, ...] | None = None


class Parameters(Wire):
    migrate_to_chat_id: int | None = None
    retry_after: float | None = None


class Outcome(Wire):
    """Around every answer, whatever its status."""

    ok: bool
    result: object = None
    error_code: int | None = None
    description: str = ""
    parameters: Parameters = Parameters()


class SentMessage(Wire):
    message_id: int
