"""Two classifiers on the same messages: where they agree, where not, and who a person agreed with."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

from measure.shares import Share, share
from models import UNSURE, JudgedTwice, Label

DECISIONS = (*(label.value for label in Label), UNSURE)


@dataclass(frozen=True, slots=True)
class Group:
    """Messages of one language or one channel."""

    name: str
    count: int
    same: Share
    live_unsure: Share
    shadow_unsure: Share
    live_complaints: int
    shadow_complaints: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How complaint scores differ, shadow minus live."""

    mean_difference: float
    half_within: float
    """Half of the messages differ by no more than this."""
    nine_in_ten_within: float


@dataclass(frozen=True, slots=True)
class Corrected:
    """Messages that a person gave a label: who had said so. `unsure` is right about nothing."""

    count: int
    both: int
    only_live: int
    only_shadow: int
    neither: int
    chance: float
    """Of so unequal a split of those that only one had right, if both were equally good (sign test, two-sided)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    all: Group
    by_language: tuple[Group, ...]
    by_channel: tuple[Group, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Row: decision of the live version, column: of the shadow, in the order of `DECISIONS`."""
    scores: Scores
    corrected: Corrected
    disagreements: tuple[JudgedTwice, ...]
    """Those whose decision differs, widest apart in complaint score first."""


def compare(pairs: Sequence[JudgedTwice]) -> Comparison:
    counted = Counter((one.live_decision, one.shadow_decision) for one in pairs)
    apart = [one for one in pairs if one.live_decision != one.shadow_decision]
    return Comparison(
        all=_group("all", pairs),
        by_language=_groups(pairs, lambda one: one.lang),
        by_channel=_groups(pairs, lambda one: one.channel),
        confusion=tuple(tuple(counted[live, shadow] for shadow in DECISIONS) for live in DECISIONS),
        scores=_scores(pairs),
        corrected=_corrected(pairs),
        disagreements=tuple(sorted(apart, key=lambda one: -abs(one.shadow_score - one.live_score))),
    )


def _groups(pairs: Sequence[JudgedTwice], name_of: Callable[[JudgedTwice], str]) -> tuple[Group, ...]:
    """The largest first."""
    sizes = Counter(map(name_of, pairs))
    return tuple(_group(name, [one for one in pairs if name_of(one) == name]) for name, _ in sizes.most_common())


def _group(name: str, pairs: Sequence[JudgedTwice]) -> Group:
    return Group(
        name=name,
        count=len(pairs),
        same=share(sum(one.live_decision == one.shadow_decision for one in pairs), len(pairs)),
        live_unsure=share(sum(one.live_decision == UNSURE for one in pairs), len(pairs)),
        shadow_unsure=share(sum(one.shadow_decision == UNSURE for one in pairs), len(pairs)),
        live_complaints=sum(one.live_decision == Label.COMPLAINT for one in pairs),
        shadow_complaints=sum(one.shadow_decision == Label.COMPLAINT for one in pairs),
    )


def _scores(pairs: Sequence[JudgedTwice]) -> Scores:
    if not pairs:
        return Scores(0.0, 0.0, 0.0)
    differences = [one.shadow_score - one.live_score for one in pairs]
    sizes = sorted(map(abs, differences))
    half, most = sizes[(len(sizes) - 1) // 2], sizes[(len(sizes) - 1) * 9 // 10]
    return Scores(sum(differences) / len(differences), half, most)


def _corrected(pairs: Sequence[JudgedTwice]) -> Corrected:
    told = [one for one in pairs if one.correction is not None]
    split = Counter((one.live_decision == one.correction, one.shadow_decision == one.correction) for one in told)
    only_live, only_shadow = split[True, False], split[False, True]
    chance = _chance_of_split(only_live, only_shadow)
    return Corrected(len(told), split[True, True], only_live, only_shadow, split[False, False], chance)


def _chance_of_split(one: int, other: int) -> float:
    total, fewer = one + other, min(one, other)
    return min(1.0, 2 * sum(comb(total, k) for k in range(fewer + 1)) / 2**total) if total else 1.0
