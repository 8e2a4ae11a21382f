"""How far an account's notifications have been read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError


class Placed(Protocol):
    @property
    def id(self) -> str | None: ...

    @property
    def raw_digest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """Reading goes on after `min_id`; `seen` are the last few read after it.

    Ids are given when a notification is written, and shown when that is committed: one may appear *behind* a newer one
    that was read already. So the last few are always asked for again, and `seen` tells what is new.
    """

    min_id: str
    seen: frozenset[str] = frozenset()

    def text(self) -> str:
        return _Form(min_id=self.min_id, seen=tuple(sorted(self.seen))).model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    min_id: str
    seen: tuple[str, ...]


def read_cursor(text: str | None) -> Cursor | None:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return None
    return Cursor(form.min_id, frozenset(form.seen))


def order(id: str | None) -> tuple[int, str]:
    """Ids are numbers as text; those without one come first."""
    return (len(id), id) if id else (0, "")


def key_of(item: Placed) -> str:
    return item.id or item.raw_digest


def advance(oldest_first: Sequence[Placed], cursor: Cursor, *, overlap: int) -> Cursor:
    """The cursor to keep once all of `oldest_first`, which is what stands after `cursor.min_id`, is stored."""
    passed, again = oldest_first[: -overlap or None], oldest_first[-overlap:] if overlap else []
    ids = [item.id for item in passed if item.id]
    return Cursor(ids[-1] if ids else cursor.min_id, frozenset(key_of(item) for item in again))


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
