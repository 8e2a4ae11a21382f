"""What was measured: every run is kept; the median stands for them, with the least and the most beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Round = Callable[[], float]
"""Does the work once and gives the seconds it took."""


@dataclass(frozen=True, slots=True)
class Figure:
    group: str
    name: str
    messages: int
    seconds: tuple[float, ...]
    """One per round, in order."""
    note: str = ""
    share: float | None = None
    """Of the whole this is a part of, 0 to 1."""

    @property
    def rates(self) -> tuple[float, ...]:
        """Messages a second, one per round."""
        return tuple(self.messages / each for each in self.seconds)

    @property
    def rate(self) -> float:
        return median(self.rates)


@dataclass(frozen=True, slots=True)
class Missing:
    """What could not be measured here, and why."""

    group: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as many messages a second `ours` takes as `peer`, round by round of the same run."""

    ours: Figure
    peer: Figure

    @property
    def rounds(self) -> tuple[float, ...]:
        return tuple(ours / peer for ours, peer in zip(self.ours.rates, self.peer.rates, strict=True))

    @property
    def middle(self) -> float:
        return median(self.rounds)


def interleaved(rounds: Mapping[str, Round], *, times: int) -> dict[str, tuple[float, ...]]:
    """A B C, A B C, …: what slows the machine down for a while slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in rounds}
    for _ in range(times):
        for name, run in rounds.items():
            taken[name].append(run())
    return {name: tuple(seconds) for name, seconds in taken.items()}


def as_json(found: Sequence[Figure | Missing | Ratio]) -> dict[str, list[dict[str, object]]]:
    return {
        "figures": [_figure_as_json(each) for each in found if isinstance(each, Figure)],
        "ratios": [_ratio_as_json(each) for each in found if isinstance(each, Ratio)],
        "not_measured": [
            {"group": each.group, "name": each.name, "reason": each.reason}
            for each in found
            if isinstance(each, Missing)
        ],
    }


def _figure_as_json(figure: Figure) -> dict[str, object]:
    rates = [round(rate, 2) for rate in figure.rates]
    return {
        "group": figure.group,
        "name": figure.name,
        "messages": figure.messages,
        "seconds": [round(each, 4) for each in figure.seconds],
        "messages_per_second": {"median": round(figure.rate, 2), "least": min(rates), "most": max(rates)},
        "share": None if figure.share is None else round(figure.share, 4),
        "note": figure.note,
    }


def _ratio_as_json(ratio: Ratio) -> dict[str, object]:
    rounds = [round(each, 3) for each in ratio.rounds]
    return {
        "ours": f"{ratio.ours.group}: {ratio.ours.name}",
        "peer": f"{ratio.peer.group}: {ratio.peer.name}",
        "times": {"median": round(ratio.middle, 3), "least": min(rounds), "most": max(rounds)},
    }
