"""`python -m training --data PATH`: labelled sets → weights, manifest and card."""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from classify.features import feature_matrix, rarity_of
from classify.loading import SHIPPED
from models.errors import SetupError
from training.artefacts import write_folder
from training.card import Findings, card
from training.datasets import Dataset
from training.evaluation import calibration, figures
from training.fitting import Floats, fit_all_answers, fit_first_level, folded
from training.held_back import first_level_scores, second_level_probabilities, tasks
from training.questions import SCORES
from training.rows import Row, chosen_datasets, digest_of, files_of, read
from training.thresholds import asked_share, choose_thresholds

VERSION = "2026.1"
LEAST_COMPLAINTS = 50
"""A language with fewer labelled complaints is not proven."""
_ASKED = ("xci:dev", "xci", "cesamard:dev", "earshot-labels")


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    console = Console(stderr=True)
    try:
        datasets = chosen_datasets(only_clear=options.only_clear_licences)
        files = {one: files_of(one, options.data, options.own_labels) for one in datasets}
        found = train(files, options.out, console, only_clear=options.only_clear_licences, processes=options.processes)
    except SetupError as error:
        console.print(f"error: {error}", style="red")
        return 1
    options.card.parent.mkdir(parents=True, exist_ok=True)
    options.card.write_text(card(found), encoding="utf-8")
    _show(found, console)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Train the classifier and write its weights, manifest and card.",
        epilog="Example: python -m training --data ~/labelled-sets --processes 4",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per labelled set")
    parser.add_argument("--own-labels", type=Path, default=Path("training/labels"), help="folder of our own *.jsonl")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder to write the weights to")
    parser.add_argument("--card", type=Path, default=Path("docs/classifier.md"), help="file to write the card to")
    parser.add_argument("--only-clear-licences", action="store_true", help="leave out sets with an unclear licence")
    parser.add_argument("--processes", type=int, default=1, help="parts measured at the same time")
    return parser.parse_args(arguments)


def train(
    files: Mapping[Dataset, list[Path]], out: Path, console: Console, *, only_clear: bool = False, processes: int = 1
) -> Findings:
    """Measures, fits, and writes the folder of weights."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    # One thread: the order of additions, and with it the last digit, must not depend on the machine.
    with threadpool_limits(1), Progress(*columns, console=console) as progress:
        digest = digest_of(path for paths in files.values() for path in paths)
        rows, rarity, features = _prepared(files, progress, only_clear=only_clear)
        scores = _held_back_scores(features, rows, processes, progress)
        held_back = second_level_probabilities(scores, rows)
        thresholds = choose_thresholds(rows, held_back)
        weights, bias = _last_fit(features, rows, scores, progress)
    proven = _proven_languages(rows)
    write_folder(
        out,
        weights=weights,
        bias=bias,
        rarity=rarity,
        thresholds=thresholds,
        proven_languages=proven,
        data_digest=digest,
        version=VERSION,
    )
    return Findings(
        version=VERSION,
        data_digest=digest,
        rows=rows,
        figures=figures(rows, held_back),
        calibration=calibration(rows, held_back),
        thresholds=thresholds,
        asked=[(tag, *asked_share(rows, held_back, tag, thresholds)) for tag in _ASKED],
        proven_languages=proven,
        used=frozenset(one.name for one in files),
    )


def _prepared(
    files: Mapping[Dataset, list[Path]], progress: Progress, *, only_clear: bool
) -> tuple[list[Row], npt.NDArray[np.float32], csr_array]:
    task = progress.add_task("read and prepare texts", total=3)
    rows = read(files, only_clear=only_clear)
    progress.advance(task)
    rarity = rarity_of(row.forms for row in rows)
    progress.advance(task)
    features = feature_matrix((row.forms for row in rows), rarity)
    features.sum_duplicates()
    for row in rows:
        row.forms = []  # rows are sent to other processes: send no texts along
    progress.advance(task)
    return rows, rarity, features


def _held_back_scores(features: csr_array, rows: Sequence[Row], processes: int, progress: Progress) -> Floats:
    task = progress.add_task("score each part by the others", total=len(tasks(rows)))
    scores = np.zeros((len(rows), len(SCORES)))
    for held_back, columns, found in first_level_scores(features, rows, processes=processes):
        scores[np.ix_(np.flatnonzero(held_back), np.array(columns))] = found
        progress.advance(task)
    return scores


def _last_fit(
    features: csr_array, rows: Sequence[Row], scores: Floats, progress: Progress
) -> tuple[npt.NDArray[np.float32], Floats]:
    """Learns from every row, the official dev splits too: nothing is measured on it."""
    task = progress.add_task("fit on everything", total=1)
    everything = np.ones(len(rows), dtype=np.bool_)
    first = fit_first_level(features, rows, everything)
    progress.advance(task)
    return folded(first, fit_all_answers(scores, rows, everything))


def _proven_languages(rows: Sequence[Row]) -> list[str]:
    count = Counter(row.lang for row in rows if row.targets.get("complaint") == 1)
    return sorted(lang for lang, complaints in count.items() if complaints >= LEAST_COMPLAINTS)


def _show(found: Findings, console: Console) -> None:
    table = Table("figure", "value", "95 % interval", "n", title=f"classifier {found.version}")
    for one in found.figures:
        table.add_row(one.name, f"{one.value:.3f}", f"{one.low:.3f} to {one.high:.3f}", str(one.count))
    for name, error, count in found.calibration:
        table.add_row(f"{name}, calibration error", f"{error:.3f}", "", str(count))
    for name, asked, missed in found.asked:
        table.add_row(f"{name}, left to a person / missed", f"{asked:.3f} / {missed:.3f}", "", "")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
