"""From Telegram's words to ours. Pure: no call is made here.

A message's native id is `chat:number`, and `connection:chat:number` in a business chat, since numbers count per chat.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.telegram.client import Unreadable
from connectors.telegram.wire import Chat, DeletedMessages, Entity, Message, Update, User
from models import Author, Bystander, Deletion, Edit, Kind, Mention, Page, Rejected
from models.errors import RecordError
from models.identity import mention_id

CHANNEL = "telegram"
MEDIA = (
    *("animation", "audio", "document", "live_photo", "paid_media", "photo", "sticker", "story", "video", "video_note"),
    *("voice", "checklist", "contact", "dice", "game", "poll", "venue", "location", "invoice", "rich_message"),
)
"""What a message can hold instead of words. The first it has gives its name: an animation is a document too."""
HAPPENINGS = (
    *("new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo"),
    *("group_chat_created", "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "write_access_allowed", "chat_background_set"),
    *("forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "boost_added"),
    *("video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited"),
)
"""Telegram tells of these as messages, and nobody said anything."""


@dataclass(frozen=True, slots=True)
class Us:
    name: str
    """User name of our bot, without `@`."""
    bot_id: int | None
    """Its number, the first part of the token; None where the token is not of that form."""

    def is_us(self, user: User | None) -> bool:
        if user is None:
            return False
        same_name = user.is_bot and (user.username or "").lower() == self.name.lower()
        return user.id == self.bot_id or same_name


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands, read back from its native id."""

    connection: str | None
    chat_id: int
    message_id: int


def to_page(updates: Iterable[Update | Unreadable], us: Us, *, received_at: datetime, cursor: str = "") -> Page:
    """One that cannot be read is rejected alone. Mentions oldest first."""
    mentions: list[Mention] = []
    edits: list[Edit] = []
    deletions: list[Deletion] = []
    bystanders: list[Bystander] = []
    rejected: list[Rejected] = []
    for update in updates:
        if isinstance(update, Unreadable):
            rejected.append(Rejected(f"update {update.update_id}", update.reason, update.raw))
            continue
        if update.deleted_business_messages is not None:
            deletions += _deletions(update.deleted_business_messages, us, received_at)
        try:
            for message in filter(None, (update.message, update.channel_post, update.business_message)):
                _place(message, us, received_at, mentions, bystanders)
            for message in filter(
                None, (update.edited_message, update.edited_channel_post, update.edited_business_message)
            ):
                edits += _edits(message, us, received_at)
        except RecordError as error:
            rejected.append(Rejected(f"update {update.update_id}", str(error), update.model_dump_json().encode()))
    mentions.sort(key=lambda mention: mention.created_at)
    return Page(mentions, cursor, rejected, bystanders=bystanders, edits=edits, deletions=deletions)


def _place(
    message: Message, us: Us, received_at: datetime, mentions: list[Mention], bystanders: list[Bystander]
) -> None:
    if is_ours(message, us):
        if message.chat.type == "private":
            bystanders.append(Bystander(to_mention(message, us, received_at), is_ours=True))
        return
    if kind_of(message, us) is None:
        return
    mentions.append(to_mention(message, us, received_at))
    parent = message.reply_to_message
    if parent is not None and (is_ours(parent, us) or kind_of(parent, us) is None):
        bystanders.append(Bystander(to_mention(parent, us, received_at), is_ours=is_ours(parent, us)))


def _edits(message: Message, us: Us, received_at: datetime) -> list[Edit]:
    if is_ours(message, us) or kind_of(message, us) is None:
        return []
    mention = to_mention(message, us, received_at)
    # Two changes within one second differ in their words alone.
    words = hashlib.sha256(mention.text.encode(errors="replace")).hexdigest()[:12]
    edited_at = _instant(message.edit_date) if message.edit_date else received_at
    return [Edit(mention, version=f"{message.edit_date or 0}-{words}", edited_at=min(edited_at, received_at))]


def _deletions(deleted: DeletedMessages, us: Us, received_at: datetime) -> list[Deletion]:
    ids = (native_id(deleted.chat.id, number, deleted.business_connection_id) for number in deleted.message_ids)
    return [Deletion(CHANNEL, us.name, each, at=received_at) for each in ids]


def is_ours(message: Message, us: Us) -> bool:
    """Said by our bot, by the business account it works for, or by a channel through its discussion group."""
    if message.business_connection_id is not None:
        # A private chat has the number of the other side.
        return message.sender_business_bot is not None or not message.sender or message.sender.id != message.chat.id
    return us.is_us(message.sender) or message.is_automatic_forward


