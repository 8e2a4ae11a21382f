from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import Priority, Set, SetByHand, Tier
from tests.triage.build import NOW, NSW, decided
from triage.by_hand import with_by_hand
from triage.score import total

HOUSE = NSW.house
RULED = decided("is the app down", "enquiry")


def set_by(*, tier=None, priority=None, add=(), drop=()):
    return SetByHand(tier, priority, add, drop, "Ann", NOW)


def at(decision, tier, priority):
    """The same decision, had the rules worked these out."""
    levels = set_by(tier=Set(tier, int(decision.tier)), priority=Set(priority.rank, decision.priority.rank))
    return replace(with_by_hand(decision, levels, HOUSE), wants_ticket=False)


def test_what_nobody_set_stays_as_it_is():
    assert with_by_hand(RULED, None, HOUSE) is RULED


def test_a_case_that_is_raised_stands_higher_in_the_queue_and_wants_its_ticket():
    raised = with_by_hand(RULED, set_by(tier=Set(3, int(RULED.tier))), HOUSE)
    assert (raised.tier, raised.wants_ticket) == (Tier.HIGH_PRIORITY, True)
    assert raised.score - RULED.score == pytest.approx(HOUSE.weights.tier_step * (3 - RULED.tier))
    assert raised.score == total(raised.score_parts)
    assert (raised.definition, raised.dues, raised.team) == (RULED.definition, RULED.dues, RULED.team)


def test_what_turns_out_worse_than_what_was_lowered_counts_again():
    low = set_by(tier=Set(1, 2), priority=Set(Priority.LOW.rank, Priority.MEDIUM.rank))
    assert with_by_hand(at(RULED, 2, Priority.MEDIUM), low, HOUSE).tier is Tier.SAVED_REPLY
    worse = with_by_hand(at(RULED, 3, Priority.URGENT), low, HOUSE)
    assert (worse.tier, worse.priority) == (Tier.HIGH_PRIORITY, Priority.URGENT)


def test_a_raised_case_stays_raised_when_the_rules_have_it_lower():
    high = set_by(priority=Set(Priority.URGENT.rank, Priority.MEDIUM.rank))
    assert with_by_hand(at(RULED, 1, Priority.LOW), high, HOUSE).priority is Priority.URGENT


def test_a_message_that_is_a_complaint_takes_the_case_back_up():
    complaint = decided("You charged me twice")
    low = set_by(tier=Set(1, int(complaint.tier)))
    assert complaint.is_complaint
    assert with_by_hand(complaint, low, HOUSE).tier is complaint.tier


def test_tags_are_added_and_taken_away():
    tagged = replace(RULED, tags=("app", "outage"))
    assert with_by_hand(tagged, set_by(add=("press",), drop=("outage",)), HOUSE).tags == ("app", "press")


LEVELS = st.none() | st.builds(Set, st.integers(0, 3), st.integers(0, 3))


@given(LEVELS, LEVELS, st.sampled_from(list(Tier)), st.sampled_from(list(Priority)))
def test_setting_twice_is_setting_once_and_the_score_is_its_parts(tier, priority, ruled_tier, ruled_priority):
    wanted = set_by(tier=tier, priority=priority, add=("press",))
    once = with_by_hand(at(RULED, int(ruled_tier), ruled_priority), wanted, HOUSE)
    assert with_by_hand(once, wanted, HOUSE) == once
    assert once.score == total(once.score_parts)
