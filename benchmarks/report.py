"""The figures as one table."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Missing, Ratio

PAPER_WIDTH = 170
"""Characters, where the table goes into a file."""

Row = Figure | Missing | Ratio


def show(facts: Mapping[str, object], found: Sequence[Row]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=PAPER_WIDTH)
    for name, value in facts.items():
        console.print(f"{name}: {value}", highlight=False, markup=False, soft_wrap=True)
    table = Table("what", "messages/s", "least to most", "share", "note", title="messages a second, medians")
    for group, rows in groupby(found, key=_group):
        table.add_section()
        table.add_row(f"[bold]{group}[/]")
        for row in rows:
            table.add_row(*_cells(row))
    console.print(table)


def _group(row: Row) -> str:
    return "ours / peer, same run" if isinstance(row, Ratio) else row.group


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    if isinstance(row, Missing):
        return f"  {row.name}", "–", "", "", f"not measured: {row.reason}"
    if isinstance(row, Ratio):
        name = f"  {row.ours.group}: {row.ours.name} / {row.peer.name}"
        return name, f"{row.middle:.2f} x", f"{min(row.rounds):.2f} to {max(row.rounds):.2f}", "", ""
    share = "" if row.share is None else f"{row.share:.0%}"
    return f"  {row.name}", f"{row.rate:,.0f}", f"{min(row.rates):,.0f} to {max(row.rates):,.0f}", share, row.note
