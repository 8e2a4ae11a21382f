"""A quick look says which messages must not wait, and says yes rather once too often."""

import pytest

from models import Tier
from tests.triage.build import NSW, decided, mention, verdict
from triage.urgency import may_be_urgent

DECISIONS = ("complaint", "abuse", "spam", "praise", "enquiry", "other", "unsure")
TEXTS = (
    "lol nice hat",
    "You charged me twice",
    "Is your app down again",
    "I will harm myself",
    "My parcel never arrived",
    "I will see you in court, my lawyer writes tomorrow",
    "Somebody took money out of my account, this is fraud",
    "There is smoke coming out of the charger you sold me",
)


def looked_at(text: str, decision: str) -> bool:
    return may_be_urgent(mention(text), verdict(decision), NSW.house)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_decided_to_be_of_the_highest_tier_was_never_told_to_wait(text: str, decision: str) -> None:
    if decided(text, decision).tier is Tier.HIGH_PRIORITY:
        assert looked_at(text, decision)


@pytest.mark.parametrize("decision", ["complaint", "unsure"])
def test_what_is_or_may_be_a_complaint_never_waits(decision: str) -> None:
    assert looked_at("lol nice hat", decision)


@pytest.mark.parametrize("decision", ["spam", "praise", "enquiry", "other", "abuse"])
def test_small_talk_can_wait(decision: str) -> None:
    assert not looked_at("lol nice hat", decision)
