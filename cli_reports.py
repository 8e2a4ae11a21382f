"""`earshot report …`: what is handed to the board."""

from pathlib import Path
from typing import Annotated

import typer

from cli_start import day, errors, ready, whole_file
from flow.reports import board_of
from measure.periods import Period, between, named
from models.errors import SetupError
from reports.content import report
from reports.page import as_html
from reports.pdf import as_pdf

FORMATS = {"html": as_html, "pdf": as_pdf}

report_commands = typer.Typer(help="Reports made from the register.", no_args_is_help=True)


@report_commands.command(epilog="Example: earshot report board --period 2026H1 --format pdf --out board.pdf")
def board(
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    period: Annotated[str, typer.Option(help="2026, 2026H1, 2026Q3 or 2026-07; or give --from and --to.")] = "",
    start: Annotated[str | None, typer.Option("--from", help="First day, local, e.g. 2026-01-01.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
    format: Annotated[str, typer.Option(help="html or pdf; default: as the file's name ends, else html.")] = "",
    earlier: Annotated[int, typer.Option(min=0, max=12, help="So many earlier periods are shown beside it.")] = 3,
) -> None:
    """Figures, causes, timeliness and systemic issues of a period; each number with its definition, nobody named."""
    kind = format or (out.suffix.lstrip(".").lower() if out is not None else "") or "html"
    if kind not in FORMATS:
        raise SetupError(f"--format {kind!r} is not known; use one of {', '.join(FORMATS)}")
    chosen, engine = _period(period, start, end), ready()
    with engine.store.reading() as transaction:
        made = board_of(
            transaction,
            chosen,
            firm=engine.settings.firm_name,
            policy=engine.policy.version,
            zone=engine.policy.zone,
            now=engine.now(),
            earlier=earlier,
        )
    with whole_file(out) as file:
        file.write(FORMATS[kind](report(made)))
    errors.print(f"{made.now.period.name}: {made.now.movement.received} complaints received", markup=False)


def _period(name: str, start: str | None, end: str | None) -> Period:
    """Raises: SetupError unless there is either a name or both days."""
    if name and not (start or end):
        return named(name)
    if name or not (start and end):
        raise SetupError("say which period: --period 2026H1, or --from 2026-01-01 --to 2026-06-30")
    return between(day(start, "--from"), day(end, "--to"))
