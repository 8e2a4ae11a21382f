"""What the program was set to: one setting, pack, file, account or key, before and after."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Part(StrEnum):
    PROGRAM = "program"
    SETTINGS = "settings"
    POLICY = "policy"
    CALENDAR = "calendar"
    CLASSIFIER = "classifier"
    REPLIES = "replies"
    PEOPLE = "people"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Set:
    """One thing as it is set now. `after` None: not set, or gone."""

    part: Part
    name: str
    after: str | None
    mark: str = ""
    """Where `after` is a keyed hash: what it begins with under this key. Hashes under other keys cannot be compared."""


@dataclass(frozen=True, slots=True)
class Changed:
    part: Part
    name: str
    at: datetime
    by: str
    before: str | None
    after: str | None
