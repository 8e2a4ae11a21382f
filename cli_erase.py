"""`earshot erase …`: a person asks that what is kept of them goes."""

import sys
from typing import Annotated

import typer

from cli_start import errors, ready
from flow import erasure
from models.erasure import STAYS, Erasure, Person
from models.errors import RetryableError, SetupError
from policy.retention import load_retention
from store.scrub import scrub
from store.store import Transaction
from workers import Flow

erase_commands = typer.Typer(help="Erasure on a person's request.", no_args_is_help=True)

Channel = Annotated[str, typer.Option(help="Channel of the account, e.g. x.")]
Handle = Annotated[str, typer.Option(help="Name or id of the account there.")]
Case = Annotated[int, typer.Option(help="Or a case of theirs, by its number.")]
By = Annotated[str, typer.Option(help="Who acts: the name of an account in a role that may decide.")]


@erase_commands.command("look", epilog="Example: earshot erase look --channel x --handle mira")
def look(channel: Channel = "", handle: Handle = "", case: Case = 0) -> None:
    """What would go, what has to stay and why. Changes nothing."""
    engine, pack = ready(), load_retention()
    with engine.store.reading() as transaction:
        for person in _people(transaction, channel, handle, case):
            found = erasure.preview(transaction, pack, person, now=engine.now())
            _say(f"{person.author_key} on {person.channel}")
            for part in found.parts:
                where = f"case {part.case_id}" if part.case_id else "no case"
                until = f", until {part.until:%Y-%m-%d}" if part.until and part.fate not in STAYS else ""
                complaint = f" ({part.complaint_id})" if part.complaint_id else ""
                _say(f"  {where}{complaint}: {len(part.messages)} messages, {part.fate.value}{until}")


@erase_commands.command("ask", epilog='Example: earshot erase ask --case 12 --by Agnes --reason "request 44/26"')
def ask(
    by: By,
    reason: Annotated[str, typer.Option(help="Number of the request. It stays: name nobody.")],
    channel: Channel = "",
    handle: Handle = "",
    case: Case = 0,
) -> None:
    """Ask for it; somebody else has to agree."""
    engine, pack = ready(), load_retention()
    with engine.store.writing() as transaction:
        for person in _people(transaction, channel, handle, case):
            made = erasure.ask(transaction, pack, person.author_key, by=by, reason=reason, now=engine.now())
            _say(_line(made))


@erase_commands.command("agree", epilog="Example: earshot erase agree 3 --by Boris")
def agree(number: Annotated[int, typer.Argument(help="Of the request.")], by: By) -> None:
    """Agree, and have it carried out. It cannot be undone. Exit code 1: something has to stay, or files wait."""
    engine, pack = ready(), load_retention()
    with engine.store.writing() as transaction:
        done = erasure.agree(transaction, pack, number, by=by, now=engine.now())
    _say(_line(done))
    if not _scrubbed(engine) or done.left_over:
        raise typer.Exit(1)


@erase_commands.command("turn-down", epilog='Example: earshot erase turn-down 3 --by Boris --reason "not who they say"')
def turn_down(
    number: Annotated[int, typer.Argument(help="Of the request.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why.")],
) -> None:
    """Nothing goes."""
    engine, pack = ready(), load_retention()
    with engine.store.writing() as transaction:
        _say(_line(erasure.turn_down(transaction, pack, number, by=by, reason=reason, now=engine.now())))


@erase_commands.command("list", epilog="Example: earshot erase list")
def list_requests() -> None:
    """The newest requests, and what is left of each."""
    with ready().store.reading() as transaction:
        for one in transaction.erasures.newest(limit=100):
            _say(_line(one))


def _people(transaction: Transaction, channel: str, handle: str, case: int) -> list[Person]:
    """Raises: SetupError, RefusedError."""
    if case:
        return [erasure.person_of_case(transaction, case)]
    if not channel or not handle:
        raise SetupError("say whose: --channel and --handle, or --case")
    return erasure.people(transaction, channel, handle)


def _scrubbed(engine: Flow) -> bool:
    try:
        scrub(engine.store.engine)
    except RetryableError as error:
        errors.print(f"earshot: {error}", style="yellow", markup=False)
        return False
    return True


def _line(one: Erasure) -> str:
    left = "".join(f"; {count} messages stay: {fate}" for fate, count in one.left_over.items())
    agreed = f", agreed by {one.agreed_by}, {one.messages} messages lost their words" if one.agreed_by else ""
    return f"request {one.id}, {one.state.value.replace('_', ' ')}, by {one.asked_by}{agreed}{left} ({one.reason})"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
