"""What a team lead watches: the figures of the live board, each with its definition, and a fair sample to look at."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURS_SHOWN = 24
SAMPLE = 10
MOST_MEASURED = 5_000
"""Cases whose answers are looked up for one figure."""

AGES = (("under 4 h", timedelta(0)), ("4 to 24 h", 4 * HOUR), ("1 to 3 days", DAY), ("over 3 days", 3 * DAY))
"""Name of an age, and where it begins."""

DEFINITIONS = {
    "open": "Open cases of tiers 1 to 3; a case is open until it is answered or done. Its age counts from its newest "
    "message, on the channel's own clock.",
    "unowned": "Open cases of tier 2 and 3 that nobody has taken.",
    "escalations": "Escalated cases whose team has nobody to own them, or whose owner works here no longer; and open "
    "cases that came back to somebody who had them, or changed hands more often than the policy allows.",
    "oldest": "Of the open cases, the one whose newest message is the oldest.",
    "clocks": "Clocks that are not met, of all cases, answered ones included: due within 4 h, due within 24 h (those "
    "within 4 h counted in), and those whose instant has passed.",
    "targets": "The firm's own targets, no clocks of a regulator. Missed now and due in 2 h: cases, answered ones "
    "included, with a target that is not met. Missed today: targets that ran out since midnight in the firm's zone, "
    "met since or not, by the team that the case has now.",
    "loads": "Open cases of tiers 1 to 3. Late: the case's earliest clock has passed.",
    "first_answer": "From the first message of a case to the first answer that a person wrote and the channel took. "
    "Counted where that answer fell into the period. Night and weekend count. Of more than 5,000 answered cases, every "
    "second, third or later one is measured.",
    "acknowledge": "From the receipt of a complaint to its acknowledgement in the register. Counted where the "
    "acknowledgement fell into the period; complaints ruled out or merged away are left out.",
    "spread": "Median: half took no longer. 90 %: nine of ten took no longer. Today begins at midnight in the firm's "
    "zone; 7 and 28 days count today in.",
    "incoming": "Messages by the hour in which they were written, over the last 24 hours, once they are judged. Noise "
    "is tier 0.",
    "labels": "What each message was judged to be when it came, before any correction, by when it was judged.",
    "corrections": "Messages to which a person gave another label than the one that stood, beside all that were judged "
    "in the same period. A correction counts on the day it was given.",
    "sample": "Ten cases that a person answered since Monday, drawn by chance; the same ten for everybody. They may "
    "change while the week goes on.",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of time that ends now."""

    days: int
    name: str
    since: datetime


def stretches(now: datetime, zone: ZoneInfo) -> tuple[Stretch, ...]:
    """Today, 7 and 28 days, each from a midnight of `zone`."""
    today = now.astimezone(zone).date()
    named = ((1, "Today"), (7, "7 days"), (28, "28 days"))
    return tuple(Stretch(days, name, _midnight(today - timedelta(days=days - 1), zone)) for days, name in named)


def week_of(now: datetime, zone: ZoneInfo) -> datetime:
    """The Monday of this week, at midnight in `zone`."""
    today = now.astimezone(zone).date()
    return _midnight(today - timedelta(days=today.weekday()), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds; None where nothing was counted."""

    count: int
    median: float | None
    p90: float | None


def spread(seconds: Iterable[float]) -> Spread:
    """The 90 % value is one that was observed (nearest rank); the median of an even number lies in the middle."""
    ordered = sorted(max(0.0, each) for each in seconds)
    count = len(ordered)
    if not count:
        return Spread(0, None, None)
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Spread(count, median, ordered[ceil(0.9 * count) - 1])


def spreads(took: Sequence[tuple[datetime, datetime]], over: Sequence[Stretch]) -> tuple[tuple[Stretch, Spread], ...]:
    """Of (began, ended), those that ended within each stretch."""
    return tuple(
        (one, spread((ended - began).total_seconds() for began, ended in took if ended >= one.since)) for one in over
    )


def hours(now: datetime, zone: ZoneInfo, count: int = HOURS_SHOWN) -> tuple[datetime, ...]:
    """Where each of the last `count` hours began, oldest first; the last one runs. Offsets of half an hour count."""
    local = now.astimezone(zone)
    passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return tuple(now - passed - HOUR * back for back in range(count - 1, -1, -1))


def draw(ids: Iterable[int], *, week: datetime, turn: int = 0, count: int = SAMPLE) -> list[int]:
    """`count` of them by chance: the same for everybody who asks in the same week and turn."""
    named = f"{week.date().isoformat()}:{turn}"
    return sorted(ids, key=lambda each: hashlib.sha256(f"{named}:{each}".encode()).digest())[:count]


def every_few(ids: Sequence[int], *, most: int = MOST_MEASURED) -> tuple[int, Sequence[int]]:
    """(step, every step-th of them): all where they are few, else spread evenly over all."""
    step = max(1, ceil(len(ids) / most))
    return step, ids[::step]
