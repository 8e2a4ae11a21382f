"""`python -m tests.simulation.scale MEASURED.json`: is the simulation right, which part is full first, and what of a
day of five million messages. MEASURED.json is what `make bench ARGS="--json MEASURED.json"` wrote."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.simulation.scale.arriving import at_once
from tests.simulation.scale.costs import Costs, costs_of
from tests.simulation.scale.day import SHARES, TARGET_SECONDS, Day, Plan, fewest
from tests.simulation.scale.site import Machines, Site

SCALES = (1, 4, 10, 30, 100, 300, 1000)
REDIS_COMMANDS_PER_JOB = 66
JOB_BYTES = 7_500
"""A job of 128 ids in Redis."""


def main() -> int:
    options = _options()
    found = json.loads(options.measured.read_text(encoding="utf-8"))
    console = Console() if sys.stdout.isatty() else Console(width=170)
    console.print(f"measured: {found['facts'].get('machine')}; {found['facts'].get('date')}", highlight=False)
    names = list(dict.fromkeys(each["database"] for each in found["costs"]))
    console.print(_validation(found, names))
    chosen = names[-1]
    console.print(_scales(found, costs_of(found, chosen), chosen))
    if not options.no_day:
        console.print(_day(costs_of(found, chosen), Plan(messages=options.messages), chosen))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.scale", description=__doc__)
    parser.add_argument("measured", type=Path)
    parser.add_argument("--no-day", action="store_true")
    parser.add_argument("--messages", type=int, default=5_000_000, help="in the day (default: 5,000,000)")
    return parser.parse_args()


# is it right


def predicted(costs: Costs, machines: Machines, messages: int) -> tuple[float, Site]:
    """Messages a second at full load, and the site afterwards."""
    site = Site(costs, machines)
    at_once(site, messages, costs.shares)
    while not site.is_done:
        site.env.step()
    return messages / site.told.last, site


def validated(found: dict[str, Any], names: list[str]) -> Iterator[tuple[str, int, float, float]]:
    """(database, judges, messages a second measured, and predicted)."""
    for name in names:
        full = [run for run in found["runs"] if run["database"] == name and run["asked_rate"] is None]
        for judges in sorted({run["judges"] for run in full}):
            same = [run for run in full if run["judges"] == judges]
            rate, _ = predicted(costs_of(found, name), Machines(judges=judges), same[0]["messages"])
            yield name, judges, median(run["rate"] for run in same), rate


def _validation(found: dict[str, Any], names: list[str]) -> Table:
    table = Table("database", "judges", "measured, 1/s", "simulated, 1/s", "error", title="Is the simulation right?")
    for name, judges, measured, simulated in validated(found, names):
        error = simulated / measured - 1
        table.add_row(name, str(judges), f"{measured:.1f}", f"{simulated:.1f}", f"{error:+.0%}")
    return table


# which part is full first


def _scales(found: dict[str, Any], costs: Costs, database: str) -> Table:
    title = f"Full load on {database}, every process with a core of its own: which part is full"
    table = Table(
        "judges", "hands", "doors", "registers", "messages/s", "judges", "register", "hands", "doors", title=title
    )
    table.add_column("database, cores")
    table.add_column("Redis, commands/s")
    for judges in SCALES:
        for hands, doors, registers in _helpers(judges):
            machines = Machines(judges=judges, hands=hands, doors=doors, cores=None, registers=registers)
            rate, site = predicted(costs, machines, min(200_000, 4_000 + 600 * judges))
            table.add_row(
                *map(str, (judges, hands, doors, registers)), f"{rate:,.0f}", *_fullness(site, costs, machines)
            )
    return table


def _helpers(judges: int) -> list[tuple[int, int, int]]:
    """(hands, doors, registers): as shipped; with more hands and doors; and with registers that lock apart."""
    if judges == 1:
        return [(1, 1, 1)]
    more = max(2, judges)
    return [(1, 1, 1), (more, max(1, judges // 8), 1), (more, max(1, judges // 8), max(2, judges // 2))]


def _fullness(site: Site, costs: Costs, machines: Machines) -> list[str]:
    told, seconds = site.told, site.told.last
    judged = told.busy["judge"] + told.busy["verdicts"] + told.busy["job"]
    triaged = costs.triage.wall * told.triaged
    handed = told.busy["fork"] + costs.deliver.wall * told.delivered
    stored = costs.store.wall * told.came
    database = sum(
        step.database * number
        for step, number in (
            (costs.store, told.came),
            (costs.verdicts, told.came),
            (costs.triage, told.triaged),
            (costs.deliver, told.delivered),
        )
    )
    shares = (
        (judged + triaged) / machines.judges,
        triaged / machines.registers,
        handed / machines.hands,
        stored / machines.doors,
    )
    return [
        *(f"{min(share / seconds, 1):.0%}" for share in shares),
        f"{database / seconds:.1f}",
        f"{told.jobs / seconds * REDIS_COMMANDS_PER_JOB:,.0f}",
    ]


# the day


def _day(costs: Costs, plan: Plan, database: str) -> Table:
    said = f"{plan.messages:,} messages, {plan.base:.0f} a second, {plan.times:.0f} times as many for ten minutes"
    shares = ", ".join(f"{share:.0%}" for share in SHARES)
    title = f"A day on {database}: {said}; tiers 0 to 3: {shares}; tier 3 wanted within {TARGET_SECONDS:.0f} s"
    table = Table("judges", "with bulk", "hands", "doors", "came", "triaged", "tier 3 p50", "p95", "p99", title=title)
    for name in ("in the burst p99", "noise p50", "noise p99", "drained after, h", "jobs in Redis", "MB there", "kept"):
        table.add_column(name)

    def add(day: Day) -> None:
        one = day.machines
        table.add_row(
            *map(str, (one.judges, one.with_bulk or "all", one.hands, one.doors)),
            f"{day.came:,}",
            f"{day.triaged:,}",
            *(f"{seconds:.1f}" for seconds in day.urgent),
            f"{day.urgent_in_burst:,.1f}",
            f"{day.noise[0]:,.0f}",
            f"{day.noise[2]:,.0f}",
            f"{day.hours_to_drain:.1f}",
            f"{day.most_jobs:,}",
            f"{day.most_jobs * JOB_BYTES / 1e6:,.0f}",
            "yes" if day.is_kept else "no",
        )

    fewest(costs, plan, list(_tries(costs, plan)), told=add)
    return table


def _tries(costs: Costs, plan: Plan) -> Iterator[Machines]:
    """More judges until they take the burst; hands and doors as many as it needs by their costs, and one pair more."""
    burst = plan.base * plan.times
    doors = max(1, -(-int(burst * costs.store.wall * 10) // 8))
    effects = burst * SHARES[3] * max(1.0, costs.effects / max(costs.shares[3], 0.01))
    hands = max(1, round(effects * (costs.deliver.wall + costs.hand_job / 16) * 1.3))
    needed = burst * (costs.judge.wall + costs.verdicts.wall)
    for share, with_bulk, more in ((0.5, None, 0), (1.0, None, 0), (1.0, 1, 0), (1.0, 1, 1), (1.3, 1, 1), (2.0, 1, 1)):
        judges = max(1, round(needed * share))
        yield Machines(judges=judges, hands=hands + more, doors=doors, cores=None, with_bulk=with_bulk)


if __name__ == "__main__":
    sys.exit(main())
