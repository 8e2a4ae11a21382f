"""The rules that hold a reply back: read strictly, and applied to what people write."""

from dataclasses import replace
from pathlib import Path

import pytest

from models import Tier
from models.errors import SetupError
from policy.approval_rules import FILE, ApprovalRules, load_approval_rules
from tests.inbox.factory import NOW, Said, decision_of
from triage.approval import Written, amounts_in, approval_reasons, over_limit

RULES = load_approval_rules()
TIER_3 = decision_of(Said("You charged me twice", tags=("press",)), NOW)
TIER_1 = decision_of(Said("Are you open?", label="enquiry", tier=Tier.SAVED_REPLY), NOW)


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "approvals.toml"
    path.write_text(text, encoding="utf-8")
    return path


def with_all_on(rules: ApprovalRules = RULES) -> ApprovalRules:
    return replace(rules, rules=tuple(replace(rule, is_on=True) for rule in rules.rules))


def codes(text: str, decision=TIER_3, *, is_private=False, role="agent", is_trainee=False, rules=RULES) -> list[str]:
    return [one.code for one in approval_reasons(Written(text, is_private, role, is_trainee), decision, rules)]


def test_what_ships_is_dated_sourced_and_holds_only_money_goodwill_and_training_back():
    assert RULES.title == "approvals 2026-11"
    assert RULES.source
    assert [rule.key for rule in RULES.rules if rule.is_on] == ["goodwill"]
    assert codes("We look into it.") == []
    assert codes("We look into it.", is_trainee=True) == ["training"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('key = "public_tier3"\non = false', 'key = "public_tier3"', "'rules\\[1\\].on' is missing"),
        ('key = "goodwill"', 'key = "public_tier3"', "two rules of one key"),
        ('tiers = ["3"]', 'tiers = ["4"]', "may hold 0, 1, 2, 3, not 4"),
        ('tiers = ["3"]', "tiers = []", "is empty"),
        ('roles = ["agent"]', 'roles = ["auditor"]', "may hold agent, lead"),
        ('roles = ["agent"]', "roles = []", "at least one role"),
        ('audience = "public"', 'audience = "everybody"', "must be one of either, public, private"),
        ('"goodwill",', '"good*will*",', "not understood"),
        ("agent = 200", "agent = 5000", "nobody could approve"),
        ("lead = 2000", "lead = -1", "whole number"),
        ("first_after_hours = 2", "first_after_hours = 0", "whole number from 1"),
        ("first_after_hours = 2", "first_after_hours = 2\nlast = 3", "is unknown here"),
        ("from = 2026-11-22", 'from = "soon"', "must be a date"),
        ('currencies = ["$"', 'currencies = ["1$"', "a digit"),
        ('key = "waive_fee"', 'key = "waive fee"', "must be one word"),
        ('key = "waive_fee"', 'key = "goodwill"', "has already"),
        ('may = ["compliance", "admin"]', 'may = ["agent"]', "nobody could approve"),
        ('may = ["compliance", "admin"]', 'may = ["auditor"]', "may hold agent, lead"),
    ],
)
def test_a_bad_file_is_refused_at_the_door_with_its_key(tmp_path, old, new, why):
    with pytest.raises(SetupError, match=why):
        load_approval_rules(changed(tmp_path, (old, new)))


def test_a_rule_holds_only_where_every_condition_of_it_does():
    rules = with_all_on()
    assert codes("We look into it.", rules=rules) == ["public_tier3", "press_or_lawyer"]
    assert codes("We look into it.", is_private=True, rules=rules) == []
    assert codes("We look into it.", TIER_1, rules=rules) == []
    assert codes("We look into it.", role="lead", rules=rules) == []
    assert codes("As a gesture of goodwill we write it off.", TIER_1, rules=rules) == ["goodwill"]
    assert codes("Жест на добра воля от нас.", TIER_1, is_private=True) == ["goodwill"]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("We refund $250.00 today", [250]),
        ("1.250,50 TL iade ediyoruz", [1250.5]),
        ("AUD 1,250", [1250]),
        ("250 dollars", [250]),
        ("200 thousand dollars", [200_000]),
        ("5k USD", [5_000]),
        ("връщаме 40 евро", [40]),
        ("₺1 250", [1250]),
        ("€1.200,50 and $1,200.50", [1200.5, 1200.5]),
        ("1.200 лв", [1200]),
        ("1,200 USD", [1200]),
        ("1 200,50 лв.", [1200.5]),
        ("12.50 EUR", [12.5]),
        ("12,5 €", [12.5]),
        ("between 20 and 300 dollars", [300]),
        ("we tried 500 times", []),
        ("in the country 500 people wrote", []),
        ("call 1300 555 555", []),
        ("on 2026-11-22 at 9:00", []),
        ("", []),
    ],
)
def test_amounts_of_money_are_read_as_people_write_them(text, amounts):
    assert list(amounts_in(text, RULES.limits)) == amounts


def test_a_limit_is_reached_and_not_passed_by_the_very_sum():
    assert over_limit("$200", "agent", RULES.limits) is None
    assert over_limit("$200.01", "agent", RULES.limits) == pytest.approx(200.01)
    assert over_limit("$2000", "lead", RULES.limits) is None
    assert over_limit("$1", "auditor", RULES.limits) == 1
    assert codes("We pay you $900", is_private=True) == ["limit"]


def test_a_long_text_of_numbers_is_read_in_time():
    assert max(amounts_in("12 " * 3_000 + "dollars " * 3_000, RULES.limits)) == 12


@pytest.mark.parametrize(
    ("text", "role", "expected"),
    [
        ("We will waive the late fee.", "agent", ["waive_fee"]),
        ("We will waive the late fee.", "lead", []),
        ("Bu ay ücret almayacağız.", "agent", ["waive_fee"]),
        ("Ще удължим срока за плащане.", "agent", ["extend_deadline"]),
        ("We accept liability.", "agent", ["admit_liability"]),
        ("We accept liability.", "lead", ["admit_liability"]),
        ("We accept liability.", "compliance", []),
        ("There is a fee for this, see our site.", "agent", []),
    ],
)
def test_an_exception_is_given_by_a_role_that_has_the_authority_only(text, role, expected):
    assert codes(text, TIER_1, role=role) == expected


def test_an_exception_that_is_off_holds_nothing_back():
    off = replace(RULES, exceptions=tuple(replace(one, is_on=False) for one in RULES.exceptions))
    assert codes("We will waive the late fee.", TIER_1, rules=off) == []
