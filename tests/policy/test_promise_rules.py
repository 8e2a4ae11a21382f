"""What counts as a promise: read strictly."""

from pathlib import Path

import pytest

from models.errors import SetupError
from models.promise import PromiseKind
from policy.promise_rules import FILE, load_promise_rules


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "promises.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_what_ships_is_dated_sourced_and_knows_every_kind():
    rules = load_promise_rules()
    assert rules.title == "promises 2026-11"
    assert rules.source
    assert set(rules.otherwise) == set(PromiseKind)
    assert rules.dates.weekdays.of("cumartesiye") == "saturday"
    assert rules.dates.weekdays.of("cumaya") == "friday"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[kinds.other]", "[kinds.moon]", "no kind of promise"),
        ('otherwise = "8 working hours"', 'otherwise = "soon"', "must be like"),
        ("day_ends = 17:00:00", 'day_ends = "five"', "must be a local time"),
        ("longest_days = 365", "longest_days = 0", "whole number from 1"),
        ('"refund*"', '"re*fund*"', "not understood"),
        ('friday = ["friday", "fri"', 'friday = ["friday", "mon"', "under another name"),
        ('noon = ["noon"', 'noon = ["at noon"', "no single word"),
        ("[months]", "[moons]", "'months' is missing"),
        ('1 = ["one"', 'one = ["one"', "must be a number"),
        ("[refuses]", "[refuses]\nalso = 1", "is unknown here"),
    ],
)
def test_a_bad_file_is_refused_at_the_door_with_its_key(tmp_path, old, new, why):
    with pytest.raises(SetupError, match=why):
        load_promise_rules(changed(tmp_path, old, new))
