"""How far a bot's updates have been read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

NUMBERS_LAST = timedelta(days=6)
"""After a week without updates Telegram goes on at any number, a smaller one too: an old cursor would skip it. Updates
are kept for a day, so there is nothing left that reading from the start could repeat."""


@dataclass(frozen=True, slots=True)
class Cursor:
    update_id: int
    """Of the last update that was handed out."""
    read_at: datetime
    """When it was; aware, UTC."""

    def text(self) -> str:
        return _Form(update_id=self.update_id, read_at=self.read_at).model_dump_json()

    def offset(self, now: datetime) -> int | None:
        """Where to go on; None: at the oldest update Telegram still holds."""
        return self.update_id + 1 if now - self.read_at < NUMBERS_LAST else None


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    update_id: int = Field(ge=0, lt=2**62)
    read_at: AwareDatetime


def read_cursor(text: str | None) -> Cursor | None:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return None
    return Cursor(form.update_id, form.read_at)
