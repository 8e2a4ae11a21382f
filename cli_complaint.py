"""`earshot complaint …`: a complaint as it stands, and what people do with it, as on its page in the inbox."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from cli_start import note_access, ready
from flow.chain import rebuild
from flow.complaints import Complaints
from models.access import AccessAct
from models.complaint import Basis, Evidence, Life, Outcome, Remedy, without_support_notes
from models.errors import RecordError
from register.transitions import allowed_acts, owes_response, written_response_needed
from store.encoding import encode
from workers import Flow

complaint_commands = typer.Typer(help="Complaints: how one stands, and what people do with it.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="Of the complaint, e.g. C-0000012.")]
By = Annotated[str, typer.Option("--by", help="Your name; the register keeps it.")]
At = Annotated[
    str, typer.Option("--at", help="When it happened, with zone, e.g. 2026-06-05T09:30+10:00; default: now.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; the register keeps it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Choice = TypeVar("Choice", bound=StrEnum)
ROLE = "compliance"


@complaint_commands.command(epilog="Example: earshot complaint show C-0000012 --with-personal-data")
def show(
    complaint_id: Id,
    as_json: AsJson = False,
    with_personal_data: Annotated[
        bool, typer.Option("--with-personal-data", help="Names, contacts and notes of support needs, too.")
    ] = False,
) -> None:
    """Status, receipt, due dates, people and history of one complaint, and what may be done now."""
    engine = ready()
    note_access(engine, AccessAct.OPENED, "complaint", complaint_id[:80], personal_data=with_personal_data)
    with engine.store.reading() as transaction:
        life = Complaints(transaction, engine.policy, now=engine.now()).life(complaint_id)
    shown = without_support_notes(life, ROLE if with_personal_data else "")
    if as_json:
        sys.stdout.write(json.dumps(_as_json(shown, with_personal_data=with_personal_data), indent=2) + "\n")
        return
    _print(shown)


@complaint_commands.command(
    epilog='Example: earshot complaint acknowledge C-0000012 --by Agnes --channel email --text "We got it"'
)
def acknowledge(
    complaint_id: Id,
    by: By,
    channel: Annotated[str, typer.Option(help="Where it was said: email, phone, x …")],
    text: Annotated[str, typer.Option(help="The words; only their digest is kept.")],
    at: At = "",
) -> None:
    """Record that the complaint was acknowledged elsewhere, e.g. by phone."""
    _do(lambda acts, when: acts.acknowledge(complaint_id, person=by, at=when, channel=channel, text=text), at)


@complaint_commands.command(
    epilog="Example: earshot complaint close C-0000012 --by Agnes --basis response --remedy fee_refund --amount 12.50"
    " --currency AUD"
)
def close(
    complaint_id: Id,
    by: By,
    basis: Annotated[str, typer.Option(help=f"On what ground: {', '.join(Basis)}.")],
    outcome: Annotated[str, typer.Option(help=f"{', '.join(Outcome)}; default: the response's.")] = "",
    remedy: Annotated[list[str] | None, typer.Option(help=f"May be repeated: {', '.join(Remedy)}.")] = None,
    amount: Annotated[str, typer.Option(help="Compensation paid, e.g. 120.50.")] = "",
    currency: Annotated[str, typer.Option(help="Of the amount, e.g. AUD.")] = "",
    agreed_by: Annotated[str, typer.Option(help="Who decided on the amount.")] = "",
    message_id: Annotated[str, typer.Option(help="Message in which they say that they are satisfied.")] = "",
    who: Annotated[str, typer.Option(help="Or: who said so …")] = "",
    when: Annotated[str, typer.Option(help="… when, with zone …")] = "",
    channel: Annotated[str, typer.Option(help="… where …")] = "",
    quote: Annotated[str, typer.Option(help="… and in which words.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="What was explained, or on what other ground.")] = "",
    at: At = "",
) -> None:
    """Close a complaint on a ground, with its outcome and remedies; what is missing is named and nothing is closed."""
    said_at = _instant(when, "--when") if when else None
    evidence = Evidence(who, said_at, channel, message_id, quote) if message_id or who or when or quote else None
    chosen, came_of_it = _choice(Basis, basis, "--basis"), _choice(Outcome, outcome, "--outcome") if outcome else None
    remedies, paid = [_choice(Remedy, name, "--remedy") for name in remedy or ()], _amount(amount)
    _do(
        lambda acts, closed_at: acts.close(
            complaint_id,
            person=by,
            at=closed_at,
            basis=chosen,
            outcome=came_of_it,
            remedies=remedies,
            compensation_amount=paid,
            compensation_currency=currency or None,
            agreed_by=agreed_by,
            evidence=evidence,
            reason=reason,
        ),
        at,
    )


@complaint_commands.command(epilog='Example: earshot complaint reopen C-0000012 --by Agnes --reason "charged again"')
def reopen(complaint_id: Id, by: By, reason: Reason, at: At = "") -> None:
    """Open a closed complaint again; its clocks are those it always had."""
    _do(lambda acts, when: acts.reopen(complaint_id, person=by, at=when, reason=reason), at)


@complaint_commands.command(epilog='Example: earshot complaint withdraw C-0000012 --by Agnes --reason "she said so"')
def withdraw(complaint_id: Id, by: By, reason: Reason, at: At = "") -> None:
    """Record that the complainant withdrew it."""
    _do(lambda acts, when: acts.withdraw(complaint_id, person=by, at=when, reason=reason), at)


@complaint_commands.command(
    epilog='Example: earshot complaint retype C-0000012 superannuation --by Agnes --reason "a super account"'
)
def retype(
    complaint_id: Id,
    types: Annotated[list[str], typer.Argument(help="Of several, the shortest limit counts.")],
    by: By,
    reason: Reason,
    at: At = "",
) -> None:
    """Give a complaint another type; every clock is worked out anew."""
    _do(lambda acts, when: acts.retype(complaint_id, person=by, at=when, types=types, reason=reason), at)


@complaint_commands.command(
    epilog='Example: earshot complaint received C-0000012 2026-06-04T18:00+10:00 --by Agnes --reason "by letter"'
)
def received(
    complaint_id: Id,
    received_at: Annotated[str, typer.Argument(help="When it was received, with zone.")],
    by: By,
    reason: Reason,
) -> None:
    """Correct the instant of receipt; the old one stays in the history."""
    instant = _instant(received_at, "RECEIVED_AT")
    _do(lambda acts, at: acts.correct_received(complaint_id, person=by, at=at, received_at=instant, reason=reason), "")


@complaint_commands.command(
    epilog='Example: earshot complaint merge C-0000012 C-0000015 --by Agnes --reason "same payment"'
)
def merge(
    kept: Id,
    other: Annotated[str, typer.Argument(help="Kept under the first one's id from now on.")],
    by: By,
    reason: Reason,
    at: At = "",
) -> None:
    """Two complaints are one: the earliest receipt counts. Both keep their id, and it can be undone."""
    _do(lambda acts, when: acts.merge(kept, other, person=by, at=when, reason=reason)[0], at)


@complaint_commands.command(
    epilog='Example: earshot complaint split C-0000012 C-0000015 --by Agnes --reason "two payments after all"'
)
def split(
    kept: Id, other: Annotated[str, typer.Argument(help="Merged into the first.")], by: By, reason: Reason, at: At = ""
) -> None:
    """Undo a merge: each is again what its own entries make it."""
    _do(lambda acts, when: acts.split(kept, other, person=by, at=when, reason=reason)[1], at)


@complaint_commands.command("rebuild", epilog="Example: earshot complaint rebuild")
def rebuild_rows() -> None:
    """Work out the list of complaints anew from the register's entries; the entries stay as they are."""
    engine = ready()
    with engine.store.writing() as transaction:
        count = rebuild(transaction)
    sys.stdout.write(f"{count} complaints\n")


