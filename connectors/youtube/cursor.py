"""How far a channel's comments have been read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

ID_DIGITS = 12
KEY_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Known:
    """What has been handed out of a thread."""

    at: datetime
    """When its first comment was published."""
    replies: int = -1
    """How many YouTube counted when all of them had been read; -1: never."""
    keys: frozenset[str] = frozenset()
    """Of its comments, each as it read then; see `key`."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A thread stands where its first comment was published, so a reply to it or a new wording appears behind what has
    been read: hence what is known of every thread down to `floor`, which follows a week behind the newest."""

    floor: datetime | None = None
    """Threads before it are not read any more."""
    newest: datetime | None = None
    """Start of the newest thread that was handed out."""
    reread_at: datetime | None = None
    """When all threads down to the floor were last read, and everything found was handed out."""
    threads: Mapping[str, Known] = field(default_factory=dict)
    """By `thread_key`."""

    def text(self) -> str:
        threads = {
            name: (known.at, known.replies, "".join(sorted(known.keys))) for name, known in sorted(self.threads.items())
        }
        form = _Form(floor=self.floor, newest=self.newest, reread_at=self.reread_at, threads=threads)
        return form.model_dump_json()


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    floor: AwareDatetime | None
    newest: AwareDatetime | None
    reread_at: AwareDatetime | None
    threads: dict[str, tuple[AwareDatetime, int, str]]


def read_cursor(text: str | None) -> Cursor:
    """An unreadable cursor reads as none at all: a source may repeat, it must not skip."""
    try:
        form = _Form.model_validate_json(text or "")
    except ValidationError:
        return Cursor()
    threads = {name: Known(at, replies, _cut(keys)) for name, (at, replies, keys) in form.threads.items()}
    return Cursor(form.floor, form.newest, form.reread_at, threads)


def thread_key(thread_id: str) -> str:
    return _digest(thread_id)[:ID_DIGITS]


def key(comment_id: str, version: str) -> str:
    """Of one wording of one comment."""
    return _digest(f"{comment_id}\n{version}")[:KEY_DIGITS]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _cut(text: str) -> frozenset[str]:
    return frozenset(text[start : start + KEY_DIGITS] for start in range(0, len(text), KEY_DIGITS))
