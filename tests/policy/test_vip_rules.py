from pathlib import Path

import pytest

from models.errors import SetupError
from policy.loading import load_policy
from policy.vip_rules import FILE, load_vip_rules

POLICY = load_policy(pack="asic-rg271", house="house", place="AU-NSW")


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "vips.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_a_value_counts_as_the_highest_band_that_it_reaches() -> None:
    rules = load_vip_rules()
    found = [band.code if (band := rules.band_of_value(value)) else None for value in (2e6, 1e6, 999_999, 10_000, 1)]
    assert found == ["key", "key", "large", "known", None]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("share = 1.0", "share = 0.2", "the highest comes first"),
        ("from_value = 1000000", "from_value = 1", "must have falling values"),
        ('code = "large"', 'code = "key"', "names a code twice"),
        ("longest_days = 365", "longest_days = 0", "longest_days"),
    ],
)
def test_a_list_of_bands_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(SetupError, match=why):
        load_vip_rules(edited(tmp_path, old, new))


def test_the_largest_customer_never_lifts_what_is_no_complaint_above_a_complaint_of_its_tier() -> None:
    weights = POLICY.house.weights
    assert weights.vip > weights.reach
    assert weights.spare > 0
