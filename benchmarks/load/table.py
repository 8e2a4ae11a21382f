"""What the load figures say, as tables."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.load.costs import Costs
from benchmarks.load.run import MEGABYTE, LoadRun
from benchmarks.report import PAPER_WIDTH

STAGES = {"door": "door", "classify_mentions": "judging", "triage_mentions": "triage", "deliver_each": "delivery"}


def show_load(runs: Sequence[LoadRun], costs: Sequence[Costs]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=PAPER_WIDTH)
    console.print(_waits(runs))
    console.print(_shares(runs))
    console.print(_costs(costs))


def _waits(runs: Sequence[LoadRun]) -> Table:
    table = Table("database", "judges", "asked, 1/s", "done, 1/s", "to ticket p50, s", "p95", "p99", title="Seconds")
    table.add_column("tier 3 p95")
    table.add_column("noise decided p95")
    table.add_column("memory, MB")
    for run in runs:
        found = run.outcome
        cuts = [_seconds(found.to_ticket.at(percent)) for percent in (50, 95, 99)]
        noise = found.decided.get("noise")
        table.add_row(
            run.database,
            str(run.judges),
            "all at once" if run.asked_rate is None else f"{run.asked_rate:.1f}",
            f"{run.rate:.1f}",
            *cuts,
            _seconds(found.urgent_tickets.at(95)),
            _seconds(noise.at(95)) if noise is not None else "–",
            f"{run.watch.peak_memory / MEGABYTE:,.0f}",
        )
    return table


def _shares(runs: Sequence[LoadRun]) -> Table:
    """Of the time in which any process was busy with a job."""
    table = Table("database", "judges", "asked", *STAGES.values(), "other", title="Share of busy time by stage")
    for run in runs:
        whole = sum(run.busy.values()) or 1.0
        merged = dict(run.busy) | {"deliver_each": run.busy.get("deliver_each", 0.0) + run.busy.get("deliver", 0.0)}
        shares = [merged.get(job, 0.0) / whole for job in STAGES]
        asked = "all at once" if run.asked_rate is None else f"{run.asked_rate:.1f}"
        table.add_row(
            run.database, str(run.judges), asked, *(f"{share:.0%}" for share in shares), f"{1 - sum(shares):.0%}"
        )
    return table


def _costs(costs: Sequence[Costs]) -> Table:
    table = Table(
        "database", "stage", "wall, ms", "own processor, ms", title="One process, nothing else: cost by stage"
    )
    for each in costs:
        for name, cost in each.stages.items():
            of = f"{name}, an effect" if name == "deliver" else f"{name}, a message"
            table.add_row(each.database, of, f"{cost.wall * 1000:.2f}", f"{cost.processor * 1000:.2f}")
        table.add_row(each.database, "a job of a judge", f"{each.judge_job * 1000:.1f}", "")
        table.add_row(each.database, "a job of the hands", f"{each.hand_job * 1000:.1f}", "")
    return table


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
