"""Is a channel silent, or only quiet: judged by its own rhythm of hours and weekdays, never by a fixed hour.

Two steps. `learn` reads the last weeks and gives the rhythm: messages to be expected in each hour of the week, and how
long silences are, counted in messages that were to be expected. `silence` says whether the present one is longer than
what such a channel does by chance more often than so many times a year.

Measured on made-up channels with nights and week ends, four false alarms a year allowed; false alarms a year, and half
of all true silences noticed within (runs of eight years; of twelve weeks for 5,000 a day):

    messages a day        2              20             200            5,000
    steady                1.9   78 h     1.4   12 h     0.6   2.0 h    0   2 min
    in bursts of four     5.1  183 h     2.9   33 h     1.6   5.8 h    0  20 min
    uneven days           2.6   85 h     2.9   16 h     4.0   3.4 h    0  12 min
    with the seasons      2.6  110 h     2.5   17 h     2.4   3.0 h    0  17 min

So a channel of two messages a day that come in bursts raises a little more than it may.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import exp, log

import numpy as np
import numpy.typing as npt

PAST_WEEKS = 8
"""What is worth reading; older messages tell of another rhythm."""
LEAST_MESSAGES = 12
"""With fewer nothing is said."""
HOURS_OF_WEEK = 168
AS_SURE_AS = 2.0
"""Messages that an hour of the week is given beforehand, at the rate of its hour of day; and that one of all hours."""
TAIL_SHARE = 0.25
TAIL_MOST = 40
"""The longest quarter of all silences tells how the long ones fall off; forty say enough."""
TAIL_BEFOREHAND = 4.0
"""Silences of plain chance that are added to those."""
CAUTION = 3.0
"""Aims at so many times fewer false alarms than allowed: eight weeks are a short past."""
STORM, STORM_LEAST = 5.0, 10.0
"""So many times the mean of its hour of day, and so many messages more, count of any one hour."""
LOOKS = timedelta(days=10), timedelta(days=400)
"""How far ahead an alarm is looked for; further is never."""
HOUR = 3600.0
HOURS_A_YEAR = 8766.0

Numbers = npt.NDArray[np.float64]
Blind = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a channel did in the weeks that were learnt."""

    rates: Numbers
    """Messages an hour, by hour of the week, Monday first. Zero for an hour that was never watched: nothing follows
    from silence then."""
    zone: tzinfo
    quiet_days: frozenset[date]
    messages: int
    a_year: float
    """Messages, and so silences, in a year like these weeks."""
    tail_from: float
    """Silences longer than this, in messages to be expected, are the tail; `tail_share` of all are."""
    tail_share: float
    tail_count: float
    tail_sum: float
    """How far they reach beyond `tail_from`, together."""

    def expected(self, start: datetime, end: datetime) -> float:
        """Messages that were to be expected between the two instants (aware)."""
        return float(np.diff(self.clock(start, end, np.array([start.timestamp(), end.timestamp()])))[0])

    def clock(self, start: datetime, end: datetime, instants: Numbers) -> Numbers:
        """Messages to be expected since the hour of `start` at each instant (Unix seconds, between the two)."""
        edges = _hours(start, end)
        cells = _cells(edges, self.zone, self.quiet_days)
        return _clock(edges, self.rates[cells], np.ones(len(edges)), instants)

    def threshold(self, false_alarms_per_year: float) -> float:
        """How many messages have to be missing for an alarm."""
        often = CAUTION * self.a_year / false_alarms_per_year
        in_tail = max(1.0, self.tail_share * often)
        beyond = self.tail_sum * (in_tail ** (1 / self.tail_count) - 1)
        return float(max(self.tail_from + beyond, log(max(often, 1.0)), 1.0))

    def chance(self, expected: float) -> float:
        """Of a silence in which so many messages or more were to be expected, among all silences."""
        beyond = max(0.0, expected - self.tail_from)
        tail = self.tail_share * (1 + beyond / self.tail_sum) ** -self.tail_count if beyond else 1.0
        return float(max(exp(-expected), tail))


