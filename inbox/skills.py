"""Why a case was given to somebody, and who could take one that nobody owns, on its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from flow.routing import fits_in_words, who_fits
from inbox.visit import Visit
from models import CaseState, Event, EventKind, Tier
from store.cases import StoredCase
from store.store import Transaction


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


def suggested(visit: Visit, transaction: Transaction, case: StoredCase) -> RoutedShown | None:
    """For an open case of tier 2 or 3 that nobody owns: what tier 1 asks for is a saved reply, not a person."""
    is_asked = visit.may_act and case.owner is None and case.state is CaseState.OPEN
    if not is_asked or case.decision.tier < Tier.PERSONAL_REPLY:
        return None
    policy = visit.inbox.policy
    choice = who_fits(transaction, policy, case)
    if choice is None:
        return None
    return RoutedShown(choice.name, fits_in_words(policy.skills, choice), choice.open_cases, choice.capacity)
