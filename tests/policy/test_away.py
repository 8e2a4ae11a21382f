"""The table of what is said while nobody is at work: read strictly, and off where it is not written."""

from pathlib import Path

import pytest

from models.errors import SetupError
from policy.away import NOT_WRITTEN
from policy.service_hours import FILE, ServiceHours, load_service_hours

SHIPPED = FILE.read_text(encoding="utf-8")
EN = next(line for line in SHIPPED.splitlines() if line.startswith("en = "))


def read(tmp_path: Path, text: str) -> ServiceHours:
    file = tmp_path / "service.toml"
    file.write_text(text, encoding="utf-8")
    return load_service_hours(file)


def test_as_shipped_it_is_off_and_written_in_three_languages() -> None:
    away = load_service_hours().away
    assert not away.is_on
    assert set(away.texts) == {"en", "tr", "bg"}
    assert all("{opens}" in text for text in away.texts.values())
    assert [away.spoken(lang) for lang in ("tr", "tr-TR", "de", "und", None)] == ["tr", "tr", "en", "en", "en"]


def test_a_file_from_before_there_was_this_says_nothing_by_itself(tmp_path: Path) -> None:
    start, end = SHIPPED.index("[away]"), SHIPPED.index("# Channels that others look after")
    assert read(tmp_path, SHIPPED[:start] + SHIPPED[end:]).away == NOT_WRITTEN


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("on = false", "", "'away.on' is missing"),
        ('labels = ["complaint", "enquiry"]', "labels = []", "'away.labels' is empty"),
        ('labels = ["complaint", "enquiry"]', 'labels = ["rude"]', "rude"),
        (EN, "", "'away.texts.en' is missing"),
        (EN, 'en = "We are away."', "must hold {opens} once"),
        (EN, 'en = "Back {opens} {name}"', "must hold {opens} once"),
        (EN, 'en = "Back {opens} {"', "must hold {opens} once"),
        ("on = false", "on = false\nkinds = 3", "kinds"),
    ],
)
def test_what_is_wrong_is_named(was: str, becomes: str, told: str, tmp_path: Path) -> None:
    assert was in SHIPPED
    with pytest.raises(SetupError) as caught:
        read(tmp_path, SHIPPED.replace(was, becomes))
    assert told in str(caught.value)
