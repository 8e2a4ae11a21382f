"""`python -m benchmarks`: measure, print one table, and write JSON where asked."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks import processes
from benchmarks.databases import Database, databases
from benchmarks.figures import Figure, Missing, Ratio, as_json, interleaved
from benchmarks.judging import has_encoder, judge_seconds, pass_seconds, peer
from benchmarks.machine import machine_facts
from benchmarks.messages import Messages, Mixed, prepare
from benchmarks.programs import Program
from benchmarks.report import Row, show
from benchmarks.stages import StageRun, run_stages, stage_figures
from classify.classifier import Classifier
from classify.loading import SHIPPED
from classify.loading import load as load_weights
from models import Label, Mention
from models.errors import EarshotError
from settings import Settings

PARTS = ("flow", "stages", "judge", "peer")
SAMPLE_MESSAGES = 2_000
WAY = "file to ticket, real processes"
COLD, WARM = "start of every process included", "workers running already"
JUDGING = "judging alone"


def main() -> int:
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
            classifier = load_weights()
            mixed = Mixed(options.complaints, _complaints_by(classifier)) if options.complaints is not None else None
            messages = prepare(Path(folder), file=options.file, number=options.messages, mixed=mixed)
            facts = _facts(messages, options.rounds, options.judge_processes)
            found = list(_measured(options, messages, classifier, Path(folder)))
    except EarshotError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    show(facts, found)
    if options.json is not None:
        options.json.write_text(json.dumps({"facts": facts} | as_json(found), indent=2) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--messages", type=_positive, help=f"how many; default: {SAMPLE_MESSAGES:,} of the sample, or the whole file"
    )
    parser.add_argument("--file", type=Path, help="JSON lines, plain or .gz, instead of the bundled sample")
    parser.add_argument(
        "--complaints", type=_share, help="share of the bundled sample's messages; default: as it has them, about half"
    )
    parser.add_argument("--only", choices=PARTS, help="measure one part; peer also runs ours, for the ratio")
    parser.add_argument("--rounds", type=_positive, default=3, help="how often each is run, in turn (default: 3)")
    parser.add_argument("--judge-processes", type=_positive, default=Settings().judge_processes, help="as the setting")
    parser.add_argument("--json", type=Path, help="file to write every run to")
    options = parser.parse_args()
    if options.messages is None and options.file is None:
        options.messages = SAMPLE_MESSAGES
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def _facts(messages: Messages, rounds: int, judge_processes: int) -> dict[str, str]:
    return {
        "messages": messages.what,
        "SHA-256 of the file": messages.sha256,
        **machine_facts(),
        "rounds": f"{rounds}, interleaved; medians, least to most",
        "judge processes": str(judge_processes),
    }


def _complaints_by(classifier: Classifier) -> Callable[[Sequence[Mention]], list[bool]]:
    """Which of these the classifier takes for complaints."""
    return lambda mentions: [
        verdict.decision == Label.COMPLAINT for verdict in classifier.judge(mentions, [None] * len(mentions))
    ]


def _measured(options: argparse.Namespace, messages: Messages, classifier: Classifier, folder: Path) -> Iterator[Row]:
    flow = list(_flow(options, messages, classifier, folder)) if options.only in (None, "flow", "stages") else []
    judged = list(_judging(options, messages, classifier)) if options.only in (None, "judge", "peer") else []
    yield from (*flow, *judged)
    yield from _ratios([figure for figure in (*flow, *judged) if isinstance(figure, Figure)])


# the flow


def _flow(
    options: argparse.Namespace, messages: Messages, classifier: Classifier, folder: Path
) -> Iterator[Figure | Missing]:
    with databases(folder) as found:
        if options.only != "stages":
            yield from _processes(options, messages, found)
        yield from _stages(options.rounds, messages, found, classifier, folder)
    if len(found) == 1:
        yield Missing(WAY, "PostgreSQL", "PostgreSQL is not installed")


def _processes(options: argparse.Namespace, messages: Messages, found: Sequence[Database]) -> Iterator[Figure]:
    notes: dict[str, str] = {}

    def cold(database: Database) -> float:
        with processes.fresh(database, judge_processes=options.judge_processes) as settings:
            _say(f"{WAY}, {COLD}: {database.name}")
            return processes.cold(settings, messages)

    def warm(database: Database) -> float:
        with processes.fresh(database, judge_processes=options.judge_processes) as settings:
            _say(f"{WAY}, {WARM}: {database.name}")
            seconds, notes[f"{database.name}, {WARM}"] = processes.warm(settings, messages)
            return seconds

    rounds = {f"{each.name}, {WARM}": partial(warm, each) for each in found}
    rounds |= {f"{each.name}, {COLD}": partial(cold, each) for each in found}
    for name, seconds in interleaved(rounds, times=options.rounds).items():
        yield Figure(WAY, name, messages.count, seconds, notes.get(name, ""))


def _stages(
    rounds: int, messages: Messages, found: Sequence[Database], classifier: Classifier, folder: Path
) -> Iterator[Figure]:
    runs: dict[str, list[StageRun]] = {database.name: [] for database in found}
    for _ in range(rounds):
        for database in found:
            _say(f"stage by stage: {database.name}")
            runs[database.name].append(run_stages(database.new(), messages, classifier, home=folder))
    for database in found:
        yield from stage_figures(database, runs[database.name], messages)


# judging


def _judging(options: argparse.Namespace, messages: Messages, classifier: Classifier) -> Iterator[Figure | Missing]:
    batch = Settings().judge_batch
    ours = f"ours, classifier {classifier.version}, batches of {batch}, one thread"
    rounds = {ours: partial(judge_seconds, classifier, messages, batch=batch)}
    classifier.judge(messages.mentions[:batch], [None] * len(messages.mentions[:batch]))
    if options.only == "judge" or not has_encoder(SHIPPED):
        yield from _figures(rounds, messages, options.rounds)
        if options.only != "judge":
            yield Missing(JUDGING, "the peer", f"the weights in {SHIPPED} have no encoder to run it on")
        return
    with peer(SHIPPED, messages) as beside:
        _say("judging alone, ours beside the peer")
        names = _peer_names(beside)
        rounds |= {name: partial(pass_seconds, beside, how) for how, name in names.items()}
        yield from _figures(rounds, messages, options.rounds)


def _peer_names(beside: Program) -> dict[str, str]:
    threads = f"{beside.facts['threads']} threads"
    return {
        "one": f"peer: transformers pipeline, one call a message, {threads}",
        "list": f"peer: transformers pipeline, list with batch_size=32, {threads}",
    }


def _figures(rounds: dict[str, partial[float]], messages: Messages, times: int) -> Iterator[Figure]:
    for name, seconds in interleaved(rounds, times=times).items():
        yield Figure(JUDGING, name, messages.count, seconds)


def _ratios(figures: Sequence[Figure]) -> Iterator[Ratio]:
    """Ours, judging alone and the whole way, beside each way of calling the peer."""
    peers = [figure for figure in figures if figure.name.startswith("peer")]
    ours = [figure for figure in figures if figure not in peers and figure.group in (WAY, JUDGING)]
    yield from (Ratio(one, other) for one in ours for other in peers)


def _say(what: str) -> None:
    print(f"measuring {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
