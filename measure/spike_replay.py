"""How often spikes are found: on a past that is gone through again, and on made-up years with known spikes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import numpy as np
from scipy.stats import beta, chi2

from measure.hours_of_week import cells
from measure.spikes import (
    DAYS_A_YEAR,
    HOURS_OF_DAY,
    HOURS_OF_WEEK,
    LATE,
    PAST_WEEKS,
    WINDOWS,
    Found,
    Hourly,
    Series,
    SpikeRule,
    expected_in,
    found_in,
    learn,
    scores_of,
    together,
    weight_of,
)

SAME = timedelta(hours=24)
"""Alarms of one series that follow each other closer than this are one spike."""


@dataclass(frozen=True, slots=True)
class Alarm:
    at: datetime
    """The end of the hour in which it was raised."""
    found: Found


@dataclass(frozen=True, slots=True)
class Replayed:
    days: float
    alarms: tuple[Alarm, ...]

    @property
    def a_year(self) -> float:
        return len(self.alarms) / self.days * DAYS_A_YEAR if self.days else 0.0

    def interval(self, count: int | None = None) -> tuple[float, float]:
        """95 % of the alarms a year (exact Poisson)."""
        seen = len(self.alarms) if count is None else count
        low = chi2.ppf(0.025, 2 * seen) / 2 if seen else 0.0
        return low / self.days * DAYS_A_YEAR, chi2.ppf(0.975, 2 * seen + 2) / 2 / self.days * DAYS_A_YEAR


def replay(
    hourly: Hourly,
    rule: SpikeRule,
    *,
    zone: tzinfo = UTC,
    quiet_days: Collection[date] = (),
    learn_every: int = HOURS_OF_WEEK,
) -> Replayed:
    """Each week learns from the weeks before it; each hour is looked at once, at its end.

    The program learns anew at each look, so it is never behind by more than this.
    """
    slots = cells(hourly.start, hourly.hours, zone, quiet_days)
    past, last, alarms = PAST_WEEKS * HOURS_OF_WEEK, dict[Series, datetime](), list[Alarm]()
    for begin in range(past, hourly.hours, learn_every):
        baseline = learn(hourly.part(begin - past, begin), slots[begin - past : begin], rule)
        if baseline is None:
            continue
        end, before = min(begin + learn_every, hourly.hours), max(WINDOWS) + LATE
        day, its = hourly.part(begin - before, end), slots[begin - before : end]
        best, which = scores_of(baseline, day, expected_in(baseline, its), rule)
        best[:, :before] = 0.0
        for at in np.flatnonzero((best >= baseline.threshold).any(axis=0)):
            for row in np.flatnonzero(best[:, at] >= baseline.threshold):
                series, now = hourly.series[row], day.start + timedelta(hours=int(at) + 1)
                if series not in last or now - last[series] > SAME:
                    one = found_in(baseline, day, its, int(row), int(at), int(which[row, at]), float(best[row, at]))
                    alarms.append(Alarm(now, one))
                last[series] = now
    return Replayed(max(0, hourly.hours - past) / HOURS_OF_DAY, tuple(alarms))


@dataclass(frozen=True, slots=True)
class Planted:
    series: Series
    began: datetime
    hours: int
    times: float
    """Of what was usual in these hours."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    hourly: Hourly
    planted: tuple[Planted, ...]
    quiet_days: frozenset[date]


