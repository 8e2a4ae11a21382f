"""`python -m benchmarks.judge`: measure, print one table, and write JSON where asked."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, quantiles

from benchmarks.figures import Figure, Ratio, as_json, interleaved
from benchmarks.judging import has_encoder, pass_seconds, peer
from benchmarks.machine import cores, machine_facts
from benchmarks.messages import Messages, prepare
from benchmarks.programs import Program, started
from benchmarks.report import Row, show
from classify.loading import SHIPPED
from models.errors import EarshotError, SetupError

SAMPLE_MESSAGES = 1_000
GROUP = "judging"
PASSES = {
    "encoder": ("ours, encoder alone", "wanted: 5 times the pipeline"),
    "everything": ("ours, whole judge, the encoder reads every text", ""),
    "judge": ("ours, whole judge with its cascade", "wanted: 10 times the pipeline"),
}


@dataclass(frozen=True, slots=True)
class Ours:
    """Our processes, each with its share of the messages."""

    programs: Sequence[Program]

    def seconds(self, how: str) -> float:
        """Of the slowest, all working at once."""
        for program in self.programs:
            program.send(how)
        return max(float(program.answer()["seconds"]) for program in self.programs)

    def mean(self, what: str, name: str) -> float:
        return fmean(float(program.ask(what)[name]) for program in self.programs)


def main() -> int:
    options = _options()
    try:
        if not has_encoder(options.weights):
            raise SetupError(f"--weights {options.weights}: has no encoder, so there is nothing to put beside it")
        with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
            messages = prepare(Path(folder), file=options.file, number=options.messages)
            facts, figures = _measured(options, messages)
    except EarshotError as error:
        print(f"benchmarks.judge: {error}", file=sys.stderr)
        return 2
    theirs, *ours = figures
    found: list[Row] = [*figures, *(Ratio(one, theirs) for one in ours)]
    show(facts, found)
    if options.json is not None:
        options.json.write_text(json.dumps({"facts": facts} | as_json(found), indent=2) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge", description=__doc__)
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="folder with an encoder (default: those shipped)")
    parser.add_argument("--file", type=Path, help="JSON lines, plain or .gz, instead of the bundled sample")
    parser.add_argument("--messages", type=int, help=f"how many (default: {SAMPLE_MESSAGES:,} of the sample)")
    parser.add_argument("--processes", type=int, default=cores(), help="of ours, one thread each (default: one a core)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run, in turn (default: 3)")
    parser.add_argument("--json", type=Path, help="file to write every run to")
    options = parser.parse_args()
    if options.messages is None and options.file is None:
        options.messages = SAMPLE_MESSAGES
    return options


def _measured(options: argparse.Namespace, messages: Messages) -> tuple[dict[str, str], list[Figure]]:
    """What was found out, and the passes: the pipeline's first."""
    facts = {"messages": messages.what, **machine_facts(), "weights": str(options.weights)}
    with ExitStack() as running:
        ours = Ours([running.enter_context(_one_of_ours(options, messages, at)) for at in range(options.processes)])
        theirs = running.enter_context(peer(options.weights, messages))
        rounds = {f"transformers pipeline, fp32, batch 32, {theirs.facts['threads']} threads": partial(_theirs, theirs)}
        rounds |= {name: partial(ours.seconds, how) for how, (name, _) in PASSES.items()}
        notes = dict(PASSES.values())
        figures = [
            Figure(GROUP, name, messages.count, seconds, notes.get(name, ""))
            for name, seconds in interleaved(rounds, times=options.rounds).items()
        ]
        return facts | _facts(ours, theirs), figures


def _one_of_ours(options: argparse.Namespace, messages: Messages, at: int) -> AbstractContextManager[Program]:
    arguments = (options.weights, messages.path, at, options.processes)
    return started("benchmarks.judge.ours", *arguments, environment=["OMP_NUM_THREADS=1"])


def _theirs(theirs: Program) -> float:
    return pass_seconds(theirs, "list")


def _facts(ours: Ours, theirs: Program) -> dict[str, str]:
    first = ours.programs[0]
    cuts = quantiles(first.ask("single")["seconds"], n=20)
    our_memory, their_memory = ours.mean("memory", "megabytes"), theirs.ask("memory")["megabytes"]
    return {
        "ours": f"{len(ours.programs)} processes of one thread, the encoder in {first.facts['numeric form']}",
        "first verdict": f"{first.ready_seconds:.1f} s after the process was started (wanted: at most 5 s)",
        "a single message": f"{1000 * cuts[9]:.0f} ms p50, {1000 * cuts[18]:.0f} ms p95 (wanted: at most 50 ms p95)",
        "memory": f"ours {our_memory:,.0f} MB each (wanted: under 1,500 MB), the pipeline {their_memory:,.0f} MB",
        "settled by the n-grams": f"{ours.mean('settled', 'share'):.0%} of the messages",
    }


if __name__ == "__main__":
    sys.exit(main())
