"""What a chart shows, as the table that stands beside it: the script draws what the table says, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.languages import _


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    colour: str
    """One of the colours of the style sheet: red, amber, green, violet, accent, soft."""
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    id: str
    title: str
    kind: str
    """`columns` or `bars`; series are stacked."""
    along: str
    """What the places are, as head of the table's first column."""
    places: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def is_empty(self) -> bool:
        return not any(any(one.numbers) for one in self.series)

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        return [(place, tuple(one.numbers[number] for one in self.series)) for number, place in enumerate(self.places)]

    @property
    def said(self) -> str:
        """The chart in one sentence, for who does not see it."""
        sums = [f"{sum(one.numbers)} {one.name.lower()}" for one in self.series]
        return _("%(title)s: %(sums)s. The numbers are in the table below.", title=self.title, sums=", ".join(sums))


def chart(
    name: str,
    title: str,
    *,
    kind: str,
    along: str,
    places: Sequence[str],
    series: Sequence[tuple[str, str, Sequence[int]]],
) -> Chart:
    made = tuple(Series(called, colour, tuple(numbers)) for called, colour, numbers in series)
    return Chart(name, title, kind, along, tuple(places), made)
