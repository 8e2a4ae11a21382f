"""The retention pack: complete, strict, and never early."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import SetupError
from models.retention import CountedFrom, RecordClass, Then
from policy.loading import PACKS, known_packs
from policy.retention import ALLOWED, Keep, Retention, load_retention

PACK = load_retention()
SECONDS = st.integers(0, 100 * 366 * 24 * 3600)
INSTANTS = SECONDS.map(lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str], Retention]:
    """The shipped pack with `old` replaced by `new`."""

    def edit(old: str, new: str) -> Retention:
        shutil.copytree(PACKS / "retention", tmp_path / "retention", dirs_exist_ok=True)
        path = tmp_path / "retention" / "pack.toml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
        return load_retention(tmp_path)

    return edit


def test_every_class_of_record_has_a_period_and_a_source() -> None:
    assert set(PACK.keep) == set(RecordClass) == set(ALLOWED)
    assert all(keep.source and (keep.years or keep.days) for keep in PACK.keep.values())
    assert PACK.title == "retention 2026-11"


def test_a_complaint_is_kept_seven_years_after_it_was_closed() -> None:
    keep = PACK.keep[RecordClass.REGISTER]
    assert (keep.counted_from, keep.then, keep.period) == (CountedFrom.COMPLAINT_CLOSED, Then.REDACT, "7 years")
    assert "INTERP" in keep.source
    assert keep.ends_at(datetime(2026, 6, 30, 12, tzinfo=UTC)) == datetime(2033, 6, 30, 12, tzinfo=UTC)


def test_a_year_after_the_29th_of_february_is_the_first_of_march() -> None:
    keep = PACK.keep[RecordClass.NOISE_WORDS]
    assert keep.period == "1 year"
    assert keep.ends_at(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2029, 3, 1, tzinfo=UTC)


@given(INSTANTS, st.integers(1, 100))
def test_a_period_of_years_is_never_shorter_than_so_many_times_365_days(at: datetime, years: int) -> None:
    keep = Keep(RecordClass.REGISTER, CountedFrom.COMPLAINT_CLOSED, years, 0, Then.REDACT, "s")
    assert keep.ends_at(at) - at >= timedelta(days=365 * years)


@given(INSTANTS, INSTANTS)
def test_what_began_later_ends_no_earlier(one: datetime, other: datetime) -> None:
    for keep in (PACK.keep[RecordClass.REGISTER], PACK.keep[RecordClass.AUTHOR_HISTORY]):
        assert (keep.ends_at(one) <= keep.ends_at(other)) or one > other


def test_a_channel_that_is_not_named_is_treated_like_every_other() -> None:
    assert PACK.platform("x").within_hours == 24
    assert PACK.platform("carrier_pigeon").channel == "*"
    assert all(platform.honour for platform in PACK.platforms.values())


def test_honouring_is_on_where_nothing_is_said_and_can_be_switched_off(edited: Callable[[str, str], Retention]) -> None:
    assert edited('channel = "x"\nhonour = true\n', 'channel = "x"\n').platform("x").honour
    assert not edited('channel = "x"\nhonour = true\n', 'channel = "x"\nhonour = false\n').platform("x").honour


def test_it_is_no_regulation_and_no_house_pack() -> None:
    assert "retention" not in known_packs(PACKS, "clocks") + known_packs(PACKS, "topics")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('class = "noise_words"', 'class = "rumours"', "must be one of register"),
        ('class = "noise_words"', 'class = "other_words"', "has the class 'other_words' twice"),
        ('[[keep]]\nclass = "unreadable"', '[[keep]]\nclass = "unreadable"\nfoo = 1', "foo' is unknown here"),
        ('from = "complaint_closed"', 'from = "last_message"', "must be 'complaint_closed' for register"),
        ('then = "redact"', 'then = "delete"', "must be 'redact' for register"),
        ("years = 7", "years = 0", "a whole number from 1 to 100"),
        ("years = 7", "years = 7\ndays = 3", "one of the two"),
        ("years = 7\n", "", "one of the two"),
        ('may_decide = ["compliance", "admin"]', "may_decide = []", "at least one role"),
        ("within_hours = 24", "within_hours = 0", "within_hours"),
        ('channel = "*"', 'channel = "reddit"', "has the channel 'reddit' twice"),
        ('channel = "*"', 'channel = "myspace"', 'needs channel = "*"'),
        ('may_read = ["lead", "compliance", "admin"]', "may_read = 3", "must be a list of texts"),
        ("from = 2026-11-01", 'from = "soon"', "must be a date"),
    ],
)
def test_a_pack_that_says_something_else_is_refused(
    edited: Callable[[str, str], Retention], old: str, new: str, words: str
) -> None:
    with pytest.raises(SetupError, match=r"retention/pack\.toml") as refused:
        edited(old, new)
    assert words in str(refused.value)


def test_a_class_that_is_left_out_is_named(edited: Callable[[str, str], Retention]) -> None:
    text = (PACKS / "retention" / "pack.toml").read_text()
    start = text.index('[[keep]]\nclass = "staff_sessions"')
    with pytest.raises(SetupError, match="says nothing of staff_sessions"):
        edited(text[start : text.index("# ----", start)], "")
