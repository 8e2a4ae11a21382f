from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.case import Priority, ScorePart, Tier
from tests.triage.build import ANN, NSW, SAID_AT, decided, mention
from triage.clocks import due_dates
from triage.combine import combine, combine_all

TEXTS = ["hello", "You charged me twice", "is the app down", "I lost my job", "thanks", "I will go to AFCA"]
LABELS = ["complaint", "abuse", "spam", "praise", "enquiry", "other", "unsure"]


def _said(text, label, complaint, bad_faith, hours, followers):
    author = replace(ANN, followers=followers)
    of = mention(text, created_at=SAID_AT + timedelta(hours=hours), author=author)
    return decided(of=of, decision=label, complaint_score=complaint, bad_faith_score=bad_faith)


DECISIONS = st.builds(
    _said,
    st.sampled_from(TEXTS),
    st.sampled_from(LABELS),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 90),
    st.sampled_from([None, 0, 90, 900_000]),
)


def test_the_first_message_is_the_case():
    assert combine(None, decided()) == decided()
    assert combine_all([]) is None


def test_thanks_do_not_undo_a_complaint():
    complaint, thanks = decided("You charged me twice"), decided("thanks, sorted", "praise")
    case = combine(complaint, thanks)
    assert case.is_complaint
    assert (case.tier, case.team, case.label) == (Tier.HIGH_PRIORITY, "billing", "complaint")
    assert case.dues == complaint.dues


def test_a_complaint_after_an_enquiry_makes_the_case_one_from_that_message_on():
    later = decided(of=mention(created_at=SAID_AT + timedelta(days=2)))
    case = combine(decided("where are you", "enquiry"), later)
    assert case.is_complaint
    assert (case.definition, case.dues, case.label) == (later.definition, later.dues, "complaint")


def test_a_second_complaint_resets_no_clock_and_keeps_the_first_definition():
    first, second = decided(), decided(of=mention(created_at=SAID_AT + timedelta(days=9)))
    assert combine(first, second).dues == first.dues
    assert combine(second, first).dues == due_dates(NSW, complaint_type="standard", received_at=SAID_AT)


def test_a_danger_beside_a_complaint_leads_the_team_but_not_the_definition():
    case = combine(decided(), decided("I will kill myself", "other"))
    assert (case.team, case.priority) == ("safety", Priority.URGENT)
    assert case.is_complaint and case.label == "complaint"


def test_of_equals_the_first_team_keeps_the_case():
    first = decided(category={"product_quality": 1.0})
    second = decided(category={"technical_app": 1.0})
    assert combine(first, second).team == "product"


def test_two_messages_without_a_complaint_carry_the_graver_label():
    assert combine(decided("lol", "other"), decided("when do you open", "enquiry")).label == "enquiry"


def test_the_score_is_the_sum_of_the_highest_parts():
    case = combine(decided("lol", "other", bad_faith_score=1.0), decided(severity=4.0))
    assert case.score == round(sum(part.points for part in case.score_parts), 4)
    assert case.score >= decided(severity=4.0).score


def test_rules_are_named_once_in_the_order_they_fired():
    case = combine(decided(), decided(contacts=3))
    assert case.rules == ("complaint", "repeat_contacts")


@given(
    st.lists(DECISIONS, min_size=1, max_size=5).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found)))
)
def test_the_order_of_messages_does_not_matter(orders):
    one, other = (combine_all(order) for order in orders)
    for name in ("is_complaint", "label", "tier", "priority", "tags", "dues", "needs_person", "wants_ticket", "score"):
        assert getattr(one, name) == getattr(other, name)
    assert set(one.rules) == set(other.rules)


@given(DECISIONS)
def test_the_same_message_twice_changes_nothing(decision):
    assert combine(decision, decision) == decision


@given(DECISIONS, DECISIONS)
def test_nothing_serious_is_undone(earlier, latest):
    case = combine(earlier, latest)
    assert case.is_complaint >= earlier.is_complaint
    assert case.tier >= earlier.tier
    assert case.priority.rank >= earlier.priority.rank
    assert set(earlier.tags) <= set(case.tags)


def test_the_points_of_an_early_warning_give_a_case_no_other_team():
    first = decided("You charged me twice")
    points = ScorePart("early_warning", 90.0)
    warned = replace(first, team="cards", score=first.score + 90, score_parts=(*first.score_parts, points))
    worse = replace(first, team="disputes", score_parts=(*first.score_parts, ScorePart("more", 1.0)))
    assert combine(warned, worse).team == "disputes"
