"""`earshot channels`: how every channel is heard, and what is wrong with it."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from cli_start import ready
from flow.channel_watch import ChannelStanding, standing_of
from store.encoding import encode

channel_commands = typer.Typer()


@channel_commands.command(epilog="Example: earshot channels --json")
def channels(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """How each channel is heard: account, expiry, last success, gaps, silence, calls, cost. Exit code 1 on trouble."""
    engine = ready()
    now = engine.now()
    with engine.store.reading() as transaction:
        found = standing_of(transaction, engine.world, now=now)
        spent = transaction.quotas.used(since=now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    if as_json:
        used = {name: {"calls": calls, "cost": str(cost)} for name, (calls, cost) in spent.items()}
        sys.stdout.write(json.dumps({"channels": encode(found), "this_month": used}, indent=2) + "\n")
    else:
        _show(found)
        for name, (calls, cost) in spent.items():
            sys.stdout.write(f"{name}: {calls} calls this month" + (f", cost {cost:.2f}" if cost else "") + "\n")
    raise typer.Exit(1 if any(one.troubles for one in found) else 0)


def _show(found: list[ChannelStanding]) -> None:
    console = Console()
    if not found:
        sys.stdout.write("no channel is switched on; `earshot connect` lists them\n")
    for one in found:
        mark, style = ("fault", "red") if one.troubles else ("ok", "green")
        account = f" as {one.credential.account}" if one.credential else ", never tested"
        console.print(f"[{style}]{mark:6}[/] {one.title}", end="")
        console.print(account, markup=False, highlight=False)
        if one.credential and one.credential.valid_until:
            sys.stdout.write(f"       credential valid until {one.credential.valid_until:%Y-%m-%d %H:%M} UTC\n")
        for source in one.sources:
            last = source.state.last_success_at
            said = source.state.last_message_at
            heard = f"{last:%Y-%m-%d %H:%M} UTC" if last else "never"
            message = f"{said:%Y-%m-%d %H:%M} UTC" if said else "never"
            gaps = f"; {len(source.gaps)} gaps, the last {source.gaps[0].outcome.value}" if source.gaps else ""
            sys.stdout.write(f"       {source.name}: heard {heard}, last message {message}{gaps}\n")
        for trouble in one.troubles:
            console.print(f"       {trouble}", style="red", markup=False, highlight=False, soft_wrap=True)
