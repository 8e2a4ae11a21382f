"""`earshot vip …`: the firm's list of customers, as on its page."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli_start import ready
from flow import vips as flow
from flow.teamwork import By
from flow.vips import Wanted
from models.errors import SetupError
from store.encoding import encode

MOST_PRINTED = 1_000

vip_commands = typer.Typer(
    help="The firm's list of customers whose cases stand further up in the queue.", no_args_is_help=True
)
Person = Annotated[str, typer.Option("--by", help="Your name; the log keeps it.")]


@vip_commands.command("list", epilog="Example: earshot vip list")
def list_them(
    is_past: Annotated[bool, typer.Option("--past", help="Those that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Who stands in it, until when, and why."""
    with ready().store.reading() as transaction:
        found = transaction.vips.listed(is_past=is_past, limit=MOST_PRINTED)
    if as_json:
        sys.stdout.write(json.dumps([encode(one) for one in found], ensure_ascii=False, indent=2) + "\n")
        return
    table = Table("number", "account", "value", "until", "entered by", "why", box=None)
    for one in found:
        account = f"{one.handle} on {one.channel}"
        table.add_row(str(one.id), account, one.band, f"{one.until:%Y-%m-%d}", one.added_by, one.reason)
    Console(soft_wrap=True, highlight=False, markup=False).print(table)


@vip_commands.command(
    epilog="Example: earshot vip add x @larkfield --band key --until 2027-06-30 --reason 'Largest account' --by Lena"
)
def add(
    channel: Annotated[str, typer.Argument(help="As in the queue's filter, e.g. x, bluesky, email.")],
    handle: Annotated[str, typer.Argument(help="Handle, or the platform's own id of the account.")],
    band: Annotated[str, typer.Option(help="Code of a band in policy/vips/vips.toml.")],
    until: Annotated[str, typer.Option(help="Its last day, e.g. 2027-06-30.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Person,
    reference: Annotated[str, typer.Option(help="Number of the customer at the firm.")] = "",
) -> None:
    """Enter one account."""
    engine = ready()
    now = engine.now()
    wanted = Wanted(channel, handle, band, until, reason, reference)
    with engine.store.writing() as transaction:
        number = flow.add(transaction, engine.policy, wanted, By(by, now, f"command:{now.isoformat()}"))
    sys.stdout.write(f"entry {number}; open cases of this account stand further up from now on\n")


@vip_commands.command("import", epilog="Example: earshot vip import customers.csv --by Lena")
def import_file(
    file: Annotated[Path, typer.Argument(help=f"CSV with the columns {', '.join(flow.COLUMNS)}.", exists=True)],
    by: Person,
) -> None:
    """Enter all lines of a file or none; what stands in the list already is passed over."""
    engine = ready()
    now = engine.now()
    with engine.store.writing() as transaction:
        key = f"file:{now.isoformat()}"
        added, known = flow.add_all(transaction, engine.policy, file.read_bytes(), By(by, now, key))
    sys.stdout.write(f"{added} entered, {known} stood in the list already\n")


@vip_commands.command(epilog="Example: earshot vip end 3 --by Lena")
def end(number: Annotated[int, typer.Argument(help="Of the entry in `earshot vip list`.")], by: Person) -> None:
    """End an entry before its last day."""
    engine = ready()
    now = engine.now()
    with engine.store.writing() as transaction:
        is_ended = flow.end(transaction, engine.policy, number, By(by, now, f"command:{now.isoformat()}"))
    if not is_ended:
        raise SetupError(f"no entry {number} stands; `earshot vip list` shows them")
    sys.stdout.write(f"entry {number} is over\n")
