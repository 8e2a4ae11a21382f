"""How far an account's notifications have been read."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest instant read, and what was read in the look-back before it.

    The feed is ordered by the earlier of what the author's client claims and when the network saw it, so a post of a
    client with a slow clock, or one that came late, appears *behind* what has been read. An instant alone would skip
    it: so every pull looks back, and `seen` tells what is new.
    """

    indexed_at: datetime | None = None
    seen: frozenset[str] = frozenset()
    """Digests of addresses, see `digest`."""

    def text(self) -> str:
        return _Form(indexed_at=self.indexed_at, seen=tuple(sorted(self.seen))).model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    indexed_at: AwareDatetime | None
    seen: tuple[str, ...]


def read_cursor(text: str | None) -> Cursor:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return Cursor()
    return Cursor(form.indexed_at, frozenset(form.seen))


def digest(uri: str) -> str:
    """Short enough for a cursor that holds a day of a busy account."""
    return hashlib.sha256(uri.encode(errors="surrogatepass")).hexdigest()[:16]
