"""`earshot review …`: what was judged no complaint, a weekly sample of it, and how many complaints it hides."""

import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from cli_start import day_or_none, errors, ready, whole_file
from flow.review import WEEKLY, draw, give_verdict, rates, waiting
from flow.review_log import write_log
from measure.miss_rate import MissRate
from models.errors import RecordError, SetupError
from store.encoding import encode
from store.queue import Lane, QueueDownError

review_commands = typer.Typer(
    help="What was judged no complaint: the log, a weekly sample, the miss rate.", no_args_is_help=True
)


@review_commands.command(epilog="Example: earshot review log --from 2026-01-01 --to 2026-06-30 --output none.csv")
def log(
    start: Annotated[str | None, typer.Option("--from", help="First day it was said, local.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
) -> None:
    """Everything that was judged or ruled to be no complaint, by whom and why, as CSV; nobody's name or words."""
    first, last, engine = day_or_none(start, "--from"), day_or_none(end, "--to"), ready()
    zone = engine.policy.zone
    since = _midnight(first, zone) if first else None
    until = _midnight(last + timedelta(days=1), zone) if last else None
    with engine.store.reading() as transaction, whole_file(output) as file:
        count = write_log(transaction.review.no_complaints(since=since, until=until), file)
    errors.print(f"{count} messages", markup=False)


@review_commands.command(epilog="Example: earshot review sample --week 2026-W23")
def sample(
    week: Annotated[str, typer.Option(help="ISO week, e.g. 2026-W23; default: the newest that is drawn.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Messages to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Messages of a week's sample that wait for a verdict, in the order of the draw, with their words."""
    engine = ready()
    draw(engine.store, zone=engine.policy.zone, now=engine.now(), size=WEEKLY)
    with engine.store.reading() as transaction:
        newest = transaction.review.newest_week()
        if newest is None:
            raise SetupError("no week is drawn yet: a week is drawn once it is over and something came in it")
        found = waiting(transaction, week or newest.week, limit=limit)
        left = len(transaction.review.items(week or newest.week, waiting_only=True))
    for one in found:
        said = {"item": one.item.id, "label": one.item.label, "channel": one.item.channel}
        said |= {"message": one.item.mention_id, "text": one.message.mention.text}
        if as_json:
            sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(f"{said['item']}  {said['label']} on {said['channel']}\n    {said['text']}\n")
    errors.print(f"{week or newest.week}: {left} wait for a verdict", markup=False)


@review_commands.command(epilog="Example: earshot review verdict 17 complaint --by 'Eva Novak'")
def verdict(
    item: Annotated[int, typer.Argument(help="Number in `earshot review sample`.")],
    label: Annotated[str, typer.Argument(help="complaint, abuse, spam, praise, enquiry or other.")],
    by: Annotated[str, typer.Option(help="Name of who says so.")],
) -> None:
    """Say what a drawn message is. Another label corrects it: a complaint is opened with its true receipt."""
    engine = ready()
    with engine.store.writing() as transaction:
        corrected = give_verdict(transaction, item, label, person=by, now=engine.now())
    if corrected is None:
        sys.stdout.write("noted; it stays as it was judged\n")
        return
    try:
        engine.queues.enqueue("triage_mentions", [corrected], lane=Lane.JUDGE)
    except QueueDownError:
        errors.print("earshot: Redis is down; the message is triaged again once it is back", markup=False)
    sys.stdout.write("noted; the message is corrected and triaged again while `earshot up` runs\n")


@review_commands.command("miss-rate", epilog="Example: earshot review miss-rate --from 2026-04-01 --to 2026-06-30")
def miss_rate(
    start: Annotated[str | None, typer.Option("--from", help="Weeks that begin on this day or later.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Weeks that begin on this day or earlier.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How many complaints were judged to be none: estimate with its 95 % interval, in all, by label and by channel."""
    with ready().store.reading() as transaction:
        found = rates(transaction, since=day_or_none(start, "--from"), until=day_or_none(end, "--to"))
    if as_json:
        sys.stdout.write(json.dumps(encode(found), indent=2) + "\n")
        return
    if not found.overall.population:
        raise RecordError("no week of this time was drawn; `earshot review sample` shows what is")
    table = Table("of what was judged none", "messages", "reviewed", "missed", "miss rate", "95 % interval", box=None)
    for kind, lines in (("", (found.overall,)), ("label ", found.by_label), ("channel ", found.by_channel)):
        for line in lines:
            table.add_row(f"{kind}{line.name}", *_cells(line))
    Console(soft_wrap=True).print(table)


def _cells(line: MissRate) -> tuple[str, ...]:
    value = f"{line.value:.2%}" if line.value is not None else "–"
    return str(line.population), str(line.reviewed), str(line.missed), value, f"{line.low:.2%} to {line.high:.2%}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
