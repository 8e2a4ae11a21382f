"""Why a case was given to somebody, on its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from models import Event, EventKind
from store.cases import StoredCase


@dataclass(frozen=True, slots=True)
class RoutedShown:
    to: str
    because: str
    open_cases: int
    capacity: int


def routed_to(case: StoredCase, events: Sequence[Event]) -> RoutedShown | None:
    """The newest time that a rule gave the case to its owner of now; None where a person did, or nobody has it."""
    given = [event for event in events if event.kind is EventKind.ROUTED]
    facts = max(given, key=lambda event: event.at).facts if given else {}
    if case.owner is None or facts.get("to") != case.owner:
        return None
    numbers = [facts.get(name) for name in ("open_cases", "capacity")]
    open_cases, capacity = (one if isinstance(one, int) else 0 for one in numbers)
    return RoutedShown(case.owner, str(facts.get("because", "")), open_cases, capacity)