@dataclass(frozen=True, slots=True)
class Silence:
    """How the present silence is to be taken."""

    since: datetime | None
    """The last message; None where there never was one."""
    expected_messages: float | None
    """That should have come since; None: too little is known of this channel."""
    probability: float | None
    """Of a silence as long as this, among all silences of this channel; None likewise."""
    is_alarm: bool
    quiet_until_alarm: datetime | None
    """When it is an alarm if nothing comes; aware, UTC. None: never, there is too little to say."""


def learn(
    arrivals: Sequence[datetime],
    *,
    watched_since: datetime,
    zone: tzinfo = UTC,
    quiet_days: Collection[date] = (),
    blind: Blind = (),
) -> Rhythm | None:
    """`arrivals`: instants (aware, any order) of the last `PAST_WEEKS`; None where they are too few to say anything.

    `watched_since`: from when on we listened. `zone`: whose hours the channel keeps. `quiet_days`: holidays there,
    which count as Sundays. `blind`: times in which we know that nothing could reach us.

    The rate of an hour of the week is a gamma prior and a Poisson count: drawn to its hour of day, which is drawn to
    the mean of all hours, by two messages each: with few messages all hours are alike, with many each is its own.
    Time is then counted in messages to be expected, in which a steady channel's silences are exponential with mean 1;
    what bursts and uneven days make longer is read from its own longest silences (peaks over a threshold, with the
    chance of a further one as the posterior of an exponential tail gives it). The time since the last message is not
    learnt from. Source: A. C. Davison, R. L. Smith, Models for exceedances over high thresholds (1990), for the tail.
    """
    said = np.sort(np.array([one.timestamp() for one in arrivals], dtype=float))
    said = said[said >= watched_since.timestamp()]
    if len(said) < LEAST_MESSAGES:
        return None
    last = datetime.fromtimestamp(said[-1], UTC)
    edges = _hours(watched_since, last)
    seen = _seen(edges, watched_since.timestamp(), said[-1], blind)
    cells = _cells(edges, zone, quiet_days)
    counts = _without_storms(cells, seen, np.bincount(_place(edges, said), minlength=len(edges)).astype(float))
    begun, gaps = _gaps(edges, cells, seen, counts, said)
    count = int(min(TAIL_MOST, max(1, len(gaps) * TAIL_SHARE)))
    start = float(np.partition(gaps, -count - 1)[-count - 1])
    is_long = gaps > start
    # Long silences of one day have one cause: together they count as one when it comes to how sure we are.
    days = len(np.unique(begun[is_long] // (24 * HOUR))) + TAIL_BEFOREHAND
    mean = ((gaps[is_long] - start).sum() + TAIL_BEFOREHAND) / (is_long.sum() + TAIL_BEFOREHAND)
    return Rhythm(
        rates=_rates(cells, seen, counts),
        zone=zone,
        quiet_days=frozenset(quiet_days),
        messages=len(said),
        a_year=len(said) / max(float(seen.sum()), 1.0) * HOURS_A_YEAR,
        tail_from=start,
        tail_share=count / len(gaps),
        tail_count=float(days),
        tail_sum=float(mean * days),
    )


def _gaps(
    edges: Numbers, cells: npt.NDArray[np.int64], seen: Numbers, counts: Numbers, said: Numbers
) -> tuple[Numbers, Numbers]:
    """When each silence began, and how long it was in messages to be expected by the *other* weeks."""
    weeks = ((edges - edges[0]) // (HOURS_OF_WEEK * HOUR)).astype(np.int64)
    rates = np.empty(len(edges))
    for week in np.unique(weeks):
        here = weeks == week
        others = ~here if seen[~here].sum() else here
        rates[here] = _rates(cells[others], seen[others], counts[others])[cells[here]]
    return said[:-1], np.diff(_clock(edges, rates, seen, said))


def silence(rhythm: Rhythm | None, *, last: datetime | None, now: datetime, false_alarms_per_year: float) -> Silence:
    """Of the time between the last message and now, or from when on we listen again, where that is later."""
    if rhythm is None or last is None:
        return Silence(last, None, None, is_alarm=False, quiet_until_alarm=None)
    threshold = rhythm.threshold(false_alarms_per_year)
    expected = rhythm.expected(last, max(now, last))
    return Silence(
        since=last,
        expected_messages=expected,
        probability=rhythm.chance(expected),
        is_alarm=expected >= threshold,
        quiet_until_alarm=_when(rhythm, last, threshold),
    )


def _when(rhythm: Rhythm, last: datetime, threshold: float) -> datetime | None:
    for look in LOOKS:
        end = last + look
        edges = np.concatenate(([last.timestamp()], _hours(last, end)[1:]))
        clock = rhythm.clock(last, end, edges)
        missing = clock - clock[0]
        place = int(np.searchsorted(missing, threshold))
        if place < len(missing):
            share = (threshold - missing[place - 1]) / (missing[place] - missing[place - 1])
            return datetime.fromtimestamp(edges[place - 1] + share * (edges[place] - edges[place - 1]), UTC)
    return None


def _rates(cells: npt.NDArray[np.int64], seen: Numbers, counts: Numbers) -> Numbers:
    """Messages an hour, by hour of the week."""
    found = np.bincount(cells, counts, HOURS_OF_WEEK)
    hours = np.bincount(cells, seen, HOURS_OF_WEEK)
    mean = (found.sum() + 0.5) / max(float(hours.sum()), 1.0)
    by_day = found.reshape(7, 24).sum(axis=0), hours.reshape(7, 24).sum(axis=0)
    of_day = (by_day[0] + AS_SURE_AS) / (by_day[1] + AS_SURE_AS / mean)
    rates = (found + AS_SURE_AS) / (hours + AS_SURE_AS / np.tile(of_day, 7))
    return np.where(hours >= 0.5, rates, 0.0)


def _without_storms(cells: npt.NDArray[np.int64], seen: Numbers, counts: Numbers) -> Numbers:
    """What one hour has far more of than its hour of day is no rhythm: a back-fill of a month, or a storm."""
    hours = cells % 24
    watched = np.maximum(np.bincount(hours, seen, 24), 1.0)
    for _ in range(3):  # the storm itself raises the mean, less each time
        usual = (np.bincount(hours, counts, 24) / watched)[hours]
        counts = np.minimum(counts, usual * STORM + STORM_LEAST)
    return counts


def _hours(start: datetime, end: datetime) -> Numbers:
    """Beginnings of the hours from that of `start` to that of `end`, in Unix seconds."""
    first, last = start.timestamp() // HOUR, end.timestamp() // HOUR
    return np.arange(first, last + 1) * HOUR


def _cells(edges: Numbers, zone: tzinfo, quiet_days: Collection[date]) -> npt.NDArray[np.int64]:
    """Hour of the week on the clocks of `zone`, by the middle of the hour."""
    middles = [datetime.fromtimestamp(edge + HOUR / 2, zone) for edge in edges]
    days = (6 if middle.date() in quiet_days else middle.weekday() for middle in middles)
    return np.array([day * 24 + middle.hour for day, middle in zip(days, middles, strict=True)], dtype=np.int64)


def _seen(edges: Numbers, start: float, end: float, blind: Blind) -> Numbers:
    """The part of each hour in which we listened."""
    seen = _overlap(edges, start, end)
    for gone, back in blind:
        seen = seen - _overlap(edges, max(gone.timestamp(), start), min(back.timestamp(), end))
    return np.asarray(np.clip(seen, 0.0, 1.0))


def _overlap(edges: Numbers, start: float, end: float) -> Numbers:
    return np.asarray(np.clip(np.minimum(edges + HOUR, end) - np.maximum(edges, start), 0.0, HOUR) / HOUR)


def _place(edges: Numbers, instants: Numbers) -> npt.NDArray[np.int64]:
    return np.asarray((instants - edges[0]) // HOUR, dtype=np.int64)


def _clock(edges: Numbers, rates: Numbers, seen: Numbers, instants: Numbers) -> Numbers:
    """Messages to be expected from the first edge to each instant. A half-seen hour runs at half speed."""
    speed = rates * seen
    before = np.concatenate(([0.0], np.cumsum(speed)))
    place = _place(edges, instants)
    return np.asarray(before[place] + speed[place] * (instants - edges[place]) / HOUR)
