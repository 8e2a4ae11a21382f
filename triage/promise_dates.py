"""Dates as people write them in a reply: "by Friday", "within 3 business days", "yarın 15'e kadar", "до 24 ноември".

A date that is read here is only proposed. Nothing here raises, whatever the text.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from policy.phrases import Word, words_of
from policy.promise_rules import MONTHS, PromiseRules
from policy.service_hours import DAYS as WEEKDAYS
from policy.service_hours import Counted, Span
from triage.calendar import passed_over
from triage.working_time import WorkingTime

_DAY = timedelta(days=1)
_NUMERIC = re.compile(
    r"(?<![\d.,/-])(?:(\d{4})-(\d\d)-(\d\d)|(\d{1,2})([./])(\d{1,2})(?:\5(\d{4}|\d\d))?)(?![\d/:]|[.,]\d)"
)
_MONEY = re.compile(r"[$€£₺]\s?$"), re.compile(r"\s?(?:[$€£₺%]|лв|tl\b|eur|usd|aud|евро)", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d.,:])(\d{1,2})(?::(\d\d)|[:.]?(\d\d)?\s?([ap])\.?m\b\.?)(?!\d)", re.IGNORECASE)
_GLUED = re.compile(r"(\d{1,3})(h|hr|hrs|hours|d)")
_LATEST, _EARLIEST_HOUR, _LATEST_HOUR = 400, 7, 21
_BEFORE, _AFTER = 4, 3
"""Words between a number and what makes a time until then of it."""
_BESIDE = 25
"""Characters between a day and its time of day; of "from 8:00 to 12:00" the later counts."""


@dataclass(frozen=True, slots=True)
class Now:
    """When and by what a date is read."""

    at: datetime
    rules: PromiseRules
    working: WorkingTime

    @property
    def local(self) -> datetime:
        return self.at.astimezone(self.working.zone)

    @property
    def today(self) -> date:
        return self.local.date()

    def end_of(self, day: date) -> datetime:
        """When the firm's day ends; today's, once that has passed, with the day itself. UTC."""
        ends = datetime.combine(day, self.rules.day_ends, self.working.zone).astimezone(UTC)
        last = datetime.combine(day, time(23, 59), self.working.zone).astimezone(UTC)
        return ends if ends > self.at else last


@dataclass(frozen=True, slots=True)
class Until:
    """A date that was read, with its place in the text."""

    start: int
    end: int
    day: date | None = None
    at: datetime | None = None
    """Where the words give an instant."""
    clock: time | None = None
    step: str = ""


def due_after(now: Now, number: int, unit: str, *, working: bool) -> tuple[datetime, str]:
    """(instant in UTC, how it was worked out): `number` of minutes, hours, days, weeks or months from now on.

    A number of days ends with the firm's day; working days are business days of the firm's place.

    Raises: RecordError where the calendar holds no working time.
    """
    if unit in ("minutes", "hours"):
        amount = timedelta(minutes=number) if unit == "minutes" else timedelta(hours=number)
        counted = Counted.WORKING if working else Counted.CALENDAR
        return now.working.after(now.at, Span(amount, counted)), f"{number} {'working ' * working}{unit} from now"
    if unit == "days" and working:
        return _working_days(now, number)
    day = (
        _months_on(now.today, number) if unit == "months" else now.today + number * _DAY * (7 if unit == "weeks" else 1)
    )
    return now.end_of(day), f"{number} {unit} from {_said(now.today)}: {_said(day)}"


def _working_days(now: Now, number: int) -> tuple[datetime, str]:
    day, skipped = now.today, list[tuple[date, str]]()
    for _ in range(number):
        day, passed = now.working.calendar.rolled_forward(day + _DAY)
        skipped += passed
    steps = [f"{number} business days after {_said(now.today)}: {_said(day)}", *passed_over(skipped)]
    return now.end_of(day), "; ".join(steps)


def _months_on(day: date, number: int) -> date:
    years, month = divmod(day.month - 1 + number, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _said(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def dates_in(text: str, now: Now) -> list[Until]:
    """In the order in which they stand; without what is past."""
    words = words_of(text)
    days = [*_numeric(text, now), *_named_days(words, now), *_near_days(text, now), *_spans(words, now)]
    clocks = [*_clocks(text), *_spoken_clocks(words, now)]
    found: list[Until] = []
    for one in sorted(days, key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
    free = [one for one in clocks if not any(one.start < day.end and day.start < one.end for day in found)]
    return sorted(_with_clocks(found, free, now), key=lambda one: one.start)


def instant_of(until: Until, now: Now) -> tuple[datetime, str]:
    """(UTC, how it was worked out)."""
    if until.at is not None:
        return until.at, until.step
    day = until.day or now.today
    if until.clock is None:
        due = now.end_of(day)
        ends = f"{due.astimezone(now.working.zone):%H:%M}, when the firm's day ends"
        return due, f"{until.step}, {ends}"
    due = datetime.combine(day, until.clock, now.working.zone).astimezone(UTC)
    if until.day is None and due <= now.at:
        due = datetime.combine(day + _DAY, until.clock, now.working.zone).astimezone(UTC)
    local = due.astimezone(now.working.zone)
    return due, f"{until.step or _said(local.date())}, {local:%H:%M}"


def _with_clocks(days: Sequence[Until], clocks: Sequence[Until], now: Now) -> Iterator[Until]:
    """A time of day belongs to the day named beside it; alone it is one of today."""
    left = list(clocks)
    for day in days:
        near = [one for one in left if day.day is not None and abs(_between(day, one)) <= _BESIDE]
        if not near:
            yield day
            continue
        left = [one for one in left if one not in near]
        start, end = min(day.start, *(one.start for one in near)), max(day.end, *(one.end for one in near))
        yield replace(day, start=start, end=end, clock=max(one.clock for one in near if one.clock is not None))
    if not days:
        yield from left


def _between(one: Until, other: Until) -> int:
    return other.start - one.end if other.start >= one.end else one.start - other.end


def _day_is_possible(day: date, now: Now) -> bool:
    return now.today <= day <= now.today + _LATEST * _DAY


def _numeric(text: str, now: Now) -> Iterator[Until]:
    for found in _NUMERIC.finditer(text):
        if _MONEY[0].search(text[: found.start()]) or _MONEY[1].match(text, found.end()):
            continue
        year, month, day = found[1] or found[7] or "", found[2] or found[6], found[3] or found[4]
        parsed = _date(int(day), int(month), int(f"20{year}" if len(year) == 2 else year or 0), now)
        if parsed is not None:
            yield Until(found.start(), found.end(), parsed, step=_said(parsed))


def _date(day: int, month: int, year: int, now: Now) -> date | None:
    """Without a year the next such day; None where there is none, or where it is past."""
    for candidate in (year,) if year else (now.today.year, now.today.year + 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            return None
        if _day_is_possible(found, now) and (year or found - now.today < timedelta(days=200)):
            return found
    return None


def _named_days(words: Sequence[Word], now: Now) -> Iterator[Until]:
    lists = now.rules.dates
    for place, word in enumerate(words):
        before = words[place - 1].folded if place else ""
        weekday = lists.weekdays.of(word.folded)
        if weekday is not None and lists.past_words.of(before) is None:
            day = _weekday(WEEKDAYS.index(weekday), now, is_next=lists.next_words.of(before) is not None)
            yield Until(word.start, word.end, day, step=_said(day))
        month = lists.months.of(word.folded)
        if month is not None:
            yield from _day_of_month(words, place, MONTHS.index(month) + 1, now)


def _weekday(number: int, now: Now, *, is_next: bool) -> date:
    """The first such day after today; after "next" that of the week that follows this one."""
    if is_next:
        monday = now.today - now.today.weekday() * _DAY + 7 * _DAY
        return monday + number * _DAY
    return now.today + ((number - now.today.weekday() - 1) % 7 + 1) * _DAY


def _day_of_month(words: Sequence[Word], place: int, month: int, now: Now) -> Iterator[Until]:
    """ "24 November", "24th of November", "November 24"."""
    near = [place - 1, place + 1, *([place - 2] if place > 1 and words[place - 1].folded == "of" else [])]
    for other in near:
        number = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", words[other].folded) if 0 <= other < len(words) else None
        is_past = other > 0 and words[other - 1].folded not in ("of",) and _is_past(words, min(other, place), now)
        day = _date(int(number[1]), month, 0, now) if number and not is_past else None
        if day is not None:
            first, last = sorted((other, place))
            yield Until(words[first].start, words[last].end, day, step=_said(day))
            return


def _is_past(words: Sequence[Word], first: int, now: Now) -> bool:
    return first > 0 and now.rules.dates.past_words.of(words[first - 1].folded) is not None


def _near_days(text: str, now: Now) -> Iterator[Until]:
    today, left_of_week = now.today, (4 - now.today.weekday()) % 7
    friday = today + left_of_week * _DAY
    days = {
        "today": today,
        "tomorrow": today + _DAY,
        "day_after_tomorrow": today + 2 * _DAY,
        "this_week": friday,
        "next_week": today + (11 - today.weekday()) * _DAY,
        "this_month": today.replace(day=monthrange(today.year, today.month)[1]),
    }
    longest: dict[int, tuple[int, str]] = {}
    for name, start, end in now.rules.dates.near.places(text):
        if end > longest.get(start, (0, ""))[0]:
            longest[start] = end, name
    for start, (end, name) in longest.items():
        yield Until(start, end, days[name], step=f"{text[start:end].lower()}: {_said(days[name])}")


def _spans(words: Sequence[Word], now: Now) -> Iterator[Until]:
    """ "within 3 to 5 business days": the longest that is named."""
    lists, place = now.rules.dates, 0
    while place < len(words):
        number, unit, end, is_working = _amount(words, place, now)
        if number and unit and _is_to_come(words, place, end, now):
            if not _is_clock(words, place, number, end, now):
                due, step = due_after(now, number, unit, working=is_working)
                if due <= now.at + _LATEST * _DAY:
                    yield Until(words[place].start, words[end].end, at=due, step=step)
            place = end
        elif unit is None and number and lists.units.of(words[place].folded):
            place += 1
        place += 1


def _amount(words: Sequence[Word], place: int, now: Now) -> tuple[int, str | None, int, bool]:
    """(number, unit, place of the last word, whether it is working time); no unit where it is no amount of time."""
    lists, word = now.rules.dates, words[place].folded
    glued = _GLUED.fullmatch(word)
    if glued is not None:
        return int(glued[1]), "days" if glued[2] == "d" else "hours", place, False
    number, is_working = _number(word, now), False
    if number is None:
        return 0, None, place, False
    for at in range(place + 1, min(place + 6, len(words))):
        following = words[at].folded
        another = _number(following, now)
        if another is not None:
            number = max(number, another)
        elif lists.working.of(following) is not None:
            is_working = True
        elif lists.units.of(following) is not None:
            return number, lists.units.of(following), at, is_working
        elif lists.between.of(following) is None:
            break
    return number, None, place, False


def _number(word: str, now: Now) -> int | None:
    if word.isdecimal() and len(word) <= 3:
        return int(word)
    found = now.rules.dates.numbers.of(word)
    return int(found) if found is not None else None


def _is_to_come(words: Sequence[Word], first: int, last: int, now: Now) -> bool:
    lists = now.rules.dates
    before = [words[at].folded for at in range(max(0, first - _BEFORE), first)]
    after = [words[at].folded for at in range(last + 1, min(len(words), last + 1 + _AFTER))]
    is_past = any(word in ("ago", "once", "преди") for word in after[:1]) or before[-1:] == ["last"]
    named = any(lists.before.of(word) for word in before) or any(lists.after.of(word) for word in after)
    return named and not is_past


def _is_clock(words: Sequence[Word], place: int, number: int, end: int, now: Now) -> bool:
    """ "до 17 часа" is a time of day, "до 24 часа" is none; "saat 17'ye kadar" is one, "17 saat içinde" is none."""
    lists = now.rules.dates
    before = words[place - 1].folded if place else ""
    if lists.time_hours.of(words[end].folded) is None or lists.time_hours_after.of(before) is None:
        return False
    return _EARLIEST_HOUR <= number <= _LATEST_HOUR


def _clocks(text: str) -> Iterator[Until]:
    for found in _CLOCK.finditer(text):
        hour, minute = int(found[1]), int(found[2] or found[3] or 0)
        if found[4]:
            hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
        if hour < 24 and minute < 60:
            yield Until(found.start(), found.end(), clock=time(hour, minute))


def _spoken_clocks(words: Sequence[Word], now: Now) -> Iterator[Until]:
    lists = now.rules.dates
    for place, word in enumerate(words):
        if lists.noon.of(word.folded) is not None:
            yield Until(word.start, word.end, clock=time(12))
        if not word.folded.isdecimal() or len(word.folded) > 2 or int(word.folded) > 23:
            continue
        before = words[place - 1].folded if place else ""
        follows = words[place + 1].folded if place + 1 < len(words) else ""
        is_hour = lists.time_before.of(before) is not None and not follows.isdecimal()
        is_hour = is_hour or (
            lists.time_hours.of(follows) is not None and _is_clock(words, place, int(word.folded), place + 1, now)
        )
        if is_hour and lists.units.of(follows) in (None, "hours"):
            yield Until(words[place].start, word.end, clock=time(int(word.folded)))
