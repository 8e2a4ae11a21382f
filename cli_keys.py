"""`earshot key …`: keys of programs that send messages to `POST /api/messages`."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli_start import ready
from flow.configuration import api_key
from models.errors import SetupError

SCOPES = ("messages:write",)
BY = "somebody at the command line"

key_commands = typer.Typer(help="Keys of programs that send messages by POST /api/messages.", no_args_is_help=True)


@key_commands.command(epilog="Example: earshot key add trustpilot-bridge")
def add(name: Annotated[str, typer.Argument(help="What the key is for.")]) -> None:
    """Make a key and print it, once: only its digest is kept."""
    if not name.strip() or len(name) > 80:
        raise SetupError(f"a key's name has 1 to 80 characters; {name[:20]!r} has {len(name)}")
    engine = ready()
    with engine.store.writing() as transaction:
        key = transaction.api_keys.make(name.strip(), scopes=SCOPES, now=engine.now())
        made = transaction.api_keys.all()[-1]
        transaction.configuration.note(api_key(made.id, made.name), by=BY, now=engine.now())
    sys.stdout.write(key + "\n")


@key_commands.command("list", epilog="Example: earshot key list")
def list_keys() -> None:
    """All keys: number, name, scopes, when made, last used, revoked."""
    with ready().store.reading() as transaction:
        keys = transaction.api_keys.all()
    table = Table("number", "name", "scopes", "made", "last used", "revoked", box=None)
    for key in keys:
        days = (f"{at:%Y-%m-%d}" if at else "never" for at in (key.created_at, key.last_used_at))
        revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        table.add_row(str(key.id), key.name, ", ".join(key.scopes), *days, revoked)
    Console().print(table)


@key_commands.command(epilog="Example: earshot key revoke 3")
def revoke(number: Annotated[int, typer.Argument(help="Number of the key, see `earshot key list`.")]) -> None:
    """Have a key refused from now on."""
    engine = ready()
    with engine.store.writing() as transaction:
        if not transaction.api_keys.revoke(number, now=engine.now()):
            raise SetupError(f"no key {number} stands; `earshot key list` shows them")
        gone = next(one for one in transaction.api_keys.all() if one.id == number)
        transaction.configuration.note(api_key(gone.id, gone.name, is_revoked=True), by=BY, now=engine.now())
    sys.stdout.write(f"key {number} is refused from now on\n")
