"""What Bluesky's chat service sends, as far as we read it.

Source: AT Protocol lexicons `chat.bsky.convo.defs`, `.getLog`, `.listConvos`, `.getMessages`, `.getConvo`,
`.sendMessage`, and `chat.bsky.actor.defs`.
"""

from pydantic import AwareDatetime, Field

from connectors.bluesky.wire import Relation, Wire

CREATED = "chat.bsky.convo.defs#logCreateMessage"
DELETED_MESSAGE = "chat.bsky.convo.defs#deletedMessageView"
SYSTEM_MESSAGE = "chat.bsky.convo.defs#systemMessageView"
GROUP = "chat.bsky.convo.defs#groupConvo"


class Typed(Wire):
    type: str = Field(default="", alias="$type")


class Sender(Wire):
    did: str


class Message(Typed):
    id: str
    text: str
    sender: Sender
    sent_at: AwareDatetime


class LogEntry(Typed):
    """Something that happened in one of our conversations."""

    convo_id: str = ""
    message: object = None


class Log(Wire):
    logs: tuple[object, ...]
    cursor: str | None = None


class Member(Wire):
    did: str
    handle: str = ""
    chat_disabled: bool = False
    viewer: Relation = Relation()


class LastMessage(Typed):
    sent_at: AwareDatetime | None = None


class Convo(Wire):
    id: str
    members: tuple[Member, ...]
    last_message: LastMessage | None = None
    kind: Typed = Typed()


class ConvoAnswer(Wire):
    convo: Convo


class ConvoList(Wire):
    convos: tuple[object, ...]
    cursor: str | None = None


class MessageList(Wire):
    messages: tuple[object, ...]
    cursor: str | None = None
