"""What answers say and how they sound: read strictly."""

import pytest

from models.errors import SetupError
from policy.answer_rules import CHECKS, FILE, LOUD, load_answer_rules


def test_what_ships_is_dated_sourced_and_explains_each_hint():
    rules = load_answer_rules()
    assert rules.title == "answers 2026-11"
    assert rules.source
    assert all(rules.why.values())
    assert LOUD in rules.why


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("steps = [", "stages = [", "'checks.steps' is missing"),
        ('apology = [\n  "sorry",', 'apology = [\n  "sor*ry",', "not understood"),
        ('key = "blames"', 'key = "half_apology"', "another hint has already"),
        ('key = "blames"', 'key = "loud"', "another hint has already"),
        ("capital_words = 3", "capital_words = 0", "whole number from 1"),
        ("exclamation_marks = 2", "exclamation_marks = 2\nquestion_marks = 3", "is unknown here"),
    ],
)
def test_what_is_wrong_is_refused_with_the_key(tmp_path, old, new, why):
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "answers.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=why):
        load_answer_rules(path)


def test_the_checklist_of_the_composer_has_these_codes():
    from inbox.answer import CHECKS as SHOWN

    assert tuple(SHOWN) == CHECKS
