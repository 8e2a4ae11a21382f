"""How far the media that tag us on Instagram have been read."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest instant read, and what was read in the look-back before it, since a tag may be put on later."""

    newest: datetime | None = None
    seen: dict[str, datetime] = field(default_factory=dict)
    """Native id, or a digest of what could not be read → when it was made."""

    def text(self) -> str:
        return _Form(newest=self.newest, seen=dict(sorted(self.seen.items()))).model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    newest: AwareDatetime | None
    seen: dict[str, AwareDatetime]


def read_cursor(text: str | None) -> Cursor:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return Cursor()
    return Cursor(form.newest, form.seen)
