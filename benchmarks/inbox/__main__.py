"""`python -m benchmarks.inbox`: how long the server takes for a page, with many cases and many agents at once."""

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from benchmarks.databases import databases
from benchmarks.inbox.agents import Agent, open_inbox
from benchmarks.inbox.copying import add_done
from benchmarks.inbox.filling import fill
from benchmarks.machine import machine_facts
from models.errors import SetupError
from store.store import Store

WANTED_MS = 100
Timings = dict[str, list[float]]


def main() -> int:
    options = _options()
    found: dict[str, Timings] = {}
    with (
        tempfile.TemporaryDirectory(prefix="earshot-bench-") as name,
        _filled(options, options.home or Path(name)) as (store, url, folder),
    ):
        there = 0
        for done in options.done:
            add_done(store, done - there)
            there = max(there, done)
            with store.reading() as transaction:
                messages = f"{transaction.counts.all(now=datetime.now(UTC))['messages_total']:,} messages"
            with open_inbox(url, folder, agents=options.agents, processes=options.processes) as agents:
                found[f"{messages}, one agent"] = _at_work(agents[:1], seconds=options.seconds, pause=0.0)
                found[f"{messages}, {len(agents)} agents"] = _at_work(
                    agents, seconds=options.seconds, pause=options.pause
                )
    facts = machine_facts() | {
        "database": options.database,
        "cases": f"{options.cases:,}, {options.open_share:.0%} of them open; then {options.done} more that are done",
        "agents": f"{options.agents} at once, each thinking {options.pause:g} s between two clicks",
        "inbox": f"{options.processes} processes",
    }
    is_fast = _show(facts, found)
    return 0 if is_fast or not options.fail else 1


@contextmanager
def _filled(options: argparse.Namespace, folder: Path) -> Iterator[tuple[Store, str, Path]]:
    """One of SQLite that is in the folder already is used as it is. Raises: SetupError."""
    with databases(folder) as installed:
        chosen = next((one for one in installed if one.name.lower() == options.database), None)
        if chosen is None:
            raise SetupError(f"{options.database} is not installed: install it, or leave --database away")
        kept = folder / "inbox.db"
        url = f"sqlite:///{kept}" if options.database == "sqlite" else chosen.new()
        is_there = options.database == "sqlite" and kept.exists()
        store = Store(url) if is_there else fill(url, count=options.cases, share_open=options.open_share)
        yield store, url, folder
        store.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument(
        "--done", type=int, nargs="+", default=[0], help="measured with so many more cases that are done, one by one"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--open-share", type=float, default=0.1, help="of all cases that are open (default: 0.1)")
    parser.add_argument("--home", type=Path, help="folder that keeps the database; one filled before is used as it is")
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2, help="that serve the inbox (default: 2)")
    parser.add_argument("--seconds", type=float, default=20, help="of measuring, twice (default: 20)")
    parser.add_argument("--pause", type=float, default=4, help="between two clicks of an agent (default: 4 seconds)")
    parser.add_argument("--fail", action="store_true", help=f"end with 1 where a p95 is over {WANTED_MS} ms")
    return parser.parse_args()


def _at_work(agents: list[Agent], *, seconds: float, pause: float) -> Timings:
    timings: Timings = defaultdict(list)
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_work, args=(agent, number, until, pause, timings))
        for number, agent in enumerate(agents)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return timings


def _work(agent: Agent, number: int, until: float, pause: float, timings: Timings) -> None:
    dice = random.Random(number)  # noqa: S311  made-up work
    time.sleep(pause * dice.random())
    acts = _acts(agent, dice)
    names = list(acts)
    while time.perf_counter() < until:
        for name in names:
            timings[name].append(acts[name]())
            time.sleep(pause * (0.5 + dice.random()))
            if time.perf_counter() >= until:
                return


def _acts(agent: Agent, dice: random.Random) -> dict[str, Callable[[], float]]:
    views = ("all", "mine", "unowned", "tier3", "complaints", "overdue", "waiting", "noise", "every")
    words = ("refund", "mortgage rate", "kartım", "превод", "branch", '"charged me"', "ref9", "person_77", "lo")
    since = int(datetime.now(UTC).timestamp() * 1000)
    news = urlencode({"view": "all", "newest": 10**9, "since": since})

    def queue() -> float:
        asked = {"view": dice.choice(views), "page": dice.choice((1, 1, 1, 2, 5))}
        return agent.get(f"/?{urlencode(asked)}")

    def filtered() -> float:
        asked = {
            "view": "all",
            "tag": "charge",
            "channel": dice.choice(("x", "email")),
            "sort": dice.choice(("due", "oldest")),
        }
        return agent.get(f"/?{urlencode(asked)}")

    return {
        "queue page": queue,
        "queue page, filtered and sorted": filtered,
        "search": lambda: agent.get(f"/?{urlencode({'q': dice.choice(words), 'view': dice.choice(views)})}"),
        "case page": lambda: agent.get(f"/cases/{agent.some_case(dice)}?view=all&at={dice.randrange(60)}"),
        "filters with counts": lambda: agent.get("/filters?view=all"),
        "news": lambda: agent.get(f"/news?{news}"),
        "reply": lambda: agent.reply(agent.some_case(dice)),
    }


def _show(facts: dict[str, str], found: dict[str, Timings]) -> bool:
    console = Console() if sys.stdout.isatty() else Console(width=120)
    for name, value in facts.items():
        console.print(f"{name}: {value}", highlight=False, markup=False, soft_wrap=True)
    table = Table("what", "who", "times", "p50 ms", "p95 ms", "longest ms", f"wanted: p95 under {WANTED_MS}")
    is_fast = True
    for who, timings in found.items():
        for what, each in timings.items():
            p95 = sorted(each)[min(len(each) - 1, int(len(each) * 0.95))]
            is_fast = is_fast and p95 < WANTED_MS
            numbers = (f"{statistics.median(each):.0f}", f"{p95:.0f}", f"{max(each):.0f}")
            table.add_row(what, who, str(len(each)), *numbers, "yes" if p95 < WANTED_MS else "NO")
    console.print(table)
    return is_fast


if __name__ == "__main__":
    sys.exit(main())
