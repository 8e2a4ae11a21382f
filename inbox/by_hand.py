"""What a case's page offers to set by hand, and says of what was set."""

from collections.abc import Sequence
from dataclasses import dataclass

from flow.by_hand import worked_out_of
from inbox import wording
from inbox.languages import _
from inbox.visit import Visit
from models import Decision, Priority, Tier
from models.case import SetByHand
from store.cases import StoredCase
from store.store import Transaction

TIERS = (Tier.HIGH_PRIORITY, Tier.PERSONAL_REPLY, Tier.SAVED_REPLY, Tier.NOISE)


@dataclass(frozen=True, slots=True)
class ByHandForm:
    tiers: Sequence[tuple[int, str]]
    priorities: Sequence[str]
    known_tags: Sequence[str]
    """Of the house, to choose from."""
    set: SetByHand | None
    worked_out: Sequence[tuple[str, str]]
    """(name, what the rules have) of each thing that a person set."""


def by_hand_form(visit: Visit, transaction: Transaction, case: StoredCase) -> ByHandForm:
    worked_out = worked_out_of(transaction, visit.inbox.policy, case)
    least = worked_out.tier if case.decision.is_complaint else Tier.NOISE
    return ByHandForm(
        [(int(one), wording.tier(one)) for one in TIERS if least <= one or one is case.decision.tier],
        [one.value for one in Priority],
        sorted({tag for topic in visit.inbox.policy.house.topics.values() for tag in topic.tags}),
        case.by_hand,
        _instead_of(case.by_hand, worked_out) if case.by_hand is not None else [],
    )


def _instead_of(by_hand: SetByHand, ruled: Decision) -> list[tuple[str, str]]:
    found = [("", wording.tier(ruled.tier))] if by_hand.tier else []
    found += [(_("priority"), wording.words(ruled.priority.value))] if by_hand.priority else []
    tags = ", ".join(wording.words(tag) for tag in ruled.tags) or "–"
    return found + ([(_("tags"), tags)] if by_hand.add_tags or by_hand.drop_tags else [])
