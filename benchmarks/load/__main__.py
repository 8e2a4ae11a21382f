"""`python -m benchmarks.load`: messages arrive at real processes with 1, 2 and 4 judges, on each database, beside the
peers; one table on stdout, everything with `--json`.

Three questions: how many a second it takes when all wait at the door; how long a message takes to its ticket at a rate
below that; and what each stage costs, which the simulation goes on from.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.databases import Database, databases
from benchmarks.figures import Figure, Missing, Ratio, as_json
from benchmarks.load.arrivals import Stretch, instants
from benchmarks.load.costs import Costs, measured_costs
from benchmarks.load.peers import GROUP, Peers, peers
from benchmarks.load.run import LoadRun, load_run
from benchmarks.load.table import show_load
from benchmarks.machine import machine_facts
from benchmarks.messages import Messages, prepare
from benchmarks.report import Row, show
from classify.loading import load as load_weights
from models.errors import EarshotError

JUDGES = (1, 2, 4)
BELOW = 0.4
"""Of what one judge takes at full load: the stated rate."""
PART_FOR_PEERS = 200
WAY = "door to ticket, real processes"


@dataclass(slots=True)
class Found:
    runs: list[LoadRun] = field(default_factory=list)
    costs: list[Costs] = field(default_factory=list)
    judged: dict[str, list[float]] = field(default_factory=dict)
    """Peer → seconds of each pass."""
    missing: list[Missing] = field(default_factory=list)


def main() -> int:
    options, found = _options(), Found()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
            folder = Path(name)
            messages = prepare(folder, file=options.file, number=options.messages)
            facts = {"messages": messages.what, "SHA-256 of the file": messages.sha256, **machine_facts()}
            facts["rounds"] = f"{options.rounds}, interleaved; {'nothing else ran' if options.quiet else 'see load'}"
            try:
                _measure(options, messages, folder, found)
            finally:  # also of a run that was stopped or failed, for it took minutes
                facts["after the run"] = machine_facts()["date"]
                rows = _rows(found, messages)
                if options.json is not None:
                    text = json.dumps(_as_json(facts, found, rows), indent=1)
                    options.json.write_text(text + "\n", encoding="utf-8")
    except EarshotError as error:
        print(f"benchmarks.load: {error}", file=sys.stderr)
        return 2
    show(facts, rows)
    show_load(found.runs, found.costs)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--messages", type=int, default=800, help="in each run (default: 800)")
    parser.add_argument("--file", type=Path, help="JSON lines, plain or .gz, instead of the bundled sample")
    parser.add_argument("--rounds", type=int, default=1, help="how often each is run, in turn (default: 1)")
    parser.add_argument("--judges", type=int, nargs="+", default=JUDGES, help="default: 1 2 4")
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"], help="default: both")
    parser.add_argument("--seconds", type=float, default=45.0, help="of the run at a stated rate (default: 45)")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--obsei-python", type=Path, help="of an environment that has obsei; default: one is made")
    parser.add_argument("--quiet", action="store_true", help="say in the table that nothing else ran")
    parser.add_argument("--json", type=Path, help="file to write everything to, for the simulation")
    return parser.parse_args()


def _measure(options: argparse.Namespace, messages: Messages, folder: Path, found: Found) -> None:
    classifier = load_weights()
    with ExitStack() as stack:
        known = stack.enter_context(databases(folder))
        chosen = [each for each in known if options.database in (None, each.name)]
        if len(known) == 1:
            found.missing.append(Missing(WAY, "PostgreSQL", "PostgreSQL is not installed"))
        beside = Peers({}, [])
        if not options.no_peers:
            beside = stack.enter_context(peers(_first(messages, PART_FOR_PEERS), obsei_python=options.obsei_python))
        found.missing += beside.missing
        for _ in range(options.rounds):
            for database in chosen:
                _say(f"the costs of each stage, {database.name}")
                found.costs.append(measured_costs(database, messages, classifier, home=folder))
                for run in _runs(options, messages, database):
                    found.runs.append(run)
            for name, one_pass in beside.rounds.items():
                _say(name)
                found.judged.setdefault(name, []).append(one_pass())


def _runs(options: argparse.Namespace, messages: Messages, database: Database) -> Iterator[LoadRun]:
    rate = 0.0
    for judges in options.judges:
        _say(f"full load, {database.name}, judges: {judges}")
        run = load_run(database, messages.mentions, [0.0] * messages.count, judges=judges, asked=None)
        rate = rate or run.rate * BELOW
        yield run
    due = instants([Stretch(options.seconds, rate)])[: messages.count]
    _say(f"{rate:.1f} messages a second, {database.name}")
    yield load_run(database, messages.mentions, due, judges=options.judges[0], asked=rate)


def _first(messages: Messages, number: int) -> Messages:
    return Messages(messages.path, messages.what, messages.mentions[:number], messages.sha256)


def _rows(found: Found, messages: Messages) -> list[Row]:
    """As in `benchmarks`: figures, and ours beside each peer, round by round."""
    ours = []
    for name, runs in _same(found.runs).items():
        note = f"{runs[0].came}; {runs[0].watch.peak_memory / 1e6:,.0f} MB at most"
        seconds = tuple(run.outcome.seconds for run in runs)
        ours.append(Figure(WAY, name, runs[0].messages, seconds, note))
    count = min(PART_FOR_PEERS, messages.count)
    theirs = [Figure(GROUP, name, count, tuple(seconds)) for name, seconds in found.judged.items()]
    full = [one for one in ours if "full load" in one.name]
    ratios = [Ratio(one, other) for one in full for other in theirs if len(one.seconds) == len(other.seconds)]
    return [*ours, *theirs, *found.missing, *ratios]


def _same(runs: Sequence[LoadRun]) -> dict[str, list[LoadRun]]:
    found = dict[str, list[LoadRun]]()
    for run in runs:
        how = "full load" if run.asked_rate is None else "below it"
        found.setdefault(f"{run.database}, judges: {run.judges}, {how}", []).append(run)
    return found


def _as_json(facts: dict[str, str], found: Found, rows: Sequence[Row]) -> dict[str, Any]:
    costs = [each.as_json() for each in found.costs]
    return {"facts": facts, "runs": [run.as_json() for run in found.runs], "costs": costs} | as_json(rows)


def _say(what: str) -> None:
    print(f"measuring {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
