from pathlib import Path

import pytest

from models.errors import SetupError
from policy.skill_rules import FILE, load_skill_rules


def test_as_shipped_cases_are_not_given_out_by_skills() -> None:
    rules = load_skill_rules()
    assert (rules.is_on, rules.is_automatic) == (False, False)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('langs = ["tr"]\n', "", "no case would ever ask for it"),
        ('code = "fraud"', 'code = "app"', "names a code twice"),
        ("capacity = 20", "capacity = 0", "capacity"),
        ("tiers = [3]", "tiers = [4]", "tiers"),
        ("tiers = [3]", "tiers = []", "tiers"),
        ("tiers = [3]", "tiers = [true]", "tiers"),
    ],
)
def test_rules_that_make_no_sense_are_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "skills.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=why):
        load_skill_rules(path)
