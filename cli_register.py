"""`earshot register …`: export, verification, reporting periods."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli_half_year import (
    export_half_year,
    given_file,
    half_years,
    lodgement_of,
    overview,
    show_corrections,
)
from cli_start import day_or_none, errors, note_access, ready, whole_file
from models.access import AccessAct
from models.errors import SetupError
from register.export import FORMATS, write
from register.half_years import HalfYear, half_year, half_year_between
from register.manifest import SUFFIX, Manifest
from register.rows import rows
from register.selection import Selection, select
from register.verify import verify_stored
from store.store import Transaction

ASIC = "asic"

register_commands = typer.Typer(help="The complaint register.", no_args_is_help=True)

Period = Annotated[str | None, typer.Option(help="A half-year: 2026H1, 2026H2.")]
ProfileName = Annotated[
    str | None, typer.Option(help="asic: profile by name; `example` shows the form. Default: the one for the period.")
]
ProfilesFolder = Annotated[
    Path | None, typer.Option(help="asic: folder of profiles and code lists. Default: EARSHOT_PROFILES.")
]
Entry = Annotated[int | None, typer.Option("--entry", help="As the register stood when this entry was its last.")]


@register_commands.command(
    epilog="Example: earshot register export --format csv --from 2026-07-01 --to 2026-12-31 --output h2.csv"
)
def export(
    format: Annotated[str, typer.Option(help=f"{', '.join(FORMATS)} or {ASIC} (the half-year file).")] = "csv",
    start: Annotated[str | None, typer.Option("--from", help="First local day, e.g. 2026-07-01.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last local day.")] = None,
    period: Period = None,
    by: Annotated[str, typer.Option(help="Days of what: received or closed.")] = "received",
    status: Annotated[list[str] | None, typer.Option(help="Only this status; may be repeated.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help="Only this channel; may be repeated.")] = None,
    complaint_type: Annotated[list[str] | None, typer.Option("--type", help="Only this type.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only this category.")] = None,
    tier: Annotated[list[str] | None, typer.Option(help="Only this tier.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    manifest: Annotated[Path | None, typer.Option(help=f"Default: beside --output, its name with {SUFFIX}.")] = None,
    with_personal_data: Annotated[
        bool, typer.Option("--with-personal-data", help="Do not mask names and words.")
    ] = False,
    entry: Entry = None,
    profile: ProfileName = None,
    profiles: ProfilesFolder = None,
    current: Annotated[
        bool, typer.Option("--current", help="What the register says now, though the period was lodged.")
    ] = False,
) -> None:
    """Write the register, one row per complaint, and a manifest; the same entries always give the same bytes."""
    if format not in (*FORMATS, ASIC):
        raise SetupError(f"--format {format!r} is not known; use one of {', '.join((*FORMATS, ASIC))}")
    first, last = day_or_none(start, "--from"), day_or_none(end, "--to")
    half = _half_year(period, first, last)
    wanted = {
        "status": status or [],
        "channel": channel or [],
        "type": complaint_type or [],
        "category": category or [],
        "tier": tier or [],
    }
    if half is not None:
        first, last = half.start, half.end
    selection = select(start=first, end=last, by=by, wanted=wanted)
    engine = ready()
    asked = json.dumps(selection.as_json())[:300]
    note_access(
        engine, AccessAct.EXPORTED, "register export", format=format, personal_data=with_personal_data, filter=asked
    )
    with engine.store.reading() as transaction:
        if format == ASIC:
            _refuse_choice(selection, with_personal_data=with_personal_data)
            books = half_years(engine, transaction, profiles)
            which = half or half_year_between(first, last)
            export_half_year(
                books, which, profile=profile, until=entry, current=current, output=output, manifest=manifest
            )
            return
        until = entry if current else _until(transaction, half, entry)
        made = _write(transaction, selection, format, output, until=until, with_personal_data=with_personal_data)
    beside = manifest or (output.with_name(output.name + SUFFIX) if output is not None else None)
    if beside is not None:
        with whole_file(beside) as file:
            file.write(made.as_bytes())
    errors.print(f"{made.written.rows} complaints, SHA-256 {made.written.sha256}", markup=False)


def _refuse_choice(selection: Selection, *, with_personal_data: bool) -> None:
    """The regulator gets every complaint, and none of the names."""
    if selection.wanted or selection.by != "received" or with_personal_data:
        raise SetupError(f"--format {ASIC} takes a period and nothing else: leave out filters, --by and personal data")


def _half_year(period: str | None, first: date | None, last: date | None) -> HalfYear | None:
    if period is None:
        return None
    if first is not None or last is not None:
        raise SetupError(f"--period {period} says the days already; leave out --from and --to")
    return half_year(period)


def _until(transaction: Transaction, half: HalfYear | None, entry: int | None) -> int | None:
    """A lodged period is exported as it was known then."""
    lodgement = transaction.lodgements.last(half.name) if half is not None and entry is None else None
    if lodgement is None:
        return entry
    errors.print(
        f"{lodgement.period} was lodged: as the register stood at entry {lodgement.head_seq}; --current for now",
        markup=False,
    )
    return lodgement.head_seq


def _write(
    transaction: Transaction,
    selection: Selection,
    format: str,
    output: Path | None,
    *,
    until: int | None,
    with_personal_data: bool,
) -> Manifest:
    head = transaction.register.head()
    if until is not None:
        digest = transaction.register.digest_at(until)
        if digest is None:
            raise SetupError(f"--entry {until}: the register has entries 1 to {head[0]}")
        head = (until, digest)
    with whole_file(output) as file:
        entries = transaction.register.entries(by_complaint=True, until=until)
        written = write(rows(entries, selection=selection, with_personal_data=with_personal_data), file, format=format)
    name = output.name if output is not None else f"register.{format}"
    return Manifest(name, format, written, head, selection, with_personal_data=with_personal_data)


@register_commands.command(epilog="Example: earshot register verify")
def verify() -> None:
    """Walk the whole chain and name the first entry that is not what was written."""
    with ready().store.reading() as transaction:
        result = verify_stored(transaction.register.stored(), head=transaction.register.head())
    if result.fault is not None:
        errors.print(f"earshot: the register is broken: {result.fault}", style="red", markup=False)
        raise typer.Exit(1)
    sys.stdout.write(f"{result.entries} entries verify, {result.redacted} redacted; last digest {result.digest}\n")


@register_commands.command(
    epilog='Example: earshot register lodge --period 2026H1 --file 2026H1.csv --by "Ann Lee"',
)
def lodge(
    period: Annotated[str, typer.Option(help="The half-year that was lodged: 2026H1, 2026H2.")],
    by: Annotated[str, typer.Option(help="Who lodged it.")],
    file: Annotated[Path | None, typer.Option(help="The file that was lodged, its manifest beside it.")] = None,
    again: Annotated[str, typer.Option(help="Why it was lodged another time.")] = "",
    entry: Entry = None,
    profile: ProfileName = None,
    profiles: ProfilesFolder = None,
) -> None:
    """Record that a period's file was lodged: from then on its export gives the same bytes."""
    half, engine = half_year(period), ready()
    with engine.store.reading() as transaction:
        lodgement = lodgement_of(
            half_years(engine, transaction, profiles),
            half,
            profile=profile,
            until=entry,
            given=given_file(file) if file is not None else None,
            person=by,
            reason=again,
        )
    with engine.store.writing() as transaction:
        transaction.lodgements.add(lodgement)
    what = f"SHA-256 {lodgement.sha256}" if lodgement.sha256 else "a nil submission"
    sys.stdout.write(
        f"{half.name} lodged by {lodgement.person}: {lodgement.rows} complaints, {what}, register entry "
        f"{lodgement.head_seq}\n"
    )


@register_commands.command(epilog="Example: earshot register periods --period 2026H1")
def periods(
    period: Period = None,
    profiles: ProfilesFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Reporting periods, their windows and what was lodged; of one period, the corrections that came after."""
    half, engine = half_year(period) if period is not None else None, ready()
    with engine.store.reading() as transaction:
        books = half_years(engine, transaction, profiles)
        if half is not None:
            show_corrections(books, half)
            return
        found, warnings = list(overview(books)), list(books.repeal(half_year(f"{books.today.year}H2")))
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    else:
        for one in found:
            lodged = one["lodged"] or {}
            told = f"on {lodged['at'][:10]} by {lodged['by']}, {lodged['rows']} complaints" if lodged else ""
            window = " to ".join(one["window"])
            with_profile = f"profile {one['profile']}" if one["profile"] else "no profile"
            sys.stdout.write(f"{one['period']}  lodge {window}  {with_profile}  {one['state']} {told}".rstrip() + "\n")
    for warning in warnings:
        errors.print(f"earshot: warning: {warning}", style="yellow", markup=False)
