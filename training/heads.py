"""The encoder's heads: what it is asked, and how a row's answer becomes what a head learns from."""

from dataclasses import dataclass
from enum import StrEnum

from training.datasets import Targets
from training.questions import CATEGORIES, LABELS, SENTIMENTS, URGENCIES

UNKNOWN = -1


class Kind(StrEnum):
    """How the outputs of a head belong together."""

    ONE_OF = "one of"
    """A softmax over the outputs."""
    STEPS = "steps"
    """Output k says whether the answer is above k; a yes-or-no question has one step."""


@dataclass(frozen=True, slots=True)
class Head:
    """One question. `weight` is what its mistakes cost beside those of the others."""

    name: str
    question: str
    outputs: tuple[str, ...]
    kind: Kind
    weight: float = 1.0


def _yes_or_no(name: str, weight: float = 1.0) -> Head:
    return Head(name, name, (name,), Kind.STEPS, weight)


HEADS = (
    Head("label", "label", LABELS, Kind.ONE_OF),
    _yes_or_no("complaint", 2.0),
    _yes_or_no("abuse"),
    _yes_or_no("spam"),
    _yes_or_no("lead"),
    Head("sentiment", "sentiment", SENTIMENTS, Kind.ONE_OF),
    Head("severity", "severity", (">0", ">1", ">2", ">3"), Kind.STEPS, 2.0),
    Head("urgency", "urgency", URGENCIES, Kind.ONE_OF, 0.5),
    Head("category", "category", CATEGORIES, Kind.ONE_OF),
    _yes_or_no("irony", 0.5),
    _yes_or_no("displeased", 0.5),
)


def target_of(head: Head, targets: Targets) -> int:
    """Class of a softmax, or how many steps the answer is up; `UNKNOWN` where the row does not say."""
    found = targets.get(head.question)
    if found is None:
        return UNKNOWN
    if head.kind is Kind.ONE_OF:
        return head.outputs.index(str(found)) if str(found) in head.outputs else UNKNOWN
    return int(found)
