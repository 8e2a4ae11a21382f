from pathlib import Path

import pytest

from models.errors import SetupError
from policy.approval_rules import load_approval_rules
from policy.crisis_rules import load_crisis_rules
from policy.statements import FILE, load_statements

SHIPPED = load_statements()


@pytest.mark.parametrize("statement", SHIPPED.statements, ids=lambda one: one.key)
def test_each_prepared_statement_says_when_we_write_again_in_every_language(statement) -> None:
    assert set(statement.text) == set(load_crisis_rules().languages)
    for words in statement.text.values():
        assert "{what}" in words and "{time}" in words
        assert len(words) <= 280, "it fits into a post"


def test_no_prepared_statement_names_money_or_makes_an_exception() -> None:
    rules = load_approval_rules()
    for statement in SHIPPED.statements:
        for words in statement.text.values():
            assert not [rule.key for rule in rules.exceptions if rule.phrases.hits(words)]
            assert not rules.limits.words.hits(words)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('key = "payments"', 'key = "outage"', "two of one key"),
        ('key = "outage"\n', "", "key"),
        ('en = "Right', 'en = ""\nxx = "Right', "en"),
        ('en = "Right', f'en = "{"x" * 2000}Right', "at most 2000 characters"),
        ('name = "statements"', 'name = "statements"\ncolour = "red"', "colour"),
    ],
)
def test_a_library_that_makes_no_sense_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "statements.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=why):
        load_statements(path)
