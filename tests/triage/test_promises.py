"""What a reply seems to promise, and until when; docs/promises.md repeats the figures of the unseen replies."""

import tomllib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measure.shares import Share, share
from models.promise import PromiseKind
from policy.loading import load_policy
from policy.promise_rules import load_promise_rules
from policy.service_hours import Counted, Span
from triage.promise_dates import Now, due_after
from triage.promises import Proposal, first_of, promises_in, remind_at
from triage.working_time import working_time_of

SYDNEY = ZoneInfo("Australia/Sydney")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=SYDNEY)
RULES = load_promise_rules()
WORKING = working_time_of(load_policy(pack="asic-rg271", house="house", place="AU-NSW"))
LANGUAGES = ("en", "tr", "bg")
LEAST = {"looked_at": (1.0, 1.0, 1.0), "unseen": (0.6, 0.85, 0.55)}
"""Of each file: found, right of those proposed, and both kind of date and day right of all promises."""


def at(moment: datetime = TUESDAY) -> Now:
    return Now(moment, RULES, WORKING)


def found(text: str, moment: datetime = TUESDAY) -> Proposal | None:
    return first_of(promises_in(text, at(moment)))


def due(text: str, moment: datetime = TUESDAY) -> str:
    one = found(text, moment)
    return f"{one.due_at.astimezone(SYDNEY):%a %Y-%m-%d %H:%M}" if one is not None and one.names_date else ""


@cache
def table(name: str):
    return tomllib.loads((Path(__file__).parent / f"promises_{name}.toml").read_text(encoding="utf-8"))


def counted(name: str, languages=LANGUAGES) -> tuple[Share, Share, Share]:
    """(recall, precision, day right of all promises), with Wilson's 95 % intervals."""
    promises = [row for language in languages for row in table(name)[language]["promises"]]
    others = [text for language in languages for text in table(name)[language]["others"]]
    hits = [(found(text), day) for text, _, day in promises]
    right = sum(one is not None for one, _ in hits)
    wrong = sum(found(text) is not None for text in others)
    days = sum(_day(one) == day for one, day in hits if one is not None)
    return share(right, len(promises)), share(right, right + wrong), share(days, len(promises))


def _day(one: Proposal) -> str:
    return f"{one.due_at.astimezone(SYDNEY):%Y-%m-%d}" if one.names_date else ""


def said(what: str, one: Share) -> str:
    return f"{what} {one.count} of {one.total} ({one.low:.0%} to {one.high:.0%})"


@pytest.mark.parametrize("name", list(LEAST))
def test_so_many_promises_are_found_so_many_are_some_and_so_many_days_are_right(name):
    recall, precision, days = counted(name)
    figures = f"{name}: {said('found', recall)}; {said('promises of those proposed', precision)}; {said('day', days)}"
    by_language = [said(language, counted(name, (language,))[0]) for language in LANGUAGES]
    print(f"{figures}; found: {', '.join(by_language)}")  # noqa: T201  the figures are what this test is for
    least = LEAST[name]
    assert recall.value >= least[0], figures
    assert precision.value >= least[1], figures
    assert days.value >= least[2], figures


def test_kinds_of_what_is_looked_at_are_right():
    for language in LANGUAGES:
        for text, kind, _ in table("looked_at")[language]["promises"]:
            assert found(text).kind == kind, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We will call you by Friday.", "Fri 2026-11-27 17:00"),
        ("We will call you by Tuesday.", "Tue 2026-12-01 17:00"),
        ("We will call you next Tuesday.", "Tue 2026-12-01 17:00"),
        ("We will call you today.", "Tue 2026-11-24 17:00"),
        ("We will call you at 4.30 p.m. today.", "Tue 2026-11-24 16:30"),
        ("We will call you within 90 minutes.", "Tue 2026-11-24 11:30"),
        ("We will refund you by 5/12/2026.", "Sat 2026-12-05 17:00"),
        ("We will refund you by 2026-12-07.", "Mon 2026-12-07 17:00"),
        ("We will answer by December 3rd, noon.", "Thu 2026-12-03 12:00"),
        ("We will refund $5.12 tomorrow.", "Wed 2026-11-25 17:00"),
        ("We will answer Monday or Tuesday.", "Tue 2026-12-01 17:00"),
        ("We'll be in touch within a month.", "Thu 2026-12-24 17:00"),
        ("Üç iş günü içinde dönüş yapacağız.", "Fri 2026-11-27 17:00"),
        ("Ще ви се обадим до 15:30 утре.", "Wed 2026-11-25 15:30"),
        ("We will call you about the charge of 20 November.", ""),
    ],
)
def test_a_date_is_read_as_it_is_written(text, expected):
    assert due(text) == expected


