"""Does far more come in about one thing than at this hour of the week usually does: beside its own past, by chance.

A series is what people said about one topic on one channel, hour by hour: each author once an hour. Two things are
counted: people, and people weighted by how many may read them (`weight_of`). `learn` reads the last weeks; `look` says
how unlikely the newest hours are. How the false alarm rate was measured, and what it is: docs/crisis.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import exp, log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from measure.hours_of_week import Cells

PAST_WEEKS = 8
LEAST_WEEKS = 2
"""With a shorter past nothing is said."""
HOURS_OF_WEEK = 168
HOURS_OF_DAY = 24
HOURS_A_YEAR = 8766.0
DAYS_A_YEAR = 365.25
WINDOWS = (1, 4)
"""Hours that are looked at together: a burst, and what is not as high but lasts."""
LATE = 6
"""So many of the newest hours are looked at again: what a channel brought late counts in the hour it was said."""
AS_SURE_AS = 4.0
"""People that an hour of the week is given beforehand, at the rate of the hours beside it; and so on: see `learn`."""
STORM, STORM_LEAST, STORM_PASSES = 4.0, 3.0, 5
"""A past hour so many standard deviations, and so many people, above its usual is a storm: it tells of no usual."""
NORMAL_TENTH = 1.2816
AS_STEADY = 200.0
"""Hours of plain chance that are added to what the past says about how uneven it is."""
TAIL_SHARE = 0.1
"""The worst tenth of all days of all series tells how the rare ones fall off."""
CAUTION = 1.5
"""Aims at so many times fewer false alarms than allowed: eight weeks are a short past."""
MOST_SCORE = 600.0
Numbers = npt.NDArray[np.float64]


class Series(NamedTuple):
    topic: str
    channel: str


@dataclass(frozen=True, slots=True)
class SpikeRule:
    false_alarms_per_year: float
    """Over all series together."""
    least_people: int
    """In the hours looked at: with fewer it is no spike, however rare."""
    least_times: float
    """Of what is usual."""


@dataclass(frozen=True, slots=True)
class Hourly:
    """Counts of all series in consecutive hours."""

    series: tuple[Series, ...]
    start: datetime
    """The first hour, UTC."""
    people: Numbers
    """Series by hour."""
    weight: Numbers
    """The same people, each weighing what `weight_of` says."""

    @property
    def hours(self) -> int:
        return int(self.people.shape[1])

    def part(self, begin: int, end: int) -> "Hourly":
        start = self.start + timedelta(hours=begin)
        return Hourly(self.series, start, self.people[:, begin:end], self.weight[:, begin:end])


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual, by series and hour of the week; each of people and weights."""

    series: tuple[Series, ...]
    people: Numbers
    weight: Numbers
    known: Numbers
    """People that the rate of an hour of the week rests on: how sure it is."""
    uneven_people: Numbers
    """By window, (a, b) and series: the variance of a sum of mean m is a m + b m², a = 1 and b = 0 for plain chance."""
    uneven_weight: Numbers
    threshold: float
    """Of a score, for an alarm."""


@dataclass(frozen=True, slots=True)
class Found:
    """A series that is far above its usual."""

    series: Series
    hours: int
    """That were looked at together."""
    until: datetime
    """Where they end; the last one may run still."""
    people: int
    weight: float
    expected: float
    """People, in such hours."""
    expected_weight: float
    score: float
    threshold: float
    is_by_reach: bool
    """Weights told it, people alone would not have."""

    @property
    def chance(self) -> float:
        """Of so much or more in these hours, if nothing is the matter."""
        return exp(-self.score)


def weight_of(reach: float | None, most: float) -> float:
    """Of one person: 1, and up to `most` with how many may read them (`reach` 0 to 1; unknown adds nothing)."""
    return 1.0 + (most - 1.0) * min(1.0, max(0.0, reach or 0.0))


