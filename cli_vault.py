"""`earshot vault …`: the keys that credentials are sealed with at rest."""

import sys
from typing import Annotated

import typer

from cli_start import errors, ready
from flow.vault import Checked, check, rotate
from store.vault import Key

vault_commands = typer.Typer(help="Keys that credentials at rest are sealed with.", no_args_is_help=True)


@vault_commands.command("new-key", epilog="Example: EARSHOT_VAULT_KEY=$(earshot vault new-key)")
def new_key() -> None:
    """Print a new key, for EARSHOT_VAULT_KEY or a key file. It is kept nowhere: keep it well."""
    sys.stdout.write(f"{Key.new().written}\n")


@vault_commands.command("check", epilog="Example: earshot vault check")
def check_command() -> None:
    """Open everything that is sealed, and show nothing of it. Exit code 1 where something does not open."""
    engine = ready()
    found = check(engine.store, engine.settings)
    _say(found)
    raise typer.Exit(1 if found.faults else 0)


@vault_commands.command("rotate", epilog="Example: earshot vault rotate")
def rotate_command(
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Take older keys out of the key file. Older backups need them.")
    ] = False,
) -> None:
    """Make a new key and seal everything under it. May be stopped and repeated at any point, beside running work.

    With EARSHOT_VAULT_KEY: put the new key first on every machine, restart, then run this.
    """
    engine = ready()
    done = rotate(engine.store, engine.settings, drop_old=drop_old)
    what = "a new key was made" if done.is_new else "no key was made: this one stood first already"
    sys.stdout.write(f"key {done.newest}: {what}; {done.resealed} values were sealed with it\n")
    for key in done.dropped:
        sys.stdout.write(f"key {key} was taken out\n")
    _say(done.checked)
    raise typer.Exit(1 if done.checked.faults else 0)


def _say(found: Checked) -> None:
    for place, number in sorted(found.by_place.items()):
        sys.stdout.write(f"{place}: {number}\n")
    for key, number in sorted(found.by_key.items()):
        sys.stdout.write(f"under key {key}{' (newest)' if key == found.newest else ''}: {number}\n")
    for place, number in sorted(found.plain.items()):
        sys.stdout.write(f"not sealed yet, {place}: {number}; `earshot vault rotate` seals them\n")
    for fault in found.faults:
        errors.print(fault, style="red", markup=False)
    if not found.faults:
        sys.stdout.write("everything that is sealed opens\n")
