"""The rules of follow-up: read strictly, and off until the firm says otherwise."""

from pathlib import Path

import pytest

from models import Kind
from models.errors import SetupError
from policy.follow_up import FILE, load_follow_up
from policy.service_hours import Counted

RULES = load_follow_up()


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "follow_up.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_what_ships_asks_nobody_and_would_ask_in_private_only():
    assert RULES.title == "follow_up 2026-11"
    assert not RULES.survey.is_on
    assert RULES.survey.kinds == {Kind.DM}
    assert (RULES.survey.scale, RULES.survey.target) == (5, 4)
    assert RULES.survey.after.counted is Counted.WORKING
    assert "safety" in RULES.survey.never_tags


@pytest.mark.parametrize("language", ["en", "tr", "bg", "de", None])
def test_every_language_has_words_with_the_scale_filled_in(language):
    assert "{rate_link}" in RULES.survey.text(language)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("on = false", "# on = false", "survey.on.*is missing"),
        ("scale = 5 ", "scale = 7 ", "must be 5 or 10, not 7"),
        ("target = 4 ", "target = 6 ", "from 2 to 5"),
        ('quiet_labels = ["praise"', 'quiet_labels = ["complaint"', "RG 271.27"),
        ('kinds = ["dm"]', 'kinds = ["letter"]', "may hold"),
        ('tiers = ["1"', 'tiers = ["0"', "may hold 1, 2, 3"),
        ("one tap: {rate_link}", "one tap", "rate_link"),
        ("one tap: {rate_link}", "{name} {rate_link}", "nothing else in braces"),
        ("[survey.texts.en]", "[survey.texts.de]", "is missing"),
        ("status_days = 60", "status_days = 0", "from 1 to 365"),
        ("scale = 5 ", "scales = 5 ", "missing"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path, old, new, says):
    with pytest.raises(SetupError, match=says):
        load_follow_up(changed(tmp_path, old, new))
