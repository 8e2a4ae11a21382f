"""`python -m benchmarks.systemic`: what the daily search for systemic issues costs, by how many complaints there are.

Made-up complaints of twelve weeks: words drawn as languages draw them (few are frequent, most are rare), and one in ten
of a planted issue. `--alike` draws from thirty words instead: the worst there is, everything is like everything.
Time is that of the processor, memory what the process needs beside what it held before.
"""

import argparse
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta

from rich.console import Console
from rich.table import Table

from benchmarks.inbox.filling import WORDS
from benchmarks.machine import machine_facts
from measure.systemic import ComplaintText, clusters

LAST = date(2026, 6, 30)
DAYS = 84
VOCABULARY = 20_000
SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "ol"))
ISSUES = (
    "annual card fee charged twice on the statement",
    "login code never arrives by sms since the update",
    "assessor for the hail claim cancelled again",
    "branch closed without notice cannot deposit cash",
    "refund of the flight insurance still not paid",
)
PRODUCTS = ("credit card", "home insurance", "savings account", "home loan", None)
MEGABYTE = 1024


def main() -> int:
    options = _options()
    console = Console() if sys.stdout.isatty() else Console(width=120)
    for name, value in machine_facts().items():
        console.print(f"{name}: {value}", highlight=False, markup=False, soft_wrap=True)
    table = Table("complaints", "seconds of processor", "MiB more", "clusters", "largest")
    for count in options.complaints:
        with multiprocessing.get_context("spawn").Pool(1) as pool:  # a process of its own: memory is its peak
            seconds, megabytes, found, largest = pool.apply(measured, (count, options.alike))
        table.add_row(f"{count:,}", f"{seconds:.1f}", f"{megabytes:,}", str(found), f"{largest:,}")
    console.print(table)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.systemic", description=__doc__)
    parser.add_argument("--complaints", type=int, nargs="+", default=[5_000, 20_000, 45_000])
    parser.add_argument("--alike", action="store_true", help="draw from thirty words")
    return parser.parse_args()


def measured(count: int, is_alike: bool) -> tuple[float, int, int, int]:
    """Seconds of processor time, MiB, how many clusters and the size of the largest."""
    said = made_up(count, is_alike=is_alike)
    before, began = _peak(), time.process_time()
    found = clusters(said)
    seconds = time.process_time() - began
    return seconds, _peak() - before, len(found), max((len(one.complaint_ids) for one in found), default=0)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE


def made_up(count: int, *, is_alike: bool = False, seed: int = 7) -> list[ComplaintText]:
    dice = random.Random(seed)  # noqa: S311  made-up data
    words = WORDS["en"].split() if is_alike else [_word(dice) for _ in range(VOCABULARY)]
    weights = [1.0] * len(words) if is_alike else [1 / (place + 20) for place in range(len(words))]
    return [_complaint(number, dice, words, weights) for number in range(count)]


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4)))


def _complaint(number: int, dice: random.Random, words: Sequence[str], weights: Sequence[float]) -> ComplaintText:
    said = dice.choices(words, weights, k=dice.randint(8, 40))
    if dice.random() < 0.1:
        said = [*dice.choice(ISSUES).split(), *said[:6]]
    return ComplaintText(
        complaint_id=f"C-{number}",
        author=f"author-{number}",
        received_on=LAST - timedelta(days=dice.randrange(DAYS)),
        product=dice.choice(PRODUCTS),
        category="billing_payment",
        text=" ".join(said),
    )


if __name__ == "__main__":
    sys.exit(main())
