"""Has what arrives, or how it is judged, changed since the live version began: per language and channel.

Two questions: are complaint scores spread as they were (population stability index), and is as much left to people
as it was (shares with their intervals).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from measure.shares import Z_99, Share, share
from models import SCORE_STEPS, ScoreCounts

PARTS = 10
"""Into so many parts of equal share the first days' scores are cut, as is usual for this index."""
WATCH_FROM, ALARM_FROM = 0.1, 0.25
"""Limits of the index in use since credit scoring: below the first nothing to speak of, from the second a change."""
LEAST_MESSAGES = 500
"""In each of the two times. With fewer, chance alone moves the index: by about 2 × (parts - 1) / messages."""
LEAST_POINTS = 0.05
"""A change of the unsure share that people notice: five points."""
ALL = "all"


class Level(StrEnum):
    """The worst of several is the last."""

    UNKNOWN = "unknown"
    STEADY = "steady"
    WATCH = "watch"
    ALARM = "alarm"


ORDER = tuple(Level)


@dataclass(frozen=True, slots=True)
class GroupDrift:
    """One language on one channel; `all` stands for every one."""

    lang: str
    channel: str
    level: Level
    stability_index: float
    unsure_before: Share
    unsure_now: Share
    why: tuple[str, ...]
    """What raised the level, in words."""

    @property
    def name(self) -> str:
        return f"{self.lang} on {self.channel}"


def drift(before: Sequence[ScoreCounts], now: Sequence[ScoreCounts]) -> list[GroupDrift]:
    """Each group, all together first. Groups with too few messages in either time are `unknown`."""
    earlier = {(one.lang, one.channel): one for one in [_all(before), *before]}
    later = {(one.lang, one.channel): one for one in [_all(now), *now]}
    nothing = (0,) * SCORE_STEPS
    return [
        _compared(earlier.get(key) or ScoreCounts(*key, nothing, 0), later.get(key) or ScoreCounts(*key, nothing, 0))
        for key in dict.fromkeys([*earlier, *later])
    ]


def worst(groups: Iterable[GroupDrift]) -> Level:
    return max((one.level for one in groups), key=ORDER.index, default=Level.UNKNOWN)


def _all(groups: Sequence[ScoreCounts]) -> ScoreCounts:
    steps = tuple(sum(one.steps[at] for one in groups) for at in range(SCORE_STEPS))
    return ScoreCounts(ALL, ALL, steps, sum(one.unsure for one in groups))


def _compared(before: ScoreCounts, now: ScoreCounts) -> GroupDrift:
    unsure = share(before.unsure, before.total, z=Z_99), share(now.unsure, now.total, z=Z_99)
    if min(before.total, now.total) < LEAST_MESSAGES:
        return GroupDrift(now.lang, now.channel, Level.UNKNOWN, 0.0, *unsure, why=("too few messages",))
    index = stability_index(before.steps, now.steps)
    findings = [*_of_scores(index), *_of_unsure(*unsure)]
    level = max((level for level, _ in findings), key=ORDER.index, default=Level.STEADY)
    return GroupDrift(now.lang, now.channel, level, index, *unsure, why=tuple(words for _, words in findings))


def _of_scores(index: float) -> list[tuple[Level, str]]:
    if index < WATCH_FROM:
        return []
    return [(Level.ALARM if index >= ALARM_FROM else Level.WATCH, f"complaint scores moved (index {index:.2f})")]


def _of_unsure(before: Share, now: Share) -> list[tuple[Level, str]]:
    if before.low <= now.high and now.low <= before.high:
        return []
    is_large = abs(now.value - before.value) >= LEAST_POINTS
    words = f"left to people {now.value:.1%}, was {before.value:.1%}"
    return [(Level.ALARM if is_large else Level.WATCH, words)]


def stability_index(before: Sequence[int], now: Sequence[int]) -> float:
    """Sum over parts of (share now - share before) × ln(share now / share before).

    Half a message is added to each part, so that an empty one has no infinite weight.
    """
    ends = _ends_of_equal_shares(before)
    old, new = _shares(before, ends), _shares(now, ends)
    return sum((b - a) * log(b / a) for a, b in zip(old, new, strict=True))


def _ends_of_equal_shares(steps: Sequence[int]) -> list[int]:
    """Where to cut, so that each part holds about a tenth of what was counted; a step that holds more is a part."""
    total, passed, tenth, ends = sum(steps), 0, 1, list[int]()
    for at, count in enumerate(steps, 1):
        passed += count
        if passed * PARTS >= total * tenth:
            ends.append(at)
            tenth = passed * PARTS // total + 1
    return [*ends[:-1], len(steps)]


def _shares(steps: Sequence[int], ends: Sequence[int]) -> list[float]:
    starts = [0, *ends[:-1]]
    counted = [sum(steps[start:end]) + 0.5 for start, end in zip(starts, ends, strict=True)]
    return [one / sum(counted) for one in counted]