def learn(past: Hourly, slots: Cells, rule: SpikeRule) -> Baseline | None:
    """What is usual, from the past that `slots` gives hours of the week to. None where it is too short.

    The rate of an hour of the week is a gamma prior and a Poisson count, drawn to the hours beside it, these to their
    hour of day, and that one to all hours; past storms are left out, so that one old spike does not hide a new one. How
    uneven counts are beside plain chance is fitted to the squares, for each window of its own. A score is -ln of a
    negative binomial tail with that variance, the rate's own uncertainty included; what rare hours of *this* firm do
    beyond that is read from the worst days of the past, each week judged by the others, by the median of their
    excesses, which a few true spikes do not move.
    Sources: J. Farrington et al., A statistical algorithm for the early detection of outbreaks (1996); A. Noufaily et
    al., An improved algorithm for outbreak detection (2013), for past outbreaks weighing less.
    """
    if past.hours < LEAST_WEEKS * HOURS_OF_WEEK or not past.series:
        return None
    people, weight = _usual(past.people, slots), _usual(past.weight, slots)
    told = Baseline(past.series, people.rates, weight.rates, people.known, people.uneven, weight.uneven, 0.0)
    best, _ = scores_of(told, past, Expected(people.unseen, weight.unseen, people.known[:, slots]), rule)
    return replace(told, threshold=_threshold(best, len(past.series), rule))


def look(baseline: Baseline, newest: Hourly, slots: Cells, rule: SpikeRule) -> list[Found]:
    """The worst of each series in the last `LATE` hours, where it is an alarm; the most unlikely first.

    `newest`: of the same series, ending with the hour that runs; `max(WINDOWS)` hours more than `LATE`. An hour that
    runs counts as if it were whole: looking often raises nothing that looking at its end would not have raised.
    """
    best, which = scores_of(baseline, newest, expected_in(baseline, slots), rule)
    first = max(0, newest.hours - LATE)
    found = []
    for row in np.flatnonzero(best[:, first:].max(axis=1) >= baseline.threshold):
        at = first + int(best[row, first:].argmax())
        found.append(found_in(baseline, newest, slots, int(row), at, int(which[row, at]), float(best[row, at])))
    return sorted(found, key=lambda one: -one.score)


def calm(baseline: Baseline, newest: Hourly, slots: Cells) -> list[bool]:
    """Of each series, whether the last hours are nothing out of the ordinary: as one time in fifty, or likelier."""
    window, usual = max(WINDOWS), expected_in(baseline, slots)
    seen, expected = _summed(newest.people, window), _summed(usual.people, window)
    scores = _score(seen, expected, usual.known, baseline.uneven_people[-1])
    return [bool(score < log(50)) for score in scores[:, -1]]


