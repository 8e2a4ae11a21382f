"""`earshot key …`: keys of programs that call us, each for what it names and no more."""

import sys
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli_start import ready
from flow.configuration import api_key
from models.account import Scope
from models.errors import SetupError

SCOPES = ", ".join(Scope)
MOST_DAYS = 3_650
BY = "somebody at the command line"

key_commands = typer.Typer(
    help="Keys of programs that hand in messages, read figures or export the register.", no_args_is_help=True
)


@key_commands.command(epilog="Example: earshot key add warehouse --scope figures:read --days 90")
def add(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[Scope] | None, typer.Option(help=f"What it may do: {SCOPES}; repeat.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Days that it is good for. Default: until it is revoked.")
    ] = None,
) -> None:
    """Make a key and print it, once: only its digest is kept. It may hand in messages unless --scope says otherwise."""
    if not name.strip() or len(name) > 80:
        raise SetupError(f"a key's name has 1 to 80 characters; {name[:20]!r} has {len(name)}")
    engine = ready()
    with engine.store.writing() as transaction:
        scopes = list(dict.fromkeys(scope or [Scope.MESSAGES_WRITE]))
        expires_at = engine.now() + timedelta(days=days) if days is not None else None
        key = transaction.api_keys.make(name.strip(), scopes=scopes, now=engine.now(), expires_at=expires_at)
        made = transaction.api_keys.all()[-1]
        transaction.configuration.note(api_key(made.id, made.name), by=BY, now=engine.now())
    sys.stdout.write(key + "\n")


@key_commands.command("list", epilog="Example: earshot key list")
def list_keys() -> None:
    """All keys: number, name, scopes, when made, last used, good until, revoked."""
    with ready().store.reading() as transaction:
        keys = transaction.api_keys.all()
    table = Table("number", "name", "scopes", "made", "last used", "good until", "revoked", box=None)
    for key in keys:
        days = (f"{at:%Y-%m-%d}" if at else "never" for at in (key.created_at, key.last_used_at))
        revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        until = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else ""
        table.add_row(str(key.id), key.name, ", ".join(key.scopes), *days, until, revoked)
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
