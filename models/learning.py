"""What is learnt at the firm: who chose which classifier, what two of them said, and what a person said instead."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    """What a person decided about a version of the classifier."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    SHADOWED = "shadowed"
    UNSHADOWED = "unshadowed"


@dataclass(frozen=True, slots=True)
class ClassifierChange:
    """One decision about a version. Never changed, never removed."""

    id: int
    kind: ChangeKind
    version: str
    """Name of its folder in home, or `shipped`; for `rolled_back` the version that was left."""
    digest: str
    """SHA-256 of its manifest when the decision was made: a folder that changed since is not what was decided on."""
    person: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Which versions are in use now, by the decisions so far."""

    live: ClassifierChange | None = None
    """The promotion that is in force; None: the shipped weights."""
    shadow: ClassifierChange | None = None
    before: ClassifierChange | None = None
    """The promotion that a roll-back returns to; None: the shipped weights."""


@dataclass(frozen=True, slots=True)
class JudgedTwice:
    """One message, as the live version and the one in the shadow judged it."""

    mention_id: str
    channel: str
    lang: str
    live_label: str
    live_decision: str
    live_score: float
    """Of being a complaint."""
    shadow_label: str
    shadow_decision: str
    shadow_score: float
    correction: str | None
    """The label a person gave, where one did."""


SCORE_STEPS = 50
"""Equal steps that complaint scores are counted in."""


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """How often each complaint score was given to messages of one language and channel."""

    lang: str
    channel: str
    steps: tuple[int, ...]
    """One number per step of 1/`SCORE_STEPS`, lowest scores first."""
    unsure: int
    """Of these, how many were left to a person."""

    @property
    def total(self) -> int:
        return sum(self.steps)


@dataclass(frozen=True, slots=True)
class Labelled:
    """The latest label a person gave to a message, with where it stands."""

    mention_id: str
    case_id: int
    text: str
    label: str
    person: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """The latest label a person gave to a message, with what is needed to learn from it."""

    mention_id: str
    channel: str
    text: str
    lang: str | None
    label: str
    corrected_at: datetime
    names: tuple[str, ...]
    """Handle and name of the author, to be taken out of the text."""
