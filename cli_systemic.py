"""`earshot systemic …`: what many complaints have in common, and what people do about it, as on its page."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli_start import ready
from flow.systemic import Decision, decide, escalate, own, report_outcome
from models.errors import RecordError
from store.encoding import encode
from store.store import Transaction
from store.systemic import Candidate

systemic_commands = typer.Typer(
    help="Candidates for systemic issues: what they are, and what people do about them.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the candidate in `earshot systemic list`.")]
By = Annotated[str, typer.Option("--by", help="Your name; the log keeps it.")]
At = Annotated[
    str, typer.Option("--at", help="When it happened, with zone, e.g. 2026-06-05T09:30+10:00; default: now.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WEEKS_PRINTED = 8


@systemic_commands.command("list", epilog="Example: earshot systemic list --open")
def list_them(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that nobody decided on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Candidates, those that grow first, then the largest; by id and shared words, nobody's name."""
    with ready().store.reading() as transaction:
        found = [one for one in transaction.systemic.all() if not (only_open and one.decision)]
        looked_at = transaction.systemic.last_look()
    if as_json:
        sys.stdout.write(json.dumps([encode(one) for one in found], ensure_ascii=False, indent=2) + "\n")
        return
    table = Table("number", "about", "complaints", "people", "level", "last weeks", "owner", "decision", box=None)
    for one in found:
        weeks = " ".join(str(count) for count in one.weeks[-WEEKS_PRINTED:])
        numbers = (str(one.size), str(one.people))
        table.add_row(str(one.id), one.name, *numbers, one.level, weeks, one.owner or "nobody", one.decision or "none")
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    console.print(f"last looked at: {looked_at.isoformat() if looked_at else 'never; the clock does it once a day'}")


@systemic_commands.command(epilog="Example: earshot systemic show 3")
def show(number: Number, as_json: AsJson = False) -> None:
    """One candidate: its complaints, its trend, and what was decided about it by whom."""
    with ready().store.reading() as transaction:
        candidate = _candidate(transaction, number)
        complaints = [one.complaint_id for one in transaction.systemic.members(number)]
    if as_json:
        told = encode(candidate) | {"complaints": complaints}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console(soft_wrap=True, highlight=False)
    for name, value in _lines(candidate, complaints).items():
        if value:
            console.print(f"{name + ':':<16}{value}", markup=False)


@systemic_commands.command(
    "own", epilog="Example: earshot systemic own 3 --owner Eva --by Agnes --reason 'leads cards'"
)
def own_it(
    number: Number,
    owner: Annotated[str, typer.Option(help="Account of whoever looks after it from now on.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why; the log keeps it.")] = "",
) -> None:
    """Give the candidate an owner."""

    def act(transaction: Transaction, _at: datetime, now: datetime) -> None:
        user = transaction.accounts.by_name(owner)
        if user is None or user.disabled_at is not None:
            raise RecordError(f"{owner[:60]} is nobody who works here")
        own(transaction, number, owner, by=by, now=now, reason=reason)

    _do(number, act)


@systemic_commands.command(
    "decide", epilog="Example: earshot systemic decide 3 confirmed --by Eva --reason 'one wrong row in the fee table'"
)
def decide_it(
    number: Number,
    decision: Annotated[str, typer.Argument(help=f"{', '.join(Decision)}.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why; the log keeps it.")],
    at: At = "",
) -> None:
    """Say what it is. Unless dismissed, the register says of each of its complaints that it belongs to it."""
    _do(
        number,
        lambda transaction, when, now: decide(transaction, number, decision, by=by, reason=reason, at=when, now=now),
        at,
    )


@systemic_commands.command("escalate", epilog="Example: earshot systemic escalate 3 --to 'head of cards' --by Eva")
def escalate_it(
    number: Number,
    to: Annotated[str, typer.Option(help="To whom it was brought.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why; the log keeps it.")] = "",
    at: At = "",
) -> None:
    """Record to whom it was brought; one that nobody decided on is possible from then on."""
    _do(
        number,
        lambda transaction, when, now: escalate(transaction, number, to, by=by, at=when, now=now, reason=reason),
        at,
    )


@systemic_commands.command("report", epilog="Example: earshot systemic report 3 --outcome 'all refunded' --by Eva")
def report_it(
    number: Number,
    outcome: Annotated[str, typer.Option(help="What came of it, as it was reported inside the firm.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why it ended so; the log keeps it.")] = "",
    at: At = "",
) -> None:
    """Record what came of it, once it is decided."""
    _do(
        number,
        lambda transaction, when, now: report_outcome(
            transaction, number, outcome, by=by, at=when, now=now, reason=reason
        ),
        at,
    )


def _do(number: int, act: Callable[[Transaction, datetime, datetime], None], at: str = "") -> None:
    engine = ready()
    now = engine.now()
    with engine.store.writing() as transaction:
        act(transaction, _instant(at) if at else now, now)
        candidate = _candidate(transaction, number)
    owner, decision = candidate.owner or "nobody", candidate.decision or "undecided"
    sys.stdout.write(f"candidate {number}: owner {owner}, {decision}\n")


def _candidate(transaction: Transaction, number: int) -> Candidate:
    candidate = transaction.systemic.get(number)
    if candidate is None:
        raise RecordError(
            f"no systemic candidate has the number {number}; `earshot systemic list` shows those there are"
        )
    return candidate


def _instant(text: str) -> datetime:
    """Raises: RecordError."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RecordError(f"--at {text!r} is no instant; write it like 2026-06-05T09:30+10:00") from None


def _lines(candidate: Candidate, complaints: list[str]) -> dict[str, str | None]:
    def who(what: str | None, by: str | None, at: datetime | None) -> str | None:
        return f"{what}, by {by} at {at.isoformat(timespec='minutes')}" if what and at else None

    return {
        "about": candidate.name,
        "words": ", ".join(candidate.words),
        "level": candidate.level,
        "people": str(candidate.people),
        "weeks": " ".join(str(count) for count in candidate.weeks),
        "owner": candidate.owner,
        "decision": who(candidate.decision, candidate.decided_by, candidate.decided_at),
        "reason": candidate.reason,
        "escalated to": who(candidate.escalated_to, candidate.escalated_by, candidate.escalated_at),
        "outcome": who(candidate.outcome, candidate.outcome_by, candidate.outcome_at),
        "complaints": ", ".join(complaints),
    }
