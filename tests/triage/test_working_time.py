"""Working time of the firm: nights, days off and holidays do not count, and the law's clocks know nothing of it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RecordError, SetupError
from policy.loading import load_policy
from policy.service_hours import FILE, Counted, Span, load_service_hours, read_span
from policy.table import Table
from triage.working_time import WorkingTime, working_time_of, working_times_of_channels

POLICY = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
WORK = working_time_of(POLICY)
SYDNEY = ZoneInfo("Australia/Sydney")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SYDNEY)


def working(**amount: float) -> Span:
    return Span(timedelta(**amount), Counted.WORKING)


@pytest.mark.parametrize(
    ("said", "hours", "due"),
    [
        ("2026-11-18T10:00", 4, "2026-11-18T14:00"),  # within a Wednesday
        ("2026-11-18T15:00", 4, "2026-11-19T11:00"),  # over the night
        ("2026-11-18T03:00", 4, "2026-11-18T13:00"),  # said before the day began
        ("2026-11-20T16:00", 2, "2026-11-23T10:00"),  # over the weekend
        ("2026-11-21T12:00", 8, "2026-11-23T17:00"),  # a full day ends with that day, not with the next
        ("2026-12-24T16:00", 2, "2026-12-29T10:00"),  # Christmas on a Friday; Boxing Day is made up for on Monday
        ("2026-10-02T16:00", 2, "2026-10-06T10:00"),  # Labour Day, and summer time begins on the Sunday
    ],
)
def test_an_amount_of_working_time_passes_only_while_people_are_at_work(said: str, hours: int, due: str) -> None:
    assert WORK.after(local(said), working(hours=hours)) == local(due)


def test_calendar_time_passes_by_night() -> None:
    span = Span(timedelta(hours=24), Counted.CALENDAR)
    assert WORK.after(local("2026-11-20T23:00"), span) == local("2026-11-21T23:00")


def test_a_firm_may_work_on_weekends_but_not_on_a_holiday_that_falls_there() -> None:
    every_day = replace(WORK.hours, by_day=dict.fromkeys(range(7), (time(9), time(17))))
    open_always = WorkingTime(every_day, WORK.calendar, SYDNEY)
    assert open_always.after(local("2026-11-21T10:00"), working(hours=1)) == local("2026-11-21T11:00")
    assert not open_always.is_open(local("2026-12-26T10:00")), "Boxing Day is a Saturday in 2026"


@given(
    st.integers(min_value=0, max_value=1000 * 24 * 60),
    st.integers(min_value=1, max_value=100 * 60),
)
def test_what_passes_until_an_amount_is_over_is_that_amount(later: int, minutes: int) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=later)
    due = WORK.after(start, working(minutes=minutes))
    assert WORK.between(start, due) == timedelta(minutes=minutes)
    assert WORK.between(start, due - timedelta(seconds=1)) < timedelta(minutes=minutes)


def test_it_says_when_people_are_next_at_work() -> None:
    assert WORK.opens_next(local("2026-11-21T10:00")) == local("2026-11-23T09:00")
    assert WORK.opens_next(local("2026-11-18T10:00")) == local("2026-11-18T10:00")
    assert WORK.opens_next(local("2026-11-18T17:00")) == local("2026-11-19T09:00")


def test_a_calendar_without_working_time_is_refused_instead_of_searched_for_ever() -> None:
    never = replace(WORK.hours, by_day={})
    with pytest.raises(RecordError, match="no working time of service"):
        WorkingTime(never, WORK.calendar, SYDNEY).after(local("2026-11-18T10:00"), working(hours=1))


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("4 working hours", Span(timedelta(hours=4), Counted.WORKING)),
        ("1 working hour", Span(timedelta(hours=1), Counted.WORKING)),
        ("30 calendar minutes", Span(timedelta(minutes=30), Counted.CALENDAR)),
        ("2 calendar days", Span(timedelta(days=2), Counted.CALENDAR)),
    ],
)
def test_an_amount_is_written_in_words(written: str, span: Span) -> None:
    assert read_span(Table({"within": written}, file="targets.toml"), "within") == span


@pytest.mark.parametrize(
    "written", ["4 hours", "0 working hours", "soon", "-1 calendar days", "2 working days", "1 working"]
)
def test_an_amount_nobody_understands_is_refused(written: str) -> None:
    with pytest.raises(SetupError, match="within"):
        read_span(Table({"within": written}, file="targets.toml"), "within")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["09:00", "17:00"]', '["17:00", "09:00"]'),
        ('["09:00", "17:00"]', '["nine", "five"]'),
        ('["09:00", "17:00"]', '["09:00"]'),
        ("monday", "someday"),
    ],
)
def test_hours_nobody_could_work_are_refused(tmp_path, old: str, new: str) -> None:
    changed = tmp_path / "service.toml"
    changed.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=r"service\.toml"):
        load_service_hours(changed)


CALENDARS = """
[[calendars]]
name = "evening desk"
channels = ["whatsapp"]
hours = { wednesday = ["12:00", "20:00"], saturday = ["10:00", "14:00"] }

[[calendars]]
name = "Melbourne"
channels = ["x", "bluesky"]
place = "AU-VIC"
hours = { monday = ["09:00", "17:00"], tuesday = ["09:00", "17:00"] }

[[calendars]]
name = "London"
channels = ["email"]
zone = "Europe/London"
hours = { wednesday = ["09:00", "17:00"] }
"""


def with_calendars(tmp_path, text=CALENDARS):
    path = tmp_path / "service.toml"
    path.write_text(f"{FILE.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")
    return replace(POLICY, service=load_service_hours(path))


def test_a_channel_that_others_look_after_has_their_hours_their_holidays_and_their_zone(tmp_path) -> None:
    times = working_times_of_channels(with_calendars(tmp_path))
    assert set(times) == {"whatsapp", "x", "bluesky", "email"}
    evening, melbourne, london = times["whatsapp"], times["x"], times["email"]
    assert evening.after(local("2026-11-18T09:00"), working(hours=4)) == local("2026-11-18T16:00")
    assert evening.after(local("2026-11-18T19:00"), working(hours=2)) == local("2026-11-21T11:00")
    cup_day = local("2026-11-03T10:00")
    assert not melbourne.is_open(cup_day), "a public holiday in Melbourne alone"
    assert WORK.is_open(cup_day)
    assert london.is_open(datetime(2026, 11, 18, 10, tzinfo=UTC))
    assert evening.hours.title == f"{WORK.hours.name}, evening desk {WORK.hours.version}"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('channels = ["whatsapp"]', "channels = []", "channels"),
        ('channels = ["whatsapp"]', 'channels = ["email"]', "names the channel email twice"),
        ('zone = "Europe/London"', 'zone = "Europe/Londen"', "unknown"),
        ('zone = "Europe/London"', 'colour = "red"', "colour"),
        ('{ wednesday = ["09:00", "17:00"] }', "{}", "nobody is ever at work"),
    ],
)
def test_calendars_that_make_no_sense_are_refused(tmp_path, old, new, why) -> None:
    assert old in CALENDARS
    with pytest.raises(SetupError, match=why):
        with_calendars(tmp_path, CALENDARS.replace(old, new, 1))


def test_a_place_that_the_pack_does_not_know_is_refused_at_the_start(tmp_path, monkeypatch) -> None:
    text = CALENDARS.replace("AU-VIC", "AU-XXX")
    service = with_calendars(tmp_path, text).service
    monkeypatch.setattr("policy.loading.load_service_hours", lambda: service)
    with pytest.raises(SetupError, match="AU-XXX"):
        load_policy(pack="asic-rg271", house="house", place="AU-NSW")