def _do(act: Callable[[Complaints, datetime], Life], at: str) -> None:
    engine: Flow = ready()
    now = engine.now()
    with engine.store.writing() as transaction:
        acts = Complaints(transaction, engine.policy, now=now)
        life = act(acts, _instant(at, "--at") if at else now)
    sys.stdout.write(f"{life.complaint_id} is {life.status}; {_due(life)}\n")


def _due(life: Life) -> str:
    if not owes_response(life):
        return "no response is due"
    return f"response due on {life.respond_due_on or 'no date that can be worked out'}"


def _instant(text: str, name: str) -> datetime:
    """Raises: RecordError."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise RecordError(f"{name} {text!r} is no instant; write it like 2026-06-05T09:30+10:00") from None
    if instant.utcoffset() is None:
        raise RecordError(f"{name} {text!r} has no time zone; add one, such as +10:00 or Z")
    return instant


def _choice(kind: type[Choice], text: str, name: str) -> Choice:
    if text not in set(kind):
        raise RecordError(f"{name} {text!r} is unknown; use one of {', '.join(kind)}")
    return kind(text)


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        raise RecordError(f"--amount {text!r} is no amount; write it like 120.50") from None


def _as_json(life: Life, *, with_personal_data: bool) -> dict[str, object]:
    found: dict[str, object] = encode(life)
    if not with_personal_data:
        for one in found["representatives"]:  # type: ignore[attr-defined]
            one |= {"name": None, "contact": None}
        closing = found["closing"]
        if isinstance(closing, dict) and closing["evidence"]:
            closing["evidence"] |= {"who": None, "quote": None}
    return found | {
        "may_write_automatically": life.may_write_automatically,
        "owes_response": owes_response(life),
        "written_response_needed": [code.value for code in written_response_needed(life)],
        "allowed": [act.value for act in allowed_acts(life)],
    }


def _print(life: Life) -> None:
    lines = {
        "status": life.status.value,
        "received": f"{life.received_at.isoformat(timespec='minutes')} ({life.received_on})",
        "types": ", ".join(life.types),
        "due": _due(life),
        "merged into": life.merged_into,
        "holds": ", ".join(other.complaint_id for other in life.merged),
        "representatives": ", ".join(one.kind for one in life.representatives),
        "support needs": ", ".join(life.needs),
        "AFCA": life.afca_reference,
        "allowed now": ", ".join(allowed_acts(life)),
    }
    print_to = Console(soft_wrap=True, highlight=False)
    for name, value in lines.items():
        if value:
            print_to.print(f"{name + ':':<16}{value}", markup=False)
    table = Table("entry", "when", "what", "status", "by", "why", box=None)
    for step in life.history:
        when = step.at.isoformat(timespec="minutes")
        table.add_row(str(step.seq), when, step.kind, step.status.value, step.by, step.reason)
    print_to.print(table)
