"""What a unit of work costs, read from what `python -m benchmarks.load --json` wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

TIERS = ("noise", "saved reply", "personal reply", "high priority")


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds a message, or an effect, by who works: our process, the database's processor, or nobody (the disk)."""

    own: float
    database: float = 0.0
    idle: float = 0.0

    @property
    def wall(self) -> float:
        return self.own + self.database + self.idle


@dataclass(frozen=True, slots=True)
class Costs:
    store: Step
    judge: Step
    verdicts: Step
    triage: Step
    deliver: Step
    judge_job: float
    hand_job: float
    effects: float
    """A message, on average."""
    shares: tuple[float, float, float, float]
    """Of the messages, by tier."""
    one_writer: bool
    """SQLite: whoever writes keeps all others from writing."""


def costs_of(found: Mapping[str, Any], database: str) -> Costs:
    """Medians over the rounds. Raises: KeyError where this database was not measured."""
    measured = [each for each in found["costs"] if each["database"] == database]
    if not measured:
        raise KeyError(database)
    steps = {name: _step([each for each in measured], name) for name in measured[0]["stages"]}
    return Costs(
        store=steps["store"],
        judge=steps["judge"],
        verdicts=steps["verdicts"],
        triage=steps["triage"],
        deliver=steps["deliver"],
        judge_job=median(each["judge_job"] for each in measured),
        hand_job=median(each["hand_job"] for each in measured),
        effects=median(each["effects"] for each in measured),
        shares=_shares(found, database),
        one_writer=database == "SQLite",
    )


def _step(measured: Sequence[Mapping[str, Any]], name: str) -> Step:
    own = median(each["stages"][name]["processor"] for each in measured)
    rest = max(0.0, median(each["stages"][name]["wall"] for each in measured) - own)
    share = median(each["database_share"] for each in measured)
    return Step(own, rest * share, rest * (1 - share))


def _shares(found: Mapping[str, Any], database: str) -> tuple[float, float, float, float]:
    sums = [0, 0, 0, 0]
    for run in found["runs"]:
        if run["database"] == database:
            for place, tier in enumerate(TIERS):
                sums[place] += run["to_decision"].get(tier, {"count": 0})["count"]
    whole = sum(sums) or 1
    return sums[0] / whole, sums[1] / whole, sums[2] / whole, sums[3] / whole