def kind_of(message: Message, us: Us) -> Kind | None:
    """None where it is not meant for us, or holds no words of anybody."""
    if any(message.holds(happening) for happening in HAPPENINGS):
        return None
    if message.chat.type == "private":
        return Kind.DM
    parent = message.reply_to_message
    if parent is not None and us.is_us(parent.sender):
        return Kind.REPLY
    if parent is not None and parent.is_automatic_forward:
        return Kind.COMMENT
    return Kind.MENTION if _names_us(message, us) else None


def _names_us(message: Message, us: Us) -> bool:
    marks = [(message.text or "", mark) for mark in message.entities]
    marks += [(message.caption or "", mark) for mark in message.caption_entities]
    name = f"@{us.name}".lower()
    for text, mark in marks:
        part = _part(text, mark).lower()
        if mark.type == "mention" and part == name:
            return True
        if mark.type == "bot_command" and part.endswith(name):
            return True
        if mark.type == "text_mention" and us.is_us(mark.user):
            return True
    return False


def _part(text: str, mark: Entity) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * mark.offset : 2 * (mark.offset + mark.length)].decode("utf-16-le", "replace")


def to_mention(message: Message, us: Us, received_at: datetime) -> Mention:
    """Raises: RecordError for a date that is none."""
    said_at = _instant(message.date)
    number = native_id_of(message)
    parent = message.reply_to_message
    kind = kind_of(message, us)
    return Mention(
        id=mention_id(CHANNEL, us.name, number),
        channel=CHANNEL,
        account=us.name,
        native_id=number,
        kind=kind or Kind.MENTION,
        text=words_of(message),
        created_at=min(said_at, received_at),
        received_at=received_at,
        conversation_id=_conversation(message),
        created_at_assumed=said_at > received_at,
        on_owned_channel=True if kind is Kind.DM else None,
        in_reply_to=native_id_of(parent) if parent is not None else None,
        url=web_address(message.chat, message.message_id),
        author=_author(message),
        raw=_evidence(message),
    )


def words_of(message: Message) -> str:
    """The text or the caption; where there is none, what was sent instead, e.g. `[photo]`."""
    words = message.text or message.caption
    if words:
        return words
    found = next((name for name in MEDIA if message.holds(name)), None)
    return f"[{found.replace('_', ' ')}]" if found else "[message without words]"


def _evidence(message: Message) -> dict[str, object]:
    media = [name for name in MEDIA if message.holds(name)]
    facts = {
        "chat_type": message.chat.type,
        "media": media or None,
        "media_group_id": message.media_group_id,
        "business_connection_id": message.business_connection_id,
        "language_code": message.sender.language_code if message.sender else None,
        "is_premium": message.sender.is_premium if message.sender else None,
        "is_bot": True if message.sender and message.sender.is_bot else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _author(message: Message) -> Author | None:
    """A chat that speaks for itself (a channel, an anonymous administrator) stands before the user it borrows."""
    if message.sender_chat is not None:
        chat = message.sender_chat
        return Author(id=str(chat.id), handle=chat.username, name=chat.title)
    user = message.sender
    if user is None:
        return None
    name = " ".join(part for part in (user.first_name, user.last_name) if part)
    return Author(id=str(user.id), handle=user.username, name=name or None)


def _conversation(message: Message) -> str:
    if message.chat.type == "private":
        return ":".join(filter(None, (message.business_connection_id, str(message.chat.id))))
    parent = message.reply_to_message
    root = message.message_thread_id or (parent.message_id if parent is not None else message.message_id)
    return native_id(message.chat.id, root)


def native_id_of(message: Message) -> str:
    return native_id(message.chat.id, message.message_id, message.business_connection_id)


def native_id(chat_id: int, message_id: int, connection: str | None = None) -> str:
    return ":".join(filter(None, (connection, str(chat_id), str(message_id))))


def place_of(native_id: str) -> Place | None:
    """None for an id that is none of ours."""
    *connection, chat, number = native_id.split(":") if native_id.count(":") else ("", "")
    try:
        return Place(":".join(connection) or None, int(chat), int(number))
    except ValueError:
        return None


def web_address(chat: Chat, message_id: int) -> str | None:
    """None for a private chat and a small group: their messages have no address."""
    if chat.type not in ("supergroup", "channel"):
        return None
    name = chat.username or f"c/{str(chat.id).removeprefix('-100')}"
    return f"https://t.me/{name}/{message_id}"


def _instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise RecordError("date: no instant anybody can write down") from None
