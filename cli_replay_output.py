"""How `earshot replay` is printed: summary, rules and cases, as tables, CSV or JSON."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO

from rich.console import Console
from rich.table import Table

from measure.replayed import CaseChange, RuleCount, Tally
from models.cells import plain_row
from store.encoding import encode

MOST_SHOWN = 200
"""Cases of a table; csv and json give all."""
COLUMNS = ("case", "channel", "first_said", "people_acted", "as_decided", "rank_before", "rank_after") + (
    "what",
    "before",
    "after",
)


@dataclass(frozen=True, slots=True)
class Line:
    change: CaseChange
    ranks: tuple[int, int] | None
    """Place in the order of all cases replayed, before and after."""


@dataclass(frozen=True, slots=True)
class Result:
    tally: Tally
    rules: Mapping[str, RuleCount]
    lines: Iterator[Line]


def _as_table(result: Result, file: BinaryIO) -> None:
    text = TextIOWrapper(file, encoding="utf-8", write_through=True)
    console = Console(file=text, soft_wrap=True, highlight=False)
    summary = Table(show_header=False, box=None)
    for name, number in result.tally.lines():
        summary.add_row(name, f"{number:,}")
    console.print(summary)
    rules = Table("rule", "held for", "would hold for", "e.g. cases", box=None)
    for name, count in sorted(result.rules.items()):
        rules.add_row(name, str(count.before), str(count.after), " ".join(str(one) for one in count.examples))
    console.print(rules)
    for place, line in enumerate(result.lines):
        if place == MOST_SHOWN:
            console.print(f"… only the first {MOST_SHOWN} cases are shown; --format csv gives all")
            break
        console.print(_heading(line), markup=False)
        for change in line.change.changes:
            console.print(f"    {change.what}: {change.before or '-'} → {change.after or '-'}", markup=False)
    text.detach()


def _heading(line: Line) -> str:
    change = line.change
    rank = f", place {line.ranks[0]} → {line.ranks[1]}" if line.ranks is not None else ""
    acted = ", people acted in it" if change.is_touched else ""
    other = "" if change.as_decided else ", decided otherwise at the time"
    return f"case {change.case_id} ({change.channel}, {change.received_at:%Y-%m-%d}){rank}{acted}{other}"


def _as_csv(result: Result, file: BinaryIO) -> None:
    """One line for each thing that would change."""
    text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for line in result.lines:
        change, ranks = line.change, line.ranks or ("", "")
        place = (change.case_id, change.channel, change.received_at.isoformat())
        flags = ("yes" if change.is_touched else "no", "yes" if change.as_decided else "no")
        changes = ((*place, *flags, *ranks, one.what, one.before, one.after) for one in change.changes)
        writer.writerows(map(plain_row, changes))
    text.detach()


def _as_json(result: Result, file: BinaryIO) -> None:
    """One object; the cases are written as they come."""
    head = {"summary": dict(result.tally.lines()), "rules": {name: encode(one) for name, one in result.rules.items()}}
    file.write(json.dumps(head, ensure_ascii=False, sort_keys=True)[:-1].encode() + b', "cases": [')
    for place, line in enumerate(result.lines):
        ranks = {"rank_before": line.ranks[0], "rank_after": line.ranks[1]} if line.ranks is not None else {}
        shown = json.dumps(encode(line.change) | ranks, ensure_ascii=False, sort_keys=True)
        file.write((b",\n" if place else b"\n") + shown.encode())
    file.write(b"]}\n")


FORMATS: Mapping[str, Callable[[Result, BinaryIO], None]] = {"table": _as_table, "csv": _as_csv, "json": _as_json}
