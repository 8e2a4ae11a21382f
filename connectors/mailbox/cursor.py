"""How far a folder has been read."""

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, ValidationError


@dataclass(frozen=True, slots=True)
class Cursor:
    """Numbers of mails count up, as long as the folder keeps its `uidvalidity`; after that they mean nothing."""

    uidvalidity: int
    uid: int
    """Of the last mail that was handed out; 0: none."""
    since: date
    """Mails that arrived before this day are not read, whatever happens to the numbers."""

    def text(self) -> str:
        return _Form(uidvalidity=self.uidvalidity, uid=self.uid, since=self.since).model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    uidvalidity: int = Field(ge=0, lt=2**63)
    uid: int = Field(ge=0, lt=2**63)
    since: date


def read_cursor(text: str | None) -> Cursor | None:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return None
    return Cursor(form.uidvalidity, form.uid, form.since)
