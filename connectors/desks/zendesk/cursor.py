"""How far the export of tickets has been read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

LOOK_BACK = timedelta(minutes=5)
"""Zendesk refuses to start in the last minute."""
WHEN_LOST = timedelta(days=30)
"""How far back a cursor that cannot be read is made up for."""


@dataclass(frozen=True, slots=True)
class Cursor:
    start: int | None = None
    """Unix seconds; where Zendesk has given no cursor yet."""
    after: str | None = None
    """Zendesk's own."""

    def text(self) -> str:
        return _Form(start=self.start, after=self.after).model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: int | None
    after: str | None


def read_cursor(text: str | None, *, now: datetime) -> Cursor:
    if text is None:
        return Cursor(start=int((now - LOOK_BACK).timestamp()))
    try:
        form = _Form.model_validate_json(text)
    except ValidationError:
        form = _Form(start=None, after=None)
    if not form.after and form.start is None:
        return Cursor(start=int((now - WHEN_LOST).timestamp()))
    return Cursor(form.start, form.after)
