"""Slack's JSON, as far as we read it. Whatever may be missing is optional; unknown keys are ignored."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter

TICKET = "earshot_ticket"
NOTE = "earshot_note"
"""What our messages are found by: `metadata.event_type`."""

Block = dict[str, object]
"""A block as Slack keeps it: sent back as it came."""


def _or_nothing(value: object) -> object:
    return {} if value is None else value


class SlackPayload(BaseModel):
    """What we know of a ticket or a note, kept with its message."""

    external_id: str = ""
    key: str = ""
    priority: str = ""
    team: str = ""
    tags: str = ""
    """One on each line."""
    status: str = ""


class SlackMetadata(BaseModel):
    event_type: str = ""
    event_payload: Annotated[SlackPayload, BeforeValidator(_or_nothing)] = Field(default_factory=SlackPayload)


class SlackMessage(BaseModel):
    ts: str
    """Its id within the channel, and when it was posted."""
    text: str = ""
    blocks: list[Block] = []
    metadata: Annotated[SlackMetadata, BeforeValidator(_or_nothing)] = Field(default_factory=SlackMetadata)


class SlackMore(BaseModel):
    next_cursor: str = ""


class SlackAnswer(BaseModel):
    """What every answer holds. A refusal comes with HTTP 200."""

    ok: bool
    error: str = ""


class SlackMessages(SlackAnswer):
    messages: list[SlackMessage] = []
    has_more: bool = False
    more: Annotated[SlackMore, BeforeValidator(_or_nothing)] = Field(
        default_factory=SlackMore, alias="response_metadata"
    )


class SlackPosted(SlackAnswer):
    ts: str = ""


class SlackIdentity(SlackAnswer):
    url: str = ""
    user: str = ""


class SlackChannel(BaseModel):
    name: str = ""
    is_archived: bool = False
    is_member: bool | None = None


class SlackChannelInfo(SlackAnswer):
    channel: SlackChannel = Field(default_factory=SlackChannel)


ANSWER = TypeAdapter(SlackAnswer)
MESSAGES = TypeAdapter(SlackMessages)
POSTED = TypeAdapter(SlackPosted)
IDENTITY = TypeAdapter(SlackIdentity)
CHANNEL_INFO = TypeAdapter(SlackChannelInfo)
