"""Answers that were written once to be sent often, and macros: several acts on a case under one name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

FALLBACK_LANGUAGE = "en"


class Audience(StrEnum):
    """Where a saved reply may be sent."""

    EITHER = "either"
    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class SavedReply:
    key: str
    title: str
    labels: frozenset[str]
    tags: frozenset[str]
    texts: Mapping[str, str]
    """Language → text; at least one."""
    audience: Audience = Audience.EITHER
    valid_from: date | None = None
    valid_until: date | None = None
    """The last day on which it is offered."""
    retired_at: datetime | None = None
    version: int = 1
    uses: int = 0
    used_at: datetime | None = None

    def language(self, wanted: str | None) -> str:
        """The wanted one where it speaks it, else English, else the first it has."""
        short = (wanted or "")[:2]
        return next((one for one in (short, FALLBACK_LANGUAGE) if self.texts.get(one)), next(iter(self.texts)))

    def text(self, language: str | None) -> str:
        return self.texts[self.language(language)]

    def is_offered(self, day: date) -> bool:
        is_early = self.valid_from is not None and day < self.valid_from
        is_late = self.valid_until is not None and day > self.valid_until
        return self.retired_at is None and not is_early and not is_late


class MacroActKind(StrEnum):
    ASSIGN = "assign"
    """To a person by name, to whoever runs it (`ME`), or to nobody (empty)."""
    NOTE = "note"
    SAVED_REPLY = "saved_reply"
    """Into the composer; a person still reads and sends it."""
    DONE = "done"


ME = "@me"


@dataclass(frozen=True, slots=True)
class MacroAct:
    kind: MacroActKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class Macro:
    key: str
    name: str
    acts: tuple[MacroAct, ...]
    """In this order, each kind at most once."""
    retired_at: datetime | None = None
    version: int = 1
    runs: int = 0

    def value(self, kind: MacroActKind) -> str | None:
        """None where it does not do this."""
        return next((act.value for act in self.acts if act.kind is kind), None)
