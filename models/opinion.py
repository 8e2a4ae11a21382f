"""What a person thinks of the label that the classifier gave a message."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Opinion(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"
    """The person cannot tell either: no label, and nothing is learnt from it."""


@dataclass(frozen=True, slots=True)
class SaidOpinion:
    key: str
    """Of the form it was said with; unique."""
    mention_id: str
    opinion: Opinion
    said: str
    """Label by the classifier, or `unsure`."""
    given: str | None
    """Label by the person; None where the person is not sure."""
    classifier: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """How often people said that a label was right, among the messages they said something definite of."""

    label: str
    right: int
    total: int
    unsure: int
    """Messages of that label where the last word of a person was "not sure"; not in `total`."""
