"""`python -m benchmarks.load.soak`: hours of light load on real processes; do memory or open files grow?

Prints a line a process, draws `--picture`, and ends with 1 where one grows for certain by more than is allowed.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import socket

from benchmarks.databases import Database, databases
from benchmarks.load.arrivals import Arriving, Stretch, instants
from benchmarks.load.picture import Line, picture
from benchmarks.load.reading import outcome
from benchmarks.load.run import MEGABYTE, Installation, check_all_came_out, running, wait_for_all
from benchmarks.load.slope import Slope, slope
from benchmarks.load.watching import POSTGRES, Watch, watching
from benchmarks.machine import machine_facts
from benchmarks.messages import prepare
from benchmarks.processes import as_if_in
from models.errors import EarshotError, SetupError
from running.children import Child
from settings import PREFIX
from store.queue import Lane

ALLOWED_MEGABYTES_AN_HOUR, ALLOWED_FILES_AN_HOUR = 8.0, 4.0
"""By which a process grows where the lower end of its interval is above them."""
ROOM_TO_STOP_SECONDS = 60.0
WEB = (sys.executable, "-m", "cli", "web", "--no-greet")
MEASURES = ("heap", "files")


def main() -> int:
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="earshot-soak-") as name, databases(Path(name)) as found:
            facts, watch = _soaked(options, _chosen(found, options.database), Path(name))
    except EarshotError as error:
        print(f"benchmarks.load.soak: {error}", file=sys.stderr)
        return 2
    facts |= {"load while it ended": ", ".join(f"{each:.1f}" for each in os.getloadavg())}
    for name, value in facts.items():
        print(f"{name}: {value}")
    slopes, grown = _judged(watch)
    if options.picture is not None:
        options.picture.write_text(_drawn(facts["what"], watch, slopes), encoding="utf-8")
    if options.json is not None:
        options.json.write_text(json.dumps(_as_json(facts, watch, slopes), indent=1) + "\n", encoding="utf-8")
    for words in grown:
        print(f"GROWS: {words}", file=sys.stderr)
    return 1 if grown else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=3.0, help="messages a second (default: 3)")
    parser.add_argument("--judges", type=int, default=1)
    parser.add_argument(
        "--database", choices=["SQLite", "PostgreSQL"], help="default: PostgreSQL where it is installed"
    )
    parser.add_argument("--every", type=float, default=5.0, help="seconds between samples (default: 5)")
    parser.add_argument("--picture", type=Path, help="SVG file to draw it to")
    parser.add_argument("--json", type=Path, help="file for every sample")
    return parser.parse_args()


def _chosen(found: Sequence[Database], name: str | None) -> Database:
    chosen = [database for database in found if name in (None, database.name)]
    if not chosen:
        raise SetupError(f"--database {name}: it is not installed")
    return chosen[-1]


def _soaked(options: argparse.Namespace, database: Database, folder: Path) -> tuple[dict[str, str], Watch]:
    due = instants([Stretch(options.minutes * 60, options.rate)])
    messages = prepare(folder, file=None, number=len(due))
    with running(database, judges=options.judges) as here, _web(here) as web:
        port, child = web
        parts = [*here.parts, child]
        source = Arriving(messages.mentions, due, meanwhile=_looking(here, port))
        with watching(
            os.getpid(), lambda: {part.pid: part.name for part in parts}, every=options.every, also=here.postgres
        ) as watch:
            here.flow.hearing.read(source, lane=Lane.JUDGE)
        wait_for_all(here.flow, here.tree)
        aside = check_all_came_out(here.flow, expected=len(due) + here.before)
        found = outcome(here.flow.store, source.came_at, first=source.began_at)
        restarts = [part.name for part in here.parts if part.failures]
        with here.flow.store.reading() as transaction:
            counts = transaction.counts.all(now=here.flow.now())
    what = f"soak, {options.minutes:g} minutes at {options.rate:g} messages a second, {database.name}"
    waits = found.to_ticket.as_json()
    facts = {"what": what, "messages": f"{messages.what}; none was lost", **machine_facts()}
    facts["set aside"] = "; ".join(f"{number} x {fault}" for fault, number in Counter(aside).items()) or "none"
    facts["seconds to ticket"] = ", ".join(f"{name} {value}" for name, value in waits.items())
    facts["came"] = f"{counts['cases_total']} cases, {counts['register_entries']} register entries"
    return facts | {"started again": ", ".join(restarts) or "none"}, watch


@contextmanager
def _web(here: Installation) -> Iterator[tuple[int, Child]]:
    """The page's process beside the workers, and its port."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = ["sh", "-c", 'cd "$1" && shift && exec "$@" >>web.log 2>&1', "sh", str(here.settings.home)]
    child = Child("web", [*log, *as_if_in(here.settings), f"{PREFIX}WEB_PORT={port}", *WEB])
    child.start()
    try:
        yield port, child
    finally:
        child.ask_to_stop()
        child.wait(ROOM_TO_STOP_SECONDS)