def test_business_days_pass_over_the_weekend_and_the_holidays_of_the_place_and_say_which():
    before_christmas = datetime(2026, 12, 23, 15, 0, tzinfo=SYDNEY)
    one = found("We will refund you within 3 business days.", before_christmas)
    assert one is not None
    # 24 Dec, then Christmas, Saturday, Sunday and Boxing Day's substitute on Monday the 28th
    assert one.due_at.astimezone(SYDNEY) == datetime(2026, 12, 30, 17, 0, tzinfo=SYDNEY)
    assert "passed over: 2026-12-25" in one.basis
    assert "promises 2026-11, service 2026-11" in one.basis


def test_a_day_keeps_its_end_when_the_clocks_change():
    saturday = datetime(2026, 4, 4, 10, 0, tzinfo=SYDNEY)  # the clocks go back on Sunday, 5 April 2026
    one = found("We will call you on Monday.", saturday)
    assert one is not None
    assert one.due_at.astimezone(SYDNEY) == datetime(2026, 4, 6, 17, 0, tzinfo=SYDNEY)
    assert (one.due_at - saturday) == timedelta(hours=56)


def test_what_is_promised_for_today_after_the_firms_day_has_ended_ends_with_the_day():
    assert due("We will call you today.", TUESDAY.replace(hour=19)) == "Tue 2026-11-24 23:59"


def test_where_no_date_is_named_the_policy_proposes_one_and_says_so():
    one = found("We'll call you back.")
    assert one is not None
    assert (one.kind, one.names_date) == (PromiseKind.CALL_BACK, False)
    assert one.due_at.astimezone(SYDNEY) == datetime(2026, 11, 25, 10, 0, tzinfo=SYDNEY)
    assert "8 working hours, as for every call back" in one.basis


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_what_is_proposed_is_still_to_come(text):
    for one in promises_in(text, at()):
        assert TUESDAY < one.due_at <= TUESDAY + RULES.longest


PIECES = (
    "we will|call you|by|Friday|within|3|99|business|days|31|February|24/11|at|25:70|5pm|next|yarın|saat|до|часа|$|of|."
    "|or|200|months|ago"
)


@given(st.lists(st.sampled_from(PIECES.split("|")), max_size=14))
def test_no_row_of_date_words_breaks_it_either(words):
    for one in promises_in(" ".join(words), at()):
        assert TUESDAY < one.due_at <= TUESDAY + RULES.longest


def test_a_long_text_is_read_in_time():
    began = datetime.now(SYDNEY)
    promises_in("we will call you by friday within 3 of 3 days " * 2_000, at())
    assert datetime.now(SYDNEY) - began < timedelta(seconds=15)


MADE = st.integers(0, 60 * 24 * 500).map(lambda minutes: TUESDAY + timedelta(minutes=minutes))


@given(MADE, st.integers(1, 24 * 40))
def test_the_reminder_is_in_working_hours_and_between_making_and_due(made, hours):
    until = made + timedelta(hours=hours)
    reminder = remind_at(made, until, RULES.remind_before, WORKING)
    left = WORKING.between(made, until)
    if reminder is None:
        assert left == timedelta()
    else:
        assert WORKING.is_open(reminder)
        assert made <= reminder < until
        assert WORKING.between(reminder, until) == min(RULES.remind_before.amount, left / 2)


@given(st.integers(1, 60), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_working_days_end_on_a_business_day_and_count_each_once(number, day):
    now = at(datetime(day.year, day.month, day.day, 11, tzinfo=SYDNEY))
    until, _ = due_after(now, number, "days", working=True)
    last, calendar = until.astimezone(SYDNEY).date(), WORKING.calendar
    days = [day + timedelta(days=each) for each in range(1, (last - day).days + 1)]
    assert sum(calendar.why_closed(each) is None for each in days) == number
    assert calendar.why_closed(last) is None


def test_working_hours_are_those_of_the_firm():
    until, step = due_after(at(), 8, "hours", working=True)
    assert until.astimezone(SYDNEY) == datetime(2026, 11, 25, 10, 0, tzinfo=SYDNEY)
    assert step == "8 working hours from now"
    assert WORKING.after(TUESDAY, Span(timedelta(hours=8), Counted.WORKING)) == until
