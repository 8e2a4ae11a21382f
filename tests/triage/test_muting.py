"""What a mute never reaches."""

from dataclasses import replace

import pytest

from models import Tier
from tests.inbox.factory import NOW, Said, decision_of
from triage.muting import RULE, muted

NOISE = decision_of(Said("you idiots", label="abuse", tier=Tier.SAVED_REPLY), NOW)


@pytest.mark.parametrize("label", ["abuse", "spam", "praise", "other"])
def test_noise_is_folded_away(label: str) -> None:
    decision = muted(replace(NOISE, label=label))
    assert (decision.tier, decision.score) == (Tier.NOISE, sum(part.points for part in decision.score_parts))
    assert RULE in decision.rules


@pytest.mark.parametrize(
    "heard",
    [
        replace(NOISE, definition=replace(NOISE.definition, is_complaint=True)),
        replace(NOISE, tier=Tier.HIGH_PRIORITY),
        replace(NOISE, tags=("vulnerable",)),
        replace(NOISE, needs_person=True),
        replace(NOISE, wants_ticket=True),
        replace(NOISE, label="unsure"),
        replace(NOISE, label="enquiry"),
        replace(NOISE, label="complaint"),
    ],
    ids=["complaint", "tier 3", "vulnerable", "needs a person", "for the desk", "unsure", "question", "label"],
)
def test_the_law_and_whoever_needs_help_come_first(heard: object) -> None:
    assert muted(heard) is heard  # type: ignore[arg-type, comparison-overlap]
