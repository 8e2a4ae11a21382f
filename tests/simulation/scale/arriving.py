"""What comes to the door of a simulated site."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

import simpy

from benchmarks.load.arrivals import MOST_IN_A_PAGE
from tests.simulation.scale.site import Lot, Site, Steps


def at_once(site: Site, number: int, shares: Sequence[float], *, seed: int = 1) -> None:
    """All wait at the start, in pages as the benchmark's door reads them."""
    chance = Random(seed)
    for start in range(0, number, MOST_IN_A_PAGE):
        site.comes(lots_of(0.0, min(MOST_IN_A_PAGE, number - start), shares, chance))


def flowing(
    site: Site,
    seconds: float,
    rate_at: Callable[[float], float],
    shares: Sequence[float],
    *,
    door: float,
    seed: int = 1,
) -> simpy.Process:
    """For so long, a page each `door` seconds at each instant's rate, in pages of at most `MOST_IN_A_PAGE`."""

    def steps() -> Steps:
        chance, owed = Random(seed), 0.0
        while site.env.now < seconds:
            yield site.env.timeout(door)
            owed += rate_at(site.env.now) * door
            number, owed = int(owed), owed % 1
            while number:
                some = min(number, MOST_IN_A_PAGE)
                site.comes(lots_of(site.env.now - door / 2, some, shares, chance))
                number -= some

    return site.env.process(steps())


def lots_of(when: float, number: int, shares: Sequence[float], chance: Random) -> list[Lot]:
    """So many messages, each of a tier by chance."""
    edges = list(accumulate(shares))
    counts = [0] * len(shares)
    if number > 1000:
        counts = [round(number * share) for share in shares]
        counts[0] += number - sum(counts)
    else:
        for _ in range(number):
            drawn = chance.random() * edges[-1]
            counts[next(place for place, edge in enumerate(edges) if drawn <= edge)] += 1
    return [(when, tier, count) for tier, count in enumerate(counts) if count]
