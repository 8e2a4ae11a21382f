from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models import Tier
from policy.skill_rules import load_skill_rules
from triage.skills import Able, Asking, asked_for, best

NOW = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)
RULES = load_skill_rules()
CODES = [skill.code for skill in RULES.skills]
BILLING = Asking("en", "billing_payment", frozenset(), is_complaint=False, tier=Tier.PERSONAL_REPLY)
ANN = Able("Ann", frozenset({"billing"}), 0, 5, is_away=False, given_at=None)


def test_a_case_asks_by_its_language_its_category_its_tags_and_whether_it_is_a_complaint() -> None:
    asking = Asking("tr", "billing_payment", frozenset({"hardship"}), is_complaint=True, tier=Tier.PERSONAL_REPLY)
    assert [skill.code for skill in asked_for(RULES, asking)] == ["turkish", "hardship", "complaints", "billing"]


def test_a_serious_case_asks_for_somebody_senior_and_goes_to_a_junior_where_no_senior_has_room() -> None:
    asked = asked_for(RULES, replace(BILLING, tier=Tier.HIGH_PRIORITY))
    assert [skill.code for skill in asked] == ["billing", "senior"]
    senior = replace(ANN, name="Sue", skills=frozenset({"billing", "senior"}), open_cases=4)
    assert best([ANN, senior], asked).name == "Sue"
    assert best([ANN, replace(senior, open_cases=5)], asked).name == "Ann"
    assert best([ANN, senior], asked_for(RULES, BILLING)).name == "Ann"


def test_who_has_most_of_what_is_asked_for_comes_first_then_the_least_loaded_then_who_waited_longest() -> None:
    asked = asked_for(RULES, BILLING)
    other = replace(ANN, name="Bo", skills=frozenset())
    assert best([other, ANN], asked).name == "Ann"
    busy = replace(ANN, open_cases=1)
    assert best([busy, replace(ANN, name="Cy")], asked).name == "Cy"
    given = replace(ANN, given_at=NOW)
    longer = replace(ANN, name="Dee", given_at=NOW - timedelta(hours=1))
    assert best([given, longer], asked).name == "Dee"
    assert best([given, replace(ANN, name="Zoe")], asked).name == "Zoe", "who never got one waited longest"


def test_without_what_must_be_had_nobody_gets_it() -> None:
    asked = asked_for(RULES, replace(BILLING, lang="tr"))
    assert best([ANN], asked) is None
    assert best([replace(ANN, skills=frozenset({"turkish"}))], asked).lacks == ("billing",)


people = st.lists(
    st.builds(
        Able,
        name=st.sampled_from("abcdefgh"),
        skills=st.frozensets(st.sampled_from(CODES)),
        open_cases=st.integers(0, 6),
        capacity=st.integers(0, 6),
        is_away=st.booleans(),
        given_at=st.none() | st.integers(0, 9).map(lambda hours: NOW + timedelta(hours=hours)),
    ),
    unique_by=lambda one: one.name,
)


@given(
    people, st.sampled_from(["en", "tr", "bg"]), st.frozensets(st.sampled_from(["hardship", "fraud"])), st.booleans()
)
def test_whoever_is_chosen_has_room_is_here_has_what_must_be_had_and_the_order_of_people_does_not_matter(
    found, lang, tags, is_complaint
) -> None:
    asked = asked_for(RULES, Asking(lang, "app_website", tags, is_complaint, Tier.SAVED_REPLY))
    choice = best(found, asked)
    assert choice == best(found[::-1], asked)
    must = {skill.code for skill in asked if skill.is_must}
    could = [one for one in found if not one.is_away and one.open_cases < one.capacity and must <= one.skills]
    assert (choice is None) == (not could)
    if choice is not None:
        assert choice.name in {one.name for one in could}
