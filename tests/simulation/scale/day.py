"""A day of five million messages, with ten minutes in which a hundred times as many come: what waits, how long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.simulation.scale.arriving import flowing
from tests.simulation.scale.costs import Costs
from tests.simulation.scale.site import Machines, Site, at

DAY, HOUR = 86_400.0, 3_600.0
NOISE = 0
SHARES = (0.80, 0.10, 0.08, 0.02)
"""By tier, of a stream that is mostly noise; the bundled sample, made of complaints, would be another thing."""
TARGET_SECONDS = 60.0
"""Of tier 3, from the door to its ticket, at the 99th percentile."""


@dataclass(frozen=True, slots=True)
class Plan:
    messages: int = 5_000_000
    times: float = 100.0
    burst_at: float = 12 * HOUR
    burst: float = 600.0
    length: float = DAY
    door: float = 1.0

    @property
    def base(self) -> float:
        """Messages a second outside the burst."""
        return self.messages / (self.length + (self.times - 1) * self.burst)

    def rate_at(self, when: float) -> float:
        return self.base * (self.times if self.burst_at <= when < self.burst_at + self.burst else 1.0)


@dataclass(frozen=True, slots=True)
class Day:
    machines: Machines
    came: int
    triaged: int
    urgent: tuple[float, float, float]
    """p50, p95, p99 of tier 3, in seconds to the ticket."""
    urgent_in_burst: float
    """p99 of those that came in the burst."""
    noise: tuple[float, float, float]
    """To the decision."""
    hours_to_drain: float
    """After the burst, until everything was worked off; of the whole day's length where it never was."""
    most_jobs: int
    most_at_door: int

    @property
    def is_kept(self) -> bool:
        return self.came == self.triaged and self.urgent_in_burst <= TARGET_SECONDS


def live(costs: Costs, machines: Machines, plan: Plan, *, shares: Sequence[float] = SHARES) -> Day:
    """Until the day is over and nothing waits, at most a day longer."""
    site = Site(costs, machines)
    flowing(site, plan.length, plan.rate_at, shares, door=plan.door)
    drained, most_at_door = 0.0, 0
    ends = plan.burst_at + plan.burst
    now = 0.0
    while now < 2 * plan.length and not (now >= plan.length and site.is_done):
        now += 30.0 if plan.burst_at <= now < ends else 120.0
        site.env.run(until=now)
        most_at_door = max(most_at_door, site.at_door)
        if now > ends and not drained and site.told.came - site.told.triaged < 10 * plan.base + 500:
            drained = now
    told = site.told
    came_in_burst = _within(told.ticket_arrivals, plan.burst_at, ends)
    return Day(
        machines,
        told.came,
        told.triaged,
        _cuts(told.ticket_waits),
        at(came_in_burst, 99),
        _cuts(told.waits[NOISE]),
        ((drained or now) - ends) / HOUR,
        told.most_jobs,
        most_at_door,
    )


def fewest(
    costs: Costs, plan: Plan, tries: Sequence[Machines], *, told: Callable[[Day], None] = lambda _: None
) -> Day | None:
    """The first of `tries` with which tier 3 is in time and nothing is left; all that were tried are told."""
    for machines in tries:
        day = live(costs, machines, plan)
        told(day)
        if day.is_kept:
            return day
    return None


def _within(waits: Sequence[tuple[float, float, int]], begins: float, ends: float) -> list[tuple[float, int]]:
    return [(seconds, number) for came, seconds, number in waits if begins <= came < ends]


def _cuts(waits: Sequence[tuple[float, int]]) -> tuple[float, float, float]:
    return at(waits, 50), at(waits, 95), at(waits, 99)