def found_in(baseline: Baseline, newest: Hourly, slots: Cells, row: int, at: int, which: int, score: float) -> Found:
    window, by_reach = WINDOWS[which // 2], bool(which % 2)
    here = slice(max(0, at - window + 1), at + 1)
    return Found(
        series=baseline.series[row],
        hours=window,
        until=newest.start + timedelta(hours=at + 1),
        people=int(newest.people[row, here].sum()),
        weight=float(newest.weight[row, here].sum()),
        expected=float(baseline.people[row, slots[here]].sum()),
        expected_weight=float(baseline.weight[row, slots[here]].sum()),
        score=score,
        threshold=baseline.threshold,
        is_by_reach=by_reach,
    )


class _Usual(NamedTuple):
    rates: Numbers
    known: Numbers
    uneven: Numbers
    unseen: Numbers
    """For each hour of the past: by the other weeks, as an hour to come has to be judged."""


class Expected(NamedTuple):
    """For each hour that is looked at."""

    people: Numbers
    weight: Numbers
    known: Numbers


def _usual(counts: Numbers, slots: Cells) -> _Usual:
    kept = np.ones(counts.shape)
    for _ in range(STORM_PASSES):  # a storm itself raises the rate, less each time
        usual = _rates(counts, kept, slots)[0][:, slots]
        kept = _no_storm(counts, usual)
    rates, known = _rates(counts, kept, slots)
    unseen, weeks = rates[:, slots], np.arange(len(slots)) // HOURS_OF_WEEK
    for week in range(int(weeks[-1]) + 1):
        here = weeks == week
        unseen[:, here] = _rates(counts[:, ~here], kept[:, ~here], slots[~here])[0][:, slots[here]]
    uneven = np.stack([_uneven(counts, unseen, kept, window) for window in WINDOWS])
    return _Usual(rates, known, uneven, unseen)


def _no_storm(counts: Numbers, usual: Numbers) -> Numbers:
    """1 for each hour that could be chance; the spread is read where storms do not reach: below the highest tenth."""
    beyond = (counts - usual) / np.sqrt(usual + 0.5)
    middle, high = np.quantile(beyond, 0.5, axis=1), np.quantile(beyond, 0.9, axis=1)
    spread = np.maximum(1.0, (high - middle) / NORMAL_TENTH)
    limit = usual + STORM * spread[:, None] * np.sqrt(usual + 0.5) + STORM_LEAST
    return np.asarray(counts <= limit, dtype=np.float64)


def _rates(counts: Numbers, kept: Numbers, slots: Cells) -> tuple[Numbers, Numbers]:
    """By hour of the week, and what each rests on."""
    place = np.zeros((len(slots), HOURS_OF_WEEK))
    place[np.arange(len(slots)), slots] = 1.0
    found, hours = (counts * kept) @ place, kept @ place
    mean = (found.sum(axis=1) + 0.5) / np.maximum(hours.sum(axis=1), 1.0)
    by_day = found.reshape(-1, 7, 24).sum(axis=1), hours.reshape(-1, 7, 24).sum(axis=1)
    of_day = (by_day[0] + AS_SURE_AS) / (by_day[1] + AS_SURE_AS / mean[:, None])
    beside = (_beside(found) + AS_SURE_AS) / (_beside(hours) + AS_SURE_AS / np.tile(of_day, 7))
    return np.asarray((found + AS_SURE_AS) / (hours + AS_SURE_AS / beside)), np.asarray(found + AS_SURE_AS)


def _beside(found: Numbers) -> Numbers:
    """Of the hour before and the one after."""
    return np.asarray(np.roll(found, 1, axis=1) + np.roll(found, -1, axis=1))


def _uneven(counts: Numbers, usual: Numbers, kept: Numbers, window: int) -> Numbers:
    """(a, b) by series for sums of so many hours, by weighted least squares; hours of plain chance are added."""
    seen, mean = _summed(counts, window)[:, window - 1 :], _summed(usual, window)[:, window - 1 :]
    told = _summed(kept, window)[:, window - 1 :] >= window - 0.5
    squares, mean = np.where(told, (seen - mean) ** 2, 0.0), np.where(told, mean, 0.0)
    beforehand = AS_STEADY / max(seen.shape[1], 1)
    m1, m2, m3 = (((1 + beforehand) * mean**power).sum(axis=1) + 1e-9 for power in (1, 2, 3))
    y1 = (squares + beforehand * mean).sum(axis=1)
    y2 = (squares * mean + beforehand * mean**2).sum(axis=1)
    slope = np.maximum(0.0, (y2 * m1 - y1 * m2) / np.maximum(m3 * m1 - m2**2, 1e-12))
    level = (y1 - slope * m2) / m1
    # Never steadier than chance: then what is uneven is all in the slope.
    slope = np.where(level < 1.0, np.maximum(0.0, (y2 - m2) / m3), slope)
    return np.stack([np.maximum(1.0, level), slope])


def _variance(mean: Numbers, uneven: Numbers) -> Numbers:
    return np.asarray(uneven[0][:, None] * mean + uneven[1][:, None] * mean**2)


def _summed(counts: Numbers, window: int) -> Numbers:
    """Each hour with those before it; at the beginning there are fewer."""
    total = np.cumsum(counts, axis=1)
    total[:, window:] = total[:, window:] - total[:, :-window]
    return np.asarray(total)


def expected_in(baseline: Baseline, slots: Cells) -> Expected:
    return Expected(baseline.people[:, slots], baseline.weight[:, slots], baseline.known[:, slots])


def scores_of(baseline: Baseline, counts: Hourly, usual: Expected, rule: SpikeRule) -> tuple[Numbers, Cells]:
    """The highest score of each hour over windows and both counts, and which it was (window * 2 + by reach)."""
    every = []
    for place, window in enumerate(WINDOWS):
        seen, heard = _summed(counts.people, window), _summed(counts.weight, window)
        people, weight = _summed(usual.people, window), _summed(usual.weight, window)
        is_enough = seen >= rule.least_people
        by_people = _score(seen, people, usual.known, baseline.uneven_people[place])
        by_weight = _score(heard, weight, usual.known, baseline.uneven_weight[place])
        every.append(np.where(is_enough & (seen >= rule.least_times * people), by_people, 0.0))
        every.append(np.where(is_enough & (heard >= rule.least_times * weight), by_weight, 0.0))
    stacked = np.stack(every)
    return np.asarray(stacked.max(axis=0)), np.asarray(stacked.argmax(axis=0), dtype=np.int64)


def _score(seen: Numbers, expected: Numbers, known: Numbers, uneven: Numbers) -> Numbers:
    """-ln of the chance of `seen` or more."""
    plain = _variance(expected, uneven)
    variance = np.maximum(plain + uneven[0][:, None] * expected**2 / known, expected * (1 + 1e-6))
    size = expected**2 / (variance - expected)
    chance = betainc(np.maximum(seen, 1e-9), size, expected / (expected + size))
    return np.asarray(np.where(seen > expected, -np.log(np.maximum(chance, exp(-MOST_SCORE))), 0.0))


def _threshold(scores: Numbers, series: int, rule: SpikeRule) -> float:
    """What plain chance asks for with so many looks a year, and what the past of this firm asks for: the higher one."""
    often = CAUTION / rule.false_alarms_per_year
    by_chance = log(series * HOURS_A_YEAR * len(WINDOWS) * often)
    days = scores.shape[1] // HOURS_OF_DAY
    worst = scores[:, -days * HOURS_OF_DAY :].reshape(series, days, HOURS_OF_DAY).max(axis=2).ravel()
    start = float(np.quantile(worst, 1 - TAIL_SHARE))
    beyond = worst[worst > start] - start
    if not len(beyond):
        return by_chance
    fall = max(1.0, float(np.median(beyond)) / log(2))
    times = TAIL_SHARE * series * DAYS_A_YEAR * often
    return max(by_chance, start + fall * log(max(times, 1.0)))


def together(hourly: Hourly, every: str) -> Hourly:
    """With a series of each topic over all channels, where it has more than one; `every` is the channel's name then."""
    topics = sorted({one.topic for one in hourly.series})
    rows = {topic: [row for row, one in enumerate(hourly.series) if one.topic == topic] for topic in topics}
    wide = [topic for topic in topics if len(rows[topic]) > 1]
    if not wide:
        return hourly
    people = np.stack([hourly.people[rows[topic]].sum(axis=0) for topic in wide])
    weight = np.stack([hourly.weight[rows[topic]].sum(axis=0) for topic in wide])
    return Hourly(
        (*hourly.series, *(Series(topic, every) for topic in wide)),
        hourly.start,
        np.concatenate([hourly.people, people]),
        np.concatenate([hourly.weight, weight]),
    )


def gathered(rows: Sequence[tuple[Series, datetime, int, float]], start: datetime, hours: int, *, every: str) -> Hourly:
    """(series, hour, people, weight) as arrays, hours without a row as none; what lies outside is left out."""
    series = tuple(sorted({one for one, _, _, _ in rows}))
    place = {one: row for row, one in enumerate(series)}
    people, weight = np.zeros((len(series), hours)), np.zeros((len(series), hours))
    for one, hour, count, heard in rows:
        at = int((hour.astimezone(UTC) - start).total_seconds() // 3600)
        if 0 <= at < hours:
            people[place[one], at] += count
            weight[place[one], at] += heard
    return together(Hourly(series, start, people, weight), every)
