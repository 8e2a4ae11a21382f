"""`earshot retention …`: what may go, what is held, and two people who agree on it.

The command line believes the names that it is told: whoever may run it on the database answers for them.
"""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli_start import errors, ready
from flow import holds as flow_holds
from flow import platform_deletion
from flow import retention as flow_retention
from models.errors import SetupError
from models.retention import Hold, HoldScope, ItemOutcome, PlatformDeletion, Proposal, RecordClass
from policy.retention import Retention, load_retention
from store.scrub import scrub as scrub_files

retention_commands = typer.Typer(
    help="How long things are kept, legal holds, and deletion that two people agree on.", no_args_is_help=True
)
By = Annotated[str, typer.Option("--by", help="Your name, as in your account.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is kept.")]
Number = Annotated[int, typer.Argument(help="Of the proposal, as `earshot retention look` lists it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@retention_commands.command("look", epilog="Example: earshot retention look --json")
def look(as_json: AsJson = False) -> None:
    """Dry run: what has outlived its period, what is held, what is proposed, and which deletions still wait."""
    engine, pack = ready(), load_retention()
    with engine.store.reading() as transaction:
        found = flow_retention.look(transaction, pack, now=engine.now())
        under_way = transaction.retention.proposals(under_way=True)
    if as_json:
        _print_json(_look_as_json(found, under_way, pack))
        return
    table = Table("record", "kept", "counted from", "then", "due", "held", "proposed", "oldest", box=None)
    for row in found.classes:
        keep, oldest = row.keep, f"{row.oldest_from:%Y-%m-%d}" if row.oldest_from else ""
        names = (keep.record_class.value, keep.period, keep.counted_from.value, keep.then.value)
        table.add_row(*names, str(row.due), str(row.held), str(row.proposed), oldest)
    Console(soft_wrap=True).print(table)
    for record, hold in found.held:
        sys.stdout.write(f"held: {record.record_class.value} {record.subject}, by hold {_hold_line(hold)}\n")
    for proposal in under_way:
        sys.stdout.write(f"{_proposal_line(proposal)}\n")
    for deletion in found.deletions:
        sys.stdout.write(f"{_deletion_line(deletion)}\n")


@retention_commands.command(
    "propose", epilog='Example: earshot retention propose --class noise_words --by Agnes --reason "yearly clearing"'
)
def propose(
    by: By,
    reason: Reason,
    classes: Annotated[
        list[RecordClass] | None, typer.Option("--class", help="Class of record; may be repeated. Default: all.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most records in one batch.")] = flow_retention.MOST_AT_ONCE,
) -> None:
    """Propose a batch of what is due and not held. Nothing goes until somebody else agrees."""
    engine = ready()
    with engine.store.writing() as transaction:
        proposal = flow_retention.propose(
            transaction, load_retention(), by=by, reason=reason, now=engine.now(), classes=classes or (), limit=limit
        )
    sys.stdout.write(f"{_proposal_line(proposal)}\n")


@retention_commands.command("agree", epilog="Example: earshot retention agree 3 --by Boris")
def agree(number: Number, by: By) -> None:
    """Agree to a proposal: somebody else than who proposed it."""
    engine = ready()
    with engine.store.writing() as transaction:
        proposal = flow_retention.agree(transaction, load_retention(), number, by=by, now=engine.now())
    sys.stdout.write(f"{_proposal_line(proposal)}\n")


@retention_commands.command(
    "turn-down", epilog='Example: earshot retention turn-down 3 --by Boris --reason "a claim is coming"'
)
def turn_down(number: Number, by: By, reason: Reason) -> None:
    """Turn a proposal down: nothing goes."""
    engine = ready()
    with engine.store.writing() as transaction:
        proposal = flow_retention.turn_down(
            transaction, load_retention(), number, by=by, reason=reason, now=engine.now()
        )
    sys.stdout.write(f"{_proposal_line(proposal)}\n")


@retention_commands.command("carry-out", epilog="Example: earshot retention carry-out 3 --by Agnes")
def carry_out(
    number: Number,
    by: By,
    keep_files: Annotated[
        bool, typer.Option("--keep-files", help="Do not write the database's files anew; `scrub` does it later.")
    ] = False,
) -> None:
    """Take out what was agreed on, then write the database's files anew. Exit code 1 where something was left."""
    engine = ready()
    with engine.store.writing() as transaction:
        done = flow_retention.carry_out(transaction, load_retention(), number, by=by, now=engine.now())
    counts = ", ".join(f"{outcome.value.replace('_', ' ')} {count}" for outcome, count in done.outcomes.items())
    sys.stdout.write(f"proposal {number}: {counts}; register entries emptied {done.register_entries}\n")
    if not keep_files:
        scrub_files(engine.store.engine)
    if done.outcomes[ItemOutcome.HELD] or done.outcomes[ItemOutcome.NOT_DUE]:
        errors.print(
            "earshot: some of it was left: a hold was placed, or it is not due any more; see `earshot retention look`",
            style="yellow",
            markup=False,
        )
        raise typer.Exit(1)


@retention_commands.command("scrub", epilog="Example: earshot retention scrub")
def scrub() -> None:
    """Write the database's files anew, so that they hold no bytes of rows that were redacted or deleted."""
    scrub_files(ready().store.engine)
    sys.stdout.write("the database's files hold its rows and nothing else\n")


@retention_commands.command(
    "hold", epilog='Example: earshot retention hold --complaint C-0000012 --by Agnes --reason "court order 44/26"'
)
def hold(
    by: By,
    reason: Reason,
    complaint: Annotated[str, typer.Option(help="Id of a complaint.")] = "",
    case: Annotated[str, typer.Option(help="Number of a case.")] = "",
    author: Annotated[str, typer.Option(help="Key of an author, a_ and 24 hex digits.")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="Nothing goes at all.")] = False,
) -> None:
    """Place a legal hold: nothing that it covers is redacted or deleted until it is lifted."""
    scope, subject = _covered(complaint, case, author, everything=everything)
    engine = ready()
    with engine.store.writing() as transaction:
        placed = flow_holds.place_hold(
            transaction, engine.policy, load_retention(), scope, subject, by=by, reason=reason, now=engine.now()
        )
    sys.stdout.write(f"hold {_hold_line(placed)}\n")


@retention_commands.command("lift", epilog='Example: earshot retention lift 7 --by Agnes --reason "case settled"')
def lift(
    number: Annotated[str, typer.Argument(help="Of the hold, as `earshot retention holds` lists it.")],
    by: By,
    reason: Reason,
) -> None:
    """Lift one legal hold. Others on the same thing stay."""
    engine = ready()
    with engine.store.writing() as transaction:
        lifted = flow_holds.lift_hold(
            transaction, engine.policy, load_retention(), number, by=by, reason=reason, now=engine.now()
        )
    sys.stdout.write(f"lifted: hold {_hold_line(lifted)}\n")


@retention_commands.command("holds", epilog="Example: earshot retention holds --json")
def list_holds(as_json: AsJson = False) -> None:
    """List the legal holds in force."""
    with ready().store.reading() as transaction:
        found = flow_holds.holds(transaction)
    if as_json:
        _print_json([_hold_as_json(one) for one in found])
        return
    sys.stdout.writelines(f"{_hold_line(one)}\n" for one in found)


@retention_commands.command(
    "deleted", epilog="Example: earshot retention deleted m_3f0c2a9b1d4e5f60718293a4 --at 2026-11-20T08:15+11:00"
)
def deleted(
    message: Annotated[str, typer.Argument(help="Our id of the message.")],
    at: Annotated[str, typer.Option(help="When it was deleted on the platform: ISO 8601 with an offset.")],
) -> None:
    """Say that an author deleted a message on the platform: it is hidden, and our copies go. Exit code 1: they wait."""
    engine, pack = ready(), load_retention()
    with engine.store.writing() as transaction:
        found = platform_deletion.honour_deletion(transaction, pack, message, at=_instant(at), now=engine.now())
    sys.stdout.write(f"{_deletion_line(found)}\n")
    if found.redacted_at is None and found.redact_by is not None:
        raise typer.Exit(1)


def _covered(complaint: str, case: str, author: str, *, everything: bool) -> tuple[HoldScope, str]:
    """Raises: SetupError."""
    named = {HoldScope.COMPLAINT: complaint, HoldScope.CASE: case, HoldScope.AUTHOR: author}
    given = [(scope, subject) for scope, subject in named.items() if subject]
    given += [(HoldScope.EVERYTHING, flow_holds.EVERYTHING)] if everything else []
    if len(given) != 1:
        raise SetupError("say what the hold covers: one of --complaint, --case, --author and --everything")
    return given[0]


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise SetupError(f"--at {text!r} is no ISO 8601 instant, e.g. 2026-11-20T08:15+11:00") from None


def _hold_line(hold: Hold) -> str:
    covered = f"{hold.scope.value} {hold.subject}".strip()
    return f"{hold.number} on {covered}, placed {hold.placed_at:%Y-%m-%d %H:%M} UTC by {hold.placed_by}: {hold.reason}"


def _proposal_line(proposal: Proposal) -> str:
    items = ", ".join(f"{name.value} {count}" for name, count in proposal.items.items())
    agreed = f", agreed by {proposal.agreed_by}" if proposal.agreed_by else ""
    state = proposal.state.value.replace("_", " ")
    return f"proposal {proposal.id}, {state}, by {proposal.proposed_by}{agreed}: {items} ({proposal.reason})"


def _deletion_line(deletion: PlatformDeletion) -> str:
    if deletion.redacted_at is not None:
        kept = f"; the register keeps its words in entry {deletion.kept_in}" if deletion.kept_in else ""
        return f"deleted on the platform: {deletion.mention_id}, our copies are gone{kept}"
    until = f", wanted gone by {deletion.redact_by:%Y-%m-%d %H:%M} UTC" if deletion.redact_by else ""
    return f"deleted on the platform: {deletion.mention_id}{until}; waits: {deletion.waits_for}"


def _look_as_json(found: flow_retention.Look, under_way: Iterable[Proposal], pack: Retention) -> dict[str, Any]:
    classes = {
        row.keep.record_class.value: {
            "kept": row.keep.period,
            "from": row.keep.counted_from.value,
            "then": row.keep.then.value,
            "due": row.due,
            "held": row.held,
            "proposed": row.proposed,
            "oldest_from": row.oldest_from.isoformat() if row.oldest_from else None,
        }
        for row in found.classes
    }
    return {
        "policy": pack.title,
        "classes": classes,
        "held": [
            {"record_class": record.record_class.value, "subject": record.subject, "hold": _hold_as_json(hold)}
            for record, hold in found.held
        ],
        "proposals": [
            {"id": one.id, "state": one.state.value, "by": one.proposed_by, "agreed_by": one.agreed_by}
            | {"reason": one.reason, "items": {name.value: count for name, count in one.items.items()}}
            for one in under_way
        ],
        "deletions": [
            {"message": one.mention_id, "waits_for": one.waits_for}
            | {"redact_by": one.redact_by.isoformat() if one.redact_by else None}
            for one in found.deletions
        ],
    }


def _hold_as_json(hold: Hold) -> dict[str, str]:
    return {
        "number": hold.number,
        "scope": hold.scope.value,
        "subject": hold.subject,
        "reason": hold.reason,
        "placed_by": hold.placed_by,
        "placed_at": hold.placed_at.isoformat(),
    }


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
