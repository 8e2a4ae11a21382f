"""Chatwoot's JSON, as far as we read it. Whatever may be missing is optional; unknown keys are ignored."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter

EARSHOT_ID = "earshot_id"
"""Key of the conversation attribute that holds our external id."""
EARSHOT_TODO = "earshot_todo"
"""Key of the one that holds the priority and labels still to be set; empty once they are."""


LATEST = 32_503_680_000.0
"""Seconds: the year 3000. Nothing later is an instant."""


def _or_empty(value: object) -> object:
    return {} if value is None else value


def _or_unknown(value: object) -> object:
    return value if isinstance(value, int | float) and 0 < value < LATEST else None


Seconds = Annotated[float | None, BeforeValidator(_or_unknown)]


class ChatwootPerson(BaseModel):
    id: int | None = None
    name: str | None = None


class ChatwootMeta(BaseModel):
    assignee: ChatwootPerson | None = None


class ChatwootConversation(BaseModel):
    id: int
    """The number agents see (`display_id`)."""
    inbox_id: int | None = None
    status: str = ""
    labels: list[str] = []
    custom_attributes: Annotated[dict[str, object], BeforeValidator(_or_empty)] = Field({})
    last_activity_at: Seconds = None
    """Seconds since 1970, like those below; not every version sends all of them."""
    updated_at: Seconds = None
    timestamp: Seconds = None
    meta: Annotated[ChatwootMeta, BeforeValidator(_or_empty)] = Field(default_factory=ChatwootMeta)

    @property
    def earshot_id(self) -> str | None:
        value = self.custom_attributes.get(EARSHOT_ID)
        return value if isinstance(value, str) and value else None

    @property
    def todo(self) -> str:
        value = self.custom_attributes.get(EARSHOT_TODO)
        return value if isinstance(value, str) else ""

    @property
    def active_at(self) -> float:
        """What Chatwoot lists them by, in whole seconds."""
        return self.last_activity_at or self.timestamp or self.updated_at or 0.0

    @property
    def changed_at(self) -> float:
        return self.updated_at or self.active_at


class ChatwootList(BaseModel):
    payload: list[ChatwootConversation]


class ChatwootWrappedList(BaseModel):
    data: ChatwootList


class ChatwootMessage(BaseModel):
    id: int
    content: str | None = None
    private: bool = False


class ChatwootMessages(BaseModel):
    payload: list[ChatwootMessage]


class ChatwootContact(BaseModel):
    id: int
    identifier: str | None = None


class ChatwootContacts(BaseModel):
    payload: list[ChatwootContact]


class _MadeContact(BaseModel):
    contact: ChatwootContact


class ChatwootMadeContact(BaseModel):
    payload: _MadeContact


class ChatwootLabels(BaseModel):
    payload: list[str]


class ChatwootTeam(BaseModel):
    id: int
    name: str = ""


class ChatwootInbox(BaseModel):
    id: int
    channel_type: str = ""


class ChatwootAttribute(BaseModel):
    attribute_key: str = ""
    attribute_model: str = "conversation_attribute"
    attribute_display_type: str = "text"


class ChatwootPush(BaseModel):
    """A webhook: `conversation_status_changed` holds the conversation at its top level."""

    event: str = ""


LISTS: TypeAdapter[ChatwootList | ChatwootWrappedList] = TypeAdapter(ChatwootList | ChatwootWrappedList)
CONVERSATION = TypeAdapter(ChatwootConversation)
MESSAGE = TypeAdapter(ChatwootMessage)
MESSAGES = TypeAdapter(ChatwootMessages)
CONTACTS = TypeAdapter(ChatwootContacts)
MADE_CONTACT = TypeAdapter(ChatwootMadeContact)
LABELS = TypeAdapter(ChatwootLabels)
TEAMS = TypeAdapter(list[ChatwootTeam])
INBOX = TypeAdapter(ChatwootInbox)
ATTRIBUTES = TypeAdapter(list[ChatwootAttribute])
PUSH = TypeAdapter(ChatwootPush)
