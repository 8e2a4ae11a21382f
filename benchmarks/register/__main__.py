"""`python -m benchmarks.register`: verification and export of a big register, beside a plain loop and pandas."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine_facts
from benchmarks.register.filling import ENTRIES_EACH, fill

ROOT = Path(__file__).parents[2]
PANDAS = """
import json, resource, sys, time, pandas
_, source, target, method = sys.argv
began = time.perf_counter()
frame = pandas.read_json(source, lines=True, dtype=False)
getattr(frame, method)(target, index=False)
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": time.perf_counter() - began, "count": len(frame), "megabytes": megabytes,
                  "cpu_seconds": time.process_time()}))
"""
"""A script and no import: pandas is there for development alone. It gets rows folded already, as JSON lines."""
WANTED = {"verify": "wanted: a million entries in 60 s", "csv": "wanted: 100,000 in 60 s", "xlsx": "wanted: as CSV"}


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
        folder, found = Path(name), []
        database = folder / "register.db"
        began = time.perf_counter()
        last = fill(database, complaints=options.complaints)
        for format in ("csv", "jsonl", "xlsx"):
            found.append((f"export, {format}", _ours(database, format, folder / f"ours.{format}")))
        found += _pandas(folder)
        more = max(0, options.entries // ENTRIES_EACH - options.complaints)
        if more:
            fill(database, complaints=more, first=options.complaints + 1, previous=last)
        found.append(("verify", _ours(database, "verify", folder / "none")))
        found.append(("verify, plain loop of sqlite3, json and hashlib", _ours(database, "loop", folder / "none")))
        facts = machine_facts() | {"whole run": f"{time.perf_counter() - began:.0f} s, filling included"}
    _show(facts, found)
    if options.json is not None:
        options.json.write_text(json.dumps({"facts": facts, "found": dict(found)}, indent=2) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.register", description=__doc__)
    parser.add_argument("--complaints", type=int, default=100_000, help="to export (default: 100,000)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="to verify (default: 1,000,000)")
    parser.add_argument("--json", type=Path, help="file to write every figure to")
    return parser.parse_args()


def _ours(database: Path, what: str, file: Path) -> dict[str, Any]:
    return _run("-m", "benchmarks.register.ours", str(database), what, str(file))


def _pandas(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    if find_spec("pandas") is None:
        return []
    source = str(folder / "ours.jsonl")
    return [
        (f"pandas, JSON lines to {format}", _run("-c", PANDAS, source, str(folder / f"theirs.{format}"), method))
        for format, method in (("csv", "to_csv"), ("xlsx", "to_excel"))
    ]


def _run(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  our own programs
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _show(facts: dict[str, str], found: list[tuple[str, dict[str, Any]]]) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=150)
    for name, value in facts.items():
        console.print(f"{name}: {value}", highlight=False, markup=False, soft_wrap=True)
    table = Table("what", "rows or entries", "seconds", "of CPU", "a second", "peak MB", "note")
    for what, figures in found:
        each, seconds = figures["count"], figures["seconds"]
        note = WANTED.get(what.removeprefix("export, "), "")
        numbers = (f"{each:,}", f"{seconds:.1f}", f"{figures['cpu_seconds']:.1f}", f"{each / seconds:,.0f}")
        table.add_row(what, *numbers, f"{figures['megabytes']:,.0f}", note)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
