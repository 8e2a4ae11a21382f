"""One flat sheet of figures: the page, the files, the command and the weekly report all show its rows."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from measure.handling_definitions import DEFINITIONS, Unit
from measure.shares import share

Place = tuple[str, str, str]
"""(figure, group, value in the group); the last two are empty for all."""


@dataclass(frozen=True, slots=True)
class Figure:
    key: str
    group: str
    """Name in `GROUPS`; empty for all."""
    name: str
    """The value in the group; empty for all."""
    unit: Unit
    count: int
    """What was counted; of a share: all of which the share is."""
    value: float | None
    """Share, or mean; the number itself where the unit is a count of things. None where nothing was counted."""
    median: float | None = None
    p90: float | None = None
    """A value that occurred (nearest rank)."""
    low: float | None = None
    high: float | None = None
    """Interval that holds the true share in 95 of 100 cases."""
    left_out: tuple[tuple[str, int], ...] = ()
    """Code in `LEFT_OUT` and how many; for all only."""


class Sheet:
    """Collects, and gives the figures. With `behind` it also keeps the cases of that one place."""

    def __init__(self, *, behind: Place | None = None) -> None:
        self._spans: defaultdict[Place, array[float]] = defaultdict(lambda: array("d"))
        self._shares: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0])
        self._counts: Counter[Place] = Counter()
        self._left_out: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._behind = behind
        self.cases: list[tuple[int, float]] = []
        """(case, value) behind the place asked for; of a share 1 or 0."""

    def span(self, key: str, case_id: int, amount: float, groups: Mapping[str, str]) -> None:
        """`amount` is never counted below nothing: a clock of a platform may run ahead of ours."""
        for place in _places(key, groups):
            self._spans[place].append(max(0.0, amount))
            self._keep(place, case_id, max(0.0, amount))

    def share(self, key: str, case_id: int, *, is_hit: bool, groups: Mapping[str, str]) -> None:
        for place in _places(key, groups):
            self._shares[place][0] += is_hit
            self._shares[place][1] += 1
            self._keep(place, case_id, float(is_hit))

    def count(self, key: str, case_id: int, groups: Mapping[str, str]) -> None:
        for place in _places(key, groups):
            self._counts[place] += 1
            self._keep(place, case_id, 1.0)

    def leave_out(self, key: str, why: str, number: int = 1) -> None:
        self._left_out[key][why] += number

    def _keep(self, place: Place, case_id: int, value: float) -> None:
        if place == self._behind:
            self.cases.append((case_id, value))

    def figures(self) -> list[Figure]:
        """In the order of the definitions; all first, then by group and value."""
        found = [self._spread(place, values) for place, values in self._spans.items()]
        found += [self._share(place, *numbers) for place, numbers in self._shares.items()]
        found += [self._count(place, number) for place, number in self._counts.items()]
        known = {(one.key, one.group) for one in found}
        empty = [key for key in self._left_out if (key, "") not in known]
        found += [Figure(key, "", "", DEFINITIONS[key].unit, 0, None, left_out=self._why(key)) for key in empty]
        order = list(DEFINITIONS)
        return sorted(found, key=lambda one: (order.index(one.key), one.group, one.name))

    def _spread(self, place: Place, values: "array[float]") -> Figure:
        ordered = sorted(values)
        count = len(ordered)
        middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
        ninetieth = ordered[ceil(0.9 * count) - 1]
        mean = sum(ordered) / count
        return Figure(
            *place, DEFINITIONS[place[0]].unit, count, mean, middle, ninetieth, left_out=self._left_out_of(place)
        )

    def _share(self, place: Place, hits: int, total: int) -> Figure:
        known, unit = share(hits, total), DEFINITIONS[place[0]].unit
        left_out = self._left_out_of(place)
        return Figure(*place, unit, total, known.value, low=known.low, high=known.high, left_out=left_out)

    def _count(self, place: Place, number: int) -> Figure:
        return Figure(*place, DEFINITIONS[place[0]].unit, number, float(number), left_out=self._left_out_of(place))

    def _left_out_of(self, place: Place) -> tuple[tuple[str, int], ...]:
        return self._why(place[0]) if not place[1] else ()

    def _why(self, key: str) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(self._left_out[key].items())) if key in self._left_out else ()


def _places(key: str, groups: Mapping[str, str]) -> list[Place]:
    return [(key, "", ""), *((key, group, name) for group, name in groups.items())]
