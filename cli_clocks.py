"""`earshot clocks`: every due date of a complaint, and how it was worked out."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from models.errors import SetupError
from policy.loading import load_policy, load_regulation
from policy.pack import RegulationPack
from settings import load as load_settings
from triage.clock_facts import ClockFact
from triage.clocks_shown import clocks_as_json

clock_commands = typer.Typer()


@clock_commands.command(epilog="Example: earshot clocks --place AU-NSW --received 2026-06-05T23:50+10:00 --json")
def clocks(
    received: Annotated[str | None, typer.Option(help="When it was said: ISO 8601 with an offset.")] = None,
    pack: Annotated[str, typer.Option(help="Policy pack.")] = "asic-rg271",
    complaint_types: Annotated[
        list[str] | None, typer.Option("--type", help="Type of complaint; may be repeated: the shortest limit stands.")
    ] = None,
    place: Annotated[str, typer.Option(help="Whose holidays count, e.g. AU-NSW.")] = "AU-NSW",
    strictest: Annotated[
        list[str] | None,
        typer.Option(help="More places, or all: the earliest deadline in business days of any of them. Repeatable."),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(help="KIND=INSTANT[,FACT=VALUE…], e.g. acknowledged=2026-06-06T09:00+10:00. Repeatable."),
    ] = None,
    extra_holidays: Annotated[str, typer.Option(help="Dates added to the calendar, comma separated.")] = "",
    excluded_holidays: Annotated[str, typer.Option(help="Dates taken out of it, comma separated.")] = "",
    holidays_file: Annotated[Path | None, typer.Option(help="TOML or CSV file of such dates.")] = None,
    scheme_days: Annotated[int | None, typer.Option(min=1, help="Calendar days that a card scheme gives.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Look from this instant: nothing after it is accepted or counted.")
    ] = None,
    list_types: Annotated[bool, typer.Option("--list-types", help="List the pack's types, events and places.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every due date with its paragraph, its force and each step of the arithmetic."""
    if list_types:
        _write(_known(load_regulation(pack)), as_json=as_json, show=_show_known)
        return
    if received is None:
        raise SetupError("--received is missing: when it was said, e.g. --received 2026-06-05T23:50+10:00")
    choice: dict[str, Any] = {"pack": pack, "place": place, "zone": None}
    if extra_holidays or excluded_holidays:
        choice["extra_holidays"] = _dates(extra_holidays, "--extra-holidays")
        choice["excluded_holidays"] = _dates(excluded_holidays, "--excluded-holidays")
    if holidays_file is not None:
        choice["holidays_file"] = holidays_file
    if strictest:
        choice |= {"strictest": True, "strictest_places": [] if strictest == ["all"] else strictest}
    if scheme_days is not None:
        choice["firm_days"] = {"card_scheme_days": scheme_days}
    policy = load_policy(**load_settings().policy | choice)
    answer = clocks_as_json(
        policy,
        types=complaint_types or ["standard"],
        received_at=_instant(received, "--received"),
        events=[_event(text) for text in event or []],
        now=datetime.now(UTC) if event else None,
        as_of=_instant(as_of, "--as-of") if as_of else None,
    )
    _write(answer, as_json=as_json, show=_show)


def _write(answer: Mapping[str, Any], *, as_json: bool, show: Callable[[Mapping[str, Any]], None]) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    else:
        show(answer)


def _known(pack: RegulationPack) -> dict[str, Any]:
    events = {
        event.name: {
            "meaning": event.meaning,
            "paragraph": event.paragraph,
            "effect": event.effect.value,
            "clocks": list(event.clocks),
        }
        for event in pack.known_events.values()
    }
    return {
        "pack": pack.name,
        "pack_version": pack.version,
        "types": dict(pack.types),
        "events": events,
        "places": list(pack.places),
    }


def _show_known(answer: Mapping[str, Any]) -> None:
    _columns([["type", "what it is"], *([name, meaning] for name, meaning in answer["types"].items())])
    events = ([name, event["meaning"], event["paragraph"]] for name, event in answer["events"].items())
    sys.stdout.write("\n")
    _columns([["event", "what happened", "paragraph"], *events])
    sys.stdout.write(f"\nplaces: {', '.join(answer['places'])}\n")


def _show(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{answer['pack']} {answer['pack_version']}, day 0 is {answer['day_zero']}\n\n")
    _columns(_due_lines(answer["due"]))
    for row in answer["due"]:
        _say(f"{row['key']}: {row['at']}", row["steps"])
        if "candidates" in row:
            _say("", [f"{name}: {on}" for name, on in row["candidates"].items()])
    for row in answer.get("stopped", ()):
        _say(
            f"{row['key']} stands still since {row['since']} ({row['by']}), {row['left']} {row['unit']} left",
            row["steps"],
        )
    for row in answer.get("response_required", ()):
        _say(f"{row['code']}: a written response is due", [f"{row['meaning']} ({row['paragraph']})"])
    for row in answer.get("delay_notices", ()):
        _say(f"delay notification {row['at']}: {'valid' if row['is_valid'] else 'not valid'}", row["missing"])
    for row in answer.get("history", ()):
        _say(f"{row['type']} until {row['until']}", [_in_short(due) for due in row["due"]])
    for note in answer.get("notes", ()):
        _say(f"note: {note}", [])


def _due_lines(rows: list[dict[str, Any]]) -> list[list[str]]:
    more = ["state"] if any("state" in row for row in rows) else []
    lines = [["clock", "last instant in time", "force", *more, "paragraph"]]
    for row in rows:
        lines.append([row["key"], row["at"], row["force"], *([_state(row)] if more else []), row["paragraph"]])
    return lines


def _columns(lines: list[list[str]]) -> None:
    """One line each, never broken, so that they can be searched and copied."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _state(row: Mapping[str, Any]) -> str:
    met = f" {row['met_at']}" if row["met_at"] else ""
    return f"{row['state']}{met}{', BREACH' if row['is_breach'] else ''}"


def _in_short(due: Mapping[str, Any]) -> str:
    return f"{due['key']} {due['date']}: {_state(due)}"


def _say(head: str, lines: list[str]) -> None:
    if head:
        sys.stdout.write(f"\n{head}\n")
    sys.stdout.write("".join(f"    {line}\n" for line in lines))


def _instant(text: str, name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise SetupError(f"{name} {text!r} is no ISO 8601 instant, e.g. 2026-06-05T23:50+10:00") from None
    if instant.tzinfo is None:
        raise SetupError(f"{name} {text!r} has no offset: say which, e.g. {text}+10:00, or {text}Z for UTC")
    return instant


def _event(text: str) -> ClockFact:
    told, *more = text.split(",")
    kind, found, instant = told.partition("=")
    if not found:
        raise SetupError(f"--event {text!r} is not KIND=INSTANT, e.g. acknowledged=2026-06-06T09:00+10:00")
    facts = {}
    for part in more:
        name, found, value = part.partition("=")
        if not found:
            raise SetupError(f"--event {text!r}: {part!r} is not FACT=VALUE, e.g. due_on=2026-07-31")
        facts[name.strip()] = value.strip()
    return ClockFact(kind, _instant(instant, f"--event {kind}"), facts)


def _dates(text: str, name: str) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise SetupError(f"{name} {text!r} must be dates with commas between, e.g. 2026-06-09,2026-09-22") from None
