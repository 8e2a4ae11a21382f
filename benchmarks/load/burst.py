"""`python -m benchmarks.load.burst`: a news event on this machine: mostly noise, for a while a hundred times as much.

Real processes. Tier 3's seconds to the ticket are put beside noise's to the decision, and what the processes hold in
memory before and at the end of the burst.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from benchmarks.databases import databases
from benchmarks.load.arrivals import Stretch, instants
from benchmarks.load.reading import Outcome, outcome
from benchmarks.load.run import MEGABYTE, Installation, arrive, check_all_came_out, running
from benchmarks.load.watching import Watch
from benchmarks.machine import machine_facts
from benchmarks.messages import Messages, prepare
from classify.loading import load as load_weights
from models import Mention
from models.errors import EarshotError
from models.identity import mention_id
from policy.loading import load_policy
from settings import Settings
from triage.urgency import may_be_urgent

URGENT_SHARE = 0.04
"""Of a news event; the bundled sample is made of complaints."""


def main() -> int:
    options = _options()
    stretches = _stretches(options)
    try:
        with tempfile.TemporaryDirectory(prefix="earshot-burst-") as name, databases(Path(name)) as found:
            due = instants(stretches)
            mentions = _mixed(prepare(Path(name), file=None, number=2_000), len(due), options.urgent)
            database = found[-1] if options.database is None else next(d for d in found if d.name == options.database)
            with running(database, judges=options.judges) as here:
                told = _lived(here, mentions, due, stretches)
    except EarshotError as error:
        print(f"benchmarks.load.burst: {error}", file=sys.stderr)
        return 2
    told = {"database": database.name, "judges": options.judges, "urgent": options.urgent, **told, **machine_facts()}
    if options.json is not None:
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    _show(told)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load.burst", description=__doc__)
    parser.add_argument("--base", type=float, default=1.0, help="messages a second before and after (default: 1)")
    parser.add_argument("--times", type=float, default=100.0)
    parser.add_argument("--before", type=float, default=30.0, help="seconds")
    parser.add_argument("--burst", type=float, default=60.0, help="seconds")
    parser.add_argument("--after", type=float, default=30.0, help="seconds")
    parser.add_argument("--urgent", type=float, default=URGENT_SHARE, help="share of what may be urgent")
    parser.add_argument("--judges", type=int, default=1)
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"])
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _stretches(options: argparse.Namespace) -> list[Stretch]:
    calm = [Stretch(seconds, options.base) for seconds in (options.before, options.after)]
    return [calm[0], Stretch(options.burst, options.base * options.times), calm[1]]


def _mixed(messages: Messages, number: int, urgent: float) -> list[Mention]:
    """Messages of the sample in this share, each with an id, author and thread of its own."""
    classifier, house = load_weights(), load_policy(**Settings().policy).house
    some = messages.mentions[:200]
    verdicts = classifier.judge(some, [None] * len(some))
    serious = [each for each, verdict in zip(some, verdicts, strict=True) if may_be_urgent(each, verdict, house)]
    others = [each for each in some if each not in serious]
    chance, chosen = Random(1), {True: cycle(serious), False: cycle(others)}  # noqa: S311  which, not a secret
    drawn = (next(chosen[chance.random() < urgent]) for _ in range(number))
    return list(_apart(islice(drawn, number)))


def _apart(mentions: Iterator[Mention]) -> Iterator[Mention]:
    for place, mention in enumerate(mentions):
        author = replace(mention.author, id=f"burst-{place}") if mention.author is not None else None
        native = f"burst-{place}"
        yield replace(
            mention,
            id=mention_id(mention.channel, mention.account, native),
            native_id=native,
            author=author,
            conversation_id=native,
            in_reply_to=None,
            text=f"{mention.text} [{place}]",
        )


def _lived(
    here: Installation, mentions: Sequence[Mention], due: Sequence[float], stretches: Sequence[Stretch]
) -> dict[str, object]:
    source, watch, _ = arrive(here, mentions, due)
    check_all_came_out(here.flow, expected=len(due) + here.before)
    begins = source.began_at + timedelta(seconds=stretches[0].seconds)
    ends = begins + timedelta(seconds=stretches[1].seconds)
    parts: dict[str, object] = {}
    for name, came in _by_part(source.came_at, begins, ends).items():
        parts[name] = _told(outcome(here.flow.store, came, first=source.began_at))
    whole = outcome(here.flow.store, source.came_at, first=source.began_at)
    return {
        "messages": len(due),
        "all_came_out": True,
        "rates": [stretch.rate for stretch in stretches],
        "seconds": [stretch.seconds for stretch in stretches],
        "took": round(whole.seconds, 1),
        "parts": parts,
        "memory_mb": _memory(watch, stretches),
    }


def _by_part(came_at: Mapping[str, datetime], begins: datetime, ends: datetime) -> dict[str, dict[str, datetime]]:
    found: dict[str, dict[str, datetime]] = {"before": {}, "burst": {}, "after": {}}
    for key, at in came_at.items():
        found["before" if at < begins else "burst" if at < ends else "after"][key] = at
    return found


def _told(found: Outcome) -> dict[str, object]:
    return {
        "tier 3 to ticket": found.urgent_tickets.as_json(),
        **{f"{tier} to decision": waits.as_json() for tier, waits in sorted(found.decided.items())},
    }


def _memory(watch: Watch, stretches: Sequence[Stretch]) -> dict[str, int]:
    """Of all our processes: the most before the burst, and the most from its begin on."""
    begins = stretches[0].seconds
    before = max((sample.memory for sample in watch.samples if sample.at < begins), default=0)
    after = max((sample.memory for sample in watch.samples if sample.at >= begins), default=0)
    return {"before": round(before / MEGABYTE), "from the burst on": round(after / MEGABYTE)}


def _show(told: Mapping[str, object]) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=140)
    for name in ("database", "judges", "messages", "rates", "seconds", "took", "memory_mb", "machine", "date"):
        console.print(f"{name}: {told[name]}", highlight=False, markup=False)
    console.print(f"load at the end: {', '.join(f'{each:.1f}' for each in os.getloadavg())}", highlight=False)
    table = Table("when", "what", "messages", "p50, s", "p95", "p99", "most")
    parts = told["parts"]
    for part, found in parts.items() if isinstance(parts, dict) else ():
        for what, waits in found.items():
            table.add_row(part, what, *(str(waits[cut]) for cut in ("count", "p50", "p95", "p99", "most")))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
