"""How satisfied customers say they are: from surveys that reached them to figures, each with its definition."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from measure.shares import Share, share
from models.follow_up import Survey

DEFINITIONS: Mapping[str, str] = {
    "mean": "Sum of the scores divided by the number of ratings, for one scale at a time; of each case its"
    " latest score.",
    "satisfied": "Ratings at or above the target that stood when the question was asked, divided by all ratings; with"
    " the interval in which the true share lies (Wilson, 95 %).",
    "response": "Surveys that were rated divided by surveys that were sent, by the day on which they were sent.",
    "low": "Ratings below the target.",
}


@dataclass(frozen=True, slots=True)
class Csat:
    asked: int
    rated: int
    means: Mapping[int, float]
    """Scale → mean score of its ratings; a scale without a rating is left out."""
    satisfied: Share
    response: Share
    low: int
    by_score: Mapping[int, Mapping[int, int]]
    """Scale → each of its scores → how many gave it."""


@dataclass(frozen=True, slots=True)
class Week:
    """Surveys sent in the week that begins on `monday`, in the firm's zone."""

    monday: date
    figures: Csat


def csat(surveys: Sequence[Survey]) -> Csat:
    rated = [one for one in surveys if one.score is not None]
    scales = sorted({one.scale for one in rated})
    given = {scale: Counter(one.score for one in rated if one.scale == scale) for scale in scales}
    low = sum(one.is_low for one in rated)
    return Csat(
        asked=len(surveys),
        rated=len(rated),
        means={scale: _mean(counts) for scale, counts in given.items()},
        satisfied=share(len(rated) - low, len(rated)),
        response=share(len(rated), len(surveys)),
        low=low,
        by_score={scale: {score: counts[score] for score in range(1, scale + 1)} for scale, counts in given.items()},
    )


def _mean(counts: Mapping[int | None, int]) -> float:
    return sum((score or 0) * count for score, count in counts.items()) / sum(counts.values())


def by_week(surveys: Sequence[Survey], *, first: date, last: date, zone: ZoneInfo) -> list[Week]:
    """Every week from that of `first` to that of `last`, also those in which nothing was sent."""
    groups: dict[date, list[Survey]] = {}
    for one in surveys:
        groups.setdefault(monday_of(one.asked_at.astimezone(zone).date()), []).append(one)
    monday, found = monday_of(first), []
    while monday <= last:
        found.append(Week(monday, csat(groups.get(monday, ()))))
        monday += timedelta(days=7)
    return found


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