def _looking(here: Installation, port: int) -> Callable[[], None]:
    """Between messages: the tree is looked after, and the page asked how it is every few seconds."""
    asked = time.monotonic()

    def look() -> None:
        nonlocal asked
        here.tree.look()
        if time.monotonic() - asked > 5:
            asked = time.monotonic()
            _ask(port)

    return look


def _ask(port: int) -> None:
    """It starts while messages come already, so an answer may be missing; its own log says why."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        for path in ("/healthz", "/login"):
            connection.request("GET", path)
            connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


def _judged(watch: Watch) -> tuple[dict[tuple[str, str], Slope], list[str]]:
    """Slopes by (part, measure), and what grows."""
    found, grown = dict[tuple[str, str], Slope](), []
    for part in _parts(watch):
        for measure, allowed, unit in zip(
            MEASURES, (ALLOWED_MEGABYTES_AN_HOUR, ALLOWED_FILES_AN_HOUR), ("MB", "files"), strict=True
        ):
            fitted = slope([(at / 60, value) for at, value in _line(watch, part, measure)])
            found[part, measure] = fitted
            said = f"{part}: {measure} {fitted.middle:+.2f} {unit} an hour ({fitted.low:+.2f} to {fitted.high:+.2f})"
            print(said)
            if fitted.low > allowed and part != POSTGRES:
                grown.append(f"{said}; allowed: {allowed:g}")
    return found, grown


def _parts(watch: Watch) -> list[str]:
    """Those that ran from the beginning to the end."""
    return sorted(set.intersection(*(set(sample.uses) for sample in watch.samples)))


def _line(watch: Watch, part: str, measure: str) -> list[tuple[float, float]]:
    """(minutes, megabytes or files)."""
    by = 1 / MEGABYTE if measure == "heap" else 1.0
    return [(sample.at / 60, getattr(sample.uses[part], measure) * by) for sample in watch.samples]


def _drawn(title: str, watch: Watch, slopes: dict[tuple[str, str], Slope]) -> str:
    """A database server is shown too; it is judged by its own settings."""
    lines = []
    for measure, unit in zip(MEASURES, ("MB", ""), strict=True):
        for part in _parts(watch):
            fitted = slopes[part, measure]
            note = f"{fitted.middle:+.1f} an hour ({fitted.low:+.1f} to {fitted.high:+.1f})"
            lines.append(Line(f"{part}: {measure}", unit, _line(watch, part, measure), note))
    return picture(title[:1].upper() + title[1:], lines)


def _as_json(facts: dict[str, str], watch: Watch, slopes: dict[tuple[str, str], Slope]) -> dict[str, object]:
    return {
        "facts": facts,
        "slopes_an_hour": {
            f"{part}, {measure}": [round(one.middle, 3), round(one.low, 3), round(one.high, 3)]
            for (part, measure), one in slopes.items()
        },
        "minutes": [round(sample.at / 60, 3) for sample in watch.samples],
        **{
            measure: {part: [round(value, 2) for _, value in _line(watch, part, measure)] for part in _parts(watch)}
            for measure in MEASURES
        },
    }


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
