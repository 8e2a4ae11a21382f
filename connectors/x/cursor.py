"""How far a feed of X has been read."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from connectors.x.wire import id_at, instant_of


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest id handed out, and the ids handed out in the look-back before it.

    Ids grow with time, but many machines make them, and a post may reach a feed after one with a greater id. So every
    pull looks back a little, and `seen` tells what is new.
    """

    newest: str | None = None
    seen: frozenset[str] = field(default_factory=frozenset)
    asked_at: datetime | None = None
    """When X was last asked, where it may be asked only so often; aware, UTC."""

    def floor(self, look_back: timedelta) -> str | None:
        """Everything with a greater id is read again; None where all is."""
        if self.newest is None:
            return None
        at = instant_of(self.newest)
        return id_at(at - look_back) if at else self.newest

    def text(self) -> str:
        form = _Form(newest=self.newest, seen=tuple(sorted(self.seen)), asked_at=self.asked_at)
        return form.model_dump_json(exclude_none=True)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    newest: str | None = Field(default=None, pattern=r"^\d{1,25}$")
    seen: tuple[str, ...]
    asked_at: AwareDatetime | None = None


def read_cursor(text: str | None) -> Cursor:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return Cursor()
    return Cursor(form.newest, frozenset(form.seen), form.asked_at)


def is_before(native_id: str, instant: datetime) -> bool:
    made_at = instant_of(native_id)
    return made_at is None or made_at < instant
