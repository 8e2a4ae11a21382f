"""`earshot sandbox …`: a home of its own with anonymised copies of real cases, for training."""

import os
import secrets
import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli_start import day, errors, ready
from flow.sandbox import MARKER, MOST_CASES, make
from models.errors import SetupError
from settings import PREFIX, Settings, environment_of

sandbox_commands = typer.Typer(help="A home of its own to train in, with anonymised cases.", no_args_is_help=True)
KEPT = ("firm_name", "place", "time_zone", "policy_pack", "house_pack", "sector", "web_host", "web_port", "log_format")
"""Settings that a sandbox shares with the home it was made from; none of them leads anywhere outside."""


@sandbox_commands.command(
    "make", epilog="Example: earshot sandbox make --from 2026-05-01 --to 2026-05-31 --out training"
)
def make_one(
    start: Annotated[str, typer.Option("--from", help="First day, e.g. 2026-05-01, in the licensee's zone.")],
    end: Annotated[str, typer.Option("--to", help="Last day, itself included.")],
    out: Annotated[Path, typer.Option(help="A new folder: the sandbox's own home.")],
    cases: Annotated[int, typer.Option(min=1, max=MOST_CASES, help="At most so many, drawn by chance.")] = 100,
) -> None:
    """Copy cases into a new home: names, handles, numbers, addresses and links are invented, rare words left out."""
    engine = ready()
    zone = engine.policy.zone
    since = datetime.combine(day(start, "--from"), time(), zone)
    until = datetime.combine(day(end, "--to"), time(), zone) + timedelta(days=1)
    folder, seed = out.expanduser().absolute(), secrets.token_hex(16)
    made = make(
        engine.store, folder, engine.retention, since=since, until=until, most=cases, seed=seed, now=engine.now()
    )
    (folder / ".env").write_text(_lines(engine.settings), encoding="utf-8")
    left = f"; {made.left_out} left out, for their words were taken out" if made.left_out else ""
    errors.print(f"{made.cases} cases with {made.messages} messages in {folder}{left}", markup=False)
    errors.print(f"start it with: earshot sandbox run {out}", markup=False)


@sandbox_commands.command(epilog="Example: earshot sandbox run training")
def run(folder: Annotated[Path, typer.Argument(help="A folder that `earshot sandbox make` made.")]) -> None:
    """Run it, as `earshot up` does. Nothing ever leaves it, whatever is set outside."""
    home = folder.expanduser().absolute()
    if not (home / MARKER).is_file():
        raise SetupError(f"{folder} is no sandbox; make one with `earshot sandbox make`")
    os.chdir(home)
    start = [sys.executable, "-m", "cli", "up"]
    os.execve(sys.executable, start, environment_of(home))  # noqa: S606 - our own program


def _lines(settings: Settings) -> str:
    given = {name: getattr(settings, name) for name in KEPT}
    return "".join(f'{PREFIX}{name.upper()}="{value}"\n' for name, value in given.items() if value is not None)
