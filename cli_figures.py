"""`earshot figures`: how cases were handled in a period."""

import csv
import json
import sys
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli_start import day, errors, ready
from flow.figures import Choice, Rules, escalation_chart, figures_of
from measure.handling_definitions import DEFINITIONS, GROUPS, Unit
from measure.handling_export import COLUMNS, rows, safe
from measure.handling_sheet import Figure
from measure.periods import Period, between, named
from models.errors import SetupError
from triage.working_time import working_time_of

FORMATS = ("table", "csv", "json")

figure_commands = typer.Typer()


@figure_commands.command(epilog="Example: earshot figures --from 2026-11-01 --to 2026-11-21 --format csv > figures.csv")
def figures(
    period: Annotated[str, typer.Option(help="2026-W47, 2026-11, 2026Q4; or give --from and --to.")] = "",
    start: Annotated[str | None, typer.Option("--from", help="First day, local, e.g. 2026-11-01.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
    team: Annotated[str, typer.Option(help="Only this team.")] = "",
    product: Annotated[str, typer.Option(help="Only this product.")] = "",
) -> None:
    """Figures of a period from the event log, each with its definition (csv, json); docs/figures.md lists them."""
    if format not in FORMATS:
        raise SetupError(f"--format {format!r} is not known; use one of {', '.join(FORMATS)}")
    choice, engine = Choice(_period(period, start, end), channel, team, product), ready()
    settings, policy, now = engine.settings, engine.policy, engine.now()
    cap: timedelta = settings.handling_cap
    rules = Rules(policy.zone, working_time_of(policy).between, cap, settings.handling_rate)
    with engine.store.reading() as transaction:
        found, _ = figures_of(transaction, choice, rules, now=now)
        charts = escalation_chart(transaction, choice, policy.zone, now=now)
    if format == "table":
        Console().print(_table(found))
    else:
        lines = list(rows(found, charts, choice.period, known_at=now))
        if format == "csv":
            writer = csv.DictWriter(sys.stdout, COLUMNS)
            writer.writeheader()
            writer.writerows(lines)
        else:
            sys.stdout.write(json.dumps({"figures": lines}, ensure_ascii=False, indent=1) + "\n")
    errors.print(f"{choice.period.name}: {len(found)} figures", markup=False)


def _period(name: str, start: str | None, end: str | None) -> Period:
    """Raises: SetupError unless there is either a name or both days."""
    if name and not (start or end):
        return named(name)
    if name or not (start and end):
        raise SetupError("say which period: --period 2026-W47, or --from 2026-11-01 --to 2026-11-21")
    return between(day(start, "--from"), day(end, "--to"))


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None)
    for name in ("figure", "of", "count", "value", "median", "90 %"):
        table.add_column(name)
    for one in figures:
        of = f"{GROUPS[one.group]}: {safe(one.name)}" if one.group else ""
        value = f"{one.value:.1%}" if one.unit is Unit.SHARE and one.value is not None else _amount(one, one.value)
        numbers = (str(one.count), value, _amount(one, one.median), _amount(one, one.p90))
        table.add_row(DEFINITIONS[one.key].name, of, *numbers)
    return table


def _amount(one: Figure, number: float | None) -> str:
    if number is None:
        return ""
    return f"{number / 3600:.1f} h" if one.unit is Unit.SECONDS else f"{number:.1f}"
