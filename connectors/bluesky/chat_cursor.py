"""How far our direct messages have been read."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError


@dataclass(frozen=True, slots=True)
class ChatCursor:
    """`log`: place in the log of news, kept from before the old conversations are gone through.

    `is_filling`: whether there are old conversations left; `convos` is the place in their list.
    """

    log: str | None
    is_filling: bool
    convos: str | None = None

    def text(self) -> str:
        return _Form(log=self.log, is_filling=self.is_filling, convos=self.convos).model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    log: str | None
    is_filling: bool
    convos: str | None


def read_chat_cursor(text: str | None) -> ChatCursor | None:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return None
    return ChatCursor(form.log, form.is_filling, form.convos)