def make_up(
    *, seed: int, days: int, series: int = 12, planted: Sequence[float] = (), start: datetime | None = None
) -> MadeUp:
    """A contact centre's year: nights, week ends, holidays, slow growth, uneven days and bursts of answers.

    Sizes run from one person in three hours to twenty in one. `planted`: how many times the usual (at least so many
    people above it) each spike is; each lasts six hours and stands alone in its series for a week.
    """
    made, begin = np.random.default_rng(seed), start or datetime(2024, 1, 1, tzinfo=UTC)
    hours = days * HOURS_OF_DAY
    sizes = np.geomspace(0.3, 20.0, series)
    quiet = frozenset(begin.date() + timedelta(days=int(day)) for day in made.choice(days, size=max(1, days // 36)))
    slots = cells(begin, hours, UTC, quiet)
    shape = _rhythm()[slots]
    growth = 1.0 + 0.3 * np.arange(hours) / (365 * 24)  # by three in ten in a year
    names = tuple(Series(f"topic{number}", "x") for number in range(series))
    day_of = np.arange(hours) // HOURS_OF_DAY
    people = np.zeros((series, hours))
    for row, size in enumerate(sizes):
        uneven_days = made.gamma(20.0, 1 / 20.0, days)[day_of]
        rate = size * shape * growth * uneven_days
        people[row] = made.negative_binomial(rate / 0.5, 1 / 1.5)  # bursts: variance half above the mean
    spikes = []
    for number, times in enumerate(planted):
        row = int(made.integers(series))
        week = PAST_WEEKS + 1 + number % max(1, days // 7 - PAST_WEEKS - 2)
        at = week * HOURS_OF_WEEK + int(made.integers(HOURS_OF_WEEK - 12))
        usual = sizes[row] * shape[at : at + 6] * growth[at : at + 6]
        people[row, at : at + 6] += made.poisson(usual * (times - 1) + 2.0)
        spikes.append(Planted(names[row], begin + timedelta(hours=at), 6, times))
    mean, spread = 1 / 6, 0.0169  # of the reach of one person: most are read by few
    reach = np.where(people > 0, made.gamma(np.maximum(people, 1) * mean**2 / spread, spread / mean), 0.0)
    weight = people + (weight_of(1.0, 3.0) - 1.0) * np.minimum(reach, people)
    return MadeUp(together(Hourly(names, begin, people, weight), "*"), tuple(spikes), quiet)


def _rhythm() -> np.ndarray:
    """By hour of the week, Monday first: mean 1."""
    day = 0.25 + np.exp(-(((np.arange(24) - 13) / 5.0) ** 2)) + 0.5 * np.exp(-(((np.arange(24) - 20) / 2.0) ** 2))
    week = np.concatenate([day * (1.0 if number < 5 else 0.55) for number in range(7)])
    return np.asarray(week / week.mean())


@dataclass(frozen=True, slots=True)
class Quality:
    """Of made-up years: false alarms, and of each size of spike how many were found, and after how many hours."""

    days: float
    false_alarms: int
    found: tuple[tuple[float, int, int, float | None], ...]
    """(times, planted, found, median hours until it was raised)."""

    @property
    def a_year(self) -> float:
        return self.false_alarms / self.days * DAYS_A_YEAR

    @property
    def a_year_between(self) -> tuple[float, float]:
        return Replayed(self.days, ()).interval(self.false_alarms)


def share_between(found: int, of: int) -> tuple[float, float]:
    """95 % of a share (Jeffreys)."""
    return float(beta.ppf(0.025, found + 0.5, of - found + 0.5)), float(beta.ppf(0.975, found + 0.5, of - found + 0.5))


def quality(made: Sequence[MadeUp], rule: SpikeRule) -> Quality:
    days, wrong, hits = 0.0, 0, dict[float, list[float]]()
    for one in made:
        seen = replay(one.hourly, rule, quiet_days=one.quiet_days)
        days += seen.days
        right = set()
        for spike in one.planted:
            end = spike.began + timedelta(hours=spike.hours + max(WINDOWS))
            mine = [alarm for alarm in seen.alarms if _is_of(alarm, spike, end)]
            right |= {id(alarm) for alarm in mine}
            delays = hits.setdefault(spike.times, [])
            if mine:
                delays.append(min((alarm.at - spike.began).total_seconds() / 3600 for alarm in mine))
        wrong += sum(id(alarm) not in right for alarm in seen.alarms)
    sizes = sorted(hits)
    planted = {size: sum(spike.times == size for one in made for spike in one.planted) for size in sizes}
    return Quality(
        days,
        wrong,
        tuple(
            (size, planted[size], len(hits[size]), float(np.median(hits[size])) if hits[size] else None)
            for size in sizes
        ),
    )


def _is_of(alarm: Alarm, spike: Planted, end: datetime) -> bool:
    return alarm.found.series.topic == spike.series.topic and spike.began < alarm.at <= end
