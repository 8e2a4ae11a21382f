"""A person asked that what is kept of them goes: the request, what may go, and what the law keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ErasureState(StrEnum):
    ASKED = "asked"
    TURNED_DOWN = "turned_down"
    DONE = "done"
    """Carried out; what had to stay is looked at again every day."""


class Fate(StrEnum):
    """What becomes of a person's messages in one case."""

    GOES = "goes"
    KEPT_IN_REGISTER = "kept_in_register"
    """Every copy goes but the register's, which the law wants for a while."""
    OPEN_COMPLAINT = "open_complaint"
    HELD = "held"
    BEING_SENT = "being_sent"
    NOT_JUDGED = "not_judged"


STAYS = frozenset({Fate.OPEN_COMPLAINT, Fate.HELD, Fate.BEING_SENT, Fate.NOT_JUDGED})


@dataclass(frozen=True, slots=True)
class Person:
    """One account on one channel."""

    author_key: str
    channel: str
    native_id: str
    handle: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """The messages of one person in one case."""

    case_id: int | None
    messages: tuple[str, ...]
    fate: Fate
    complaint_id: str | None = None
    until: datetime | None = None
    """To when the register keeps what it holds."""
    is_alone: bool = True
    """Whether nobody else wrote there."""


@dataclass(frozen=True, slots=True)
class Erasure:
    id: int
    state: ErasureState
    reason: str
    """Number of the request; no name of the person."""
    author_key: str | None
    asked_by: str
    asked_at: datetime
    agreed_by: str | None
    agreed_at: datetime | None
    ended_by: str | None
    messages: int
    """How many lost their words so far."""
    left_over: Mapping[str, int]
    """Fate → messages that are still there."""
