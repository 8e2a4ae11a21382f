"""`python -m training --data PATH`: labelled sets → weights, manifest and card."""

import argparse
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from classify.features import feature_matrix, rarity_of
from classify.loading import SHIPPED
from models.errors import SetupError
from training.adapting import adapt, adapted_card
from training.artefacts import BLEND, NGRAMS, Description, Folder
from training.base import MINILM, Base, base_of
from training.blending import OTHER, Blend, centred_logits, fit_blend, held_back_probabilities
from training.card import card
from training.cascade import CONDITIONS, settled_alone, with_cascade
from training.cascade import GROUPS as SETTLED_GROUPS
from training.datasets import OWN_LABELS, Dataset
from training.encoder import artefact_of, load_network, open_network
from training.findings import Encoder, Findings, findings, read_figures, write_figures
from training.fitting import Floats, fit_all_answers, folded
from training.held_back import second_level_probabilities
from training.presenting import decision_points, presented_by_others, severity_steps
from training.reliability_picture import picture
from training.rows import Row, chosen_datasets, digest_of, files_of, read
from training.schedule import AS_SHIPPED, Schedule
from training.steps import Work, encoder_logits, ngram_layer, ngram_scores, open_work, tuned_encoder
from training.thresholds import choose_thresholds

VERSION = "2026.2"
SHIPPED_LABELS = Path(__file__).parent / "labels"
LEAST_COMPLAINTS = 50
"""A language with fewer labelled complaints is not proven."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run of the training is to make, and where."""

    out: Path
    work: Path
    version: str = VERSION
    encoder: str | None = MINILM
    """Name, id or folder of the encoder to fine-tune; None for the n-grams alone."""
    schedule: Schedule = AS_SHIPPED
    only_clear: bool = False
    processes: int = 1
    only_clear_figures: Path | None = None
    """Figures of a run that learnt from sets with a clear licence only, to show beside this one's."""


@dataclass(slots=True)
class Measured:
    """What was learnt, and what it says of texts that it did not learn from."""

    held_back: dict[str, Floats]
    """Answer → `(rows, classes)`, NaN where a row was not held back."""
    base: Base | None = None
    blend: Blend | None = None
    network: Path | None = None
    settled: float = 0.0
    """Share of these texts that the n-grams settle alone."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    console = Console(stderr=True)
    logging.basicConfig(
        level=logging.INFO, format="%(message)s", handlers=[RichHandler(console=console, show_path=False)]
    )
    try:
        if options.data is None:
            _adapt(options, console)
            return 0
        datasets = chosen_datasets(only_clear=options.only_clear_licences)
        files = {one: files_of(one, options.data, options.own_labels) for one in datasets}
        with ExitStack() as stack:
            work = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earshot-training-")))
            plan = Plan(
                out=options.out,
                work=work,
                version=options.version,
                encoder=None if options.no_encoder else options.encoder,
                schedule=Schedule(options.passes, options.multilingual),
                only_clear=options.only_clear_licences,
                processes=options.processes,
                only_clear_figures=options.compare,
            )
            found = train(files, plan, console)
        _write(found, options.card or Path("docs/classifier.md"), options.figures)
    except SetupError as error:
        console.print(f"error: {error}", style="red")
        return 1
    _show(found, console)
    return 0


def _adapt(options: argparse.Namespace, console: Console) -> None:
    """Without the public sets nothing is trained anew: what is shipped is fitted to labels that it does not know."""
    own = next(one for one in chosen_datasets(only_clear=False) if one.name == OWN_LABELS)
    known = {row.text for row in read({own: files_of(own, None, [SHIPPED_LABELS])}, only_clear=False)}
    rows = read({own: files_of(own, None, options.own_labels)}, only_clear=False)
    new = [row for row in rows if row.text not in known]
    gains = adapt(new, options.out, version=options.version)
    (options.card or options.out / "classifier.md").write_text(
        adapted_card(options.version, gains, len(new)), encoding="utf-8"
    )
    table = Table(
        "answer", "mean cost before", "after", "labels", title=f"classifier {options.version}, held-back labels"
    )
    for one in gains:
        table.add_row(one.answer, f"{one.before:.3f}", f"{one.after:.3f}", str(one.count))
    console.print(table)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Train the classifier and write its weights, manifest and card.",
        epilog="Example: python -m training --data ~/labelled-sets --work build/training --processes 2",
    )
    add = parser.add_argument
    add(
        "--data", type=Path, help="folder with one folder per labelled set; left out: fit what is shipped to own labels"
    )
    add("--own-labels", type=Path, action="append", help="folder of own *.jsonl; may be given more than once")
    add("--out", type=Path, default=SHIPPED, help="folder to write the weights to")
    add("--version", default=VERSION, help="name of what is trained")
    add("--encoder", default=MINILM, help="encoder to fine-tune: a Hugging Face id or a local folder")
    add("--multilingual", action="store_true", help="the encoder reads many languages: learn from those sets, too")
    add("--passes", type=float, default=1.0, help="how many times as long the encoder learns, for instance on a GPU")
    add("--no-encoder", action="store_true", help="train the n-grams alone: minutes instead of hours")
    add("--work", type=Path, help="keep the results of the long steps here, and go on from them")
    add("--card", type=Path, help="file to write the card to; default: docs/classifier.md")
    add("--figures", type=Path, help="also write the figures as JSON, for --compare of another run")
    add("--compare", type=Path, help="figures of a run with --only-clear-licences, to show beside this one's")
    add("--only-clear-licences", action="store_true", help="leave out sets with an unclear licence")
    add("--processes", type=int, default=1, help="parts learnt at the same time")
    found = parser.parse_args(arguments)
    anew = {
        "--encoder": found.encoder != MINILM,
        "--multilingual": found.multilingual,
        "--passes": found.passes != AS_SHIPPED.passes,
        "--no-encoder": found.no_encoder,
        "--only-clear-licences": found.only_clear_licences,
        "--compare": found.compare is not None,
    }
    if found.data is None and any(anew.values()):
        names = " and ".join(name for name, is_given in anew.items() if is_given)
        parser.error(f"{names}: only where everything is trained anew; give --data, the folder of the labelled sets")
    found.own_labels = found.own_labels or [SHIPPED_LABELS]
    return found


def train(files: Mapping[Dataset, list[Path]], plan: Plan, console: Console) -> Findings:
    """Measures, fits, and writes the folder of weights."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    base = base_of(plan.encoder, plan.work) if plan.encoder else None
    if base:
        open_network(base.place)  # before the steps that take long
    # One thread: the order of additions, and with it the last digit, must not depend on the machine.
    with threadpool_limits(1), Progress(*columns, console=console) as progress:
        digest = digest_of(path for paths in files.values() for path in paths)
        rows, rarity, features = _prepared(files, progress, only_clear=plan.only_clear)
        work = open_work(plan.work, _made_of(plan, digest), plan.processes, progress)
        scores = ngram_scores(work, features, rows)
        weights, bias = folded(
            ngram_layer(work, features, rows), fit_all_answers(scores, rows, np.ones(len(rows), dtype=np.bool_))
        )
        measured = Measured(second_level_probabilities(scores, rows))
        if base:
            measured = _with_encoder(measured.held_back, rows, work, base, plan.schedule)
            progress.console.print(f"settled by the n-grams alone: {measured.settled:.1%} of the held-back texts")
        shown = presented_by_others(measured.held_back, rows)
        thresholds = choose_thresholds(rows, shown)
    proven = _proven_languages(rows)
    folder = Folder(plan.out)
    folder.write_ngrams(weights, bias, rarity)
    _write_encoder(folder, measured)
    folder.write_manifest(
        Description(
            version=plan.version,
            engine=BLEND if measured.blend else NGRAMS,
            data_digest=digest,
            proven_languages=proven,
            thresholds=thresholds,
            decision_points=decision_points(measured.held_back, rows),
            severity_steps=severity_steps(measured.held_back, rows),
            licences="clear" if plan.only_clear else "all",
        )
    )
    base = measured.base
    return findings(
        rows,
        shown,
        thresholds,
        version=plan.version,
        data_digest=digest,
        proven_languages=proven,
        used=frozenset(one.name for one in files),
        encoder=Encoder(base.name, base.licence, base.digest) if base else None,
        only_clear_figures=read_figures(plan.only_clear_figures) if plan.only_clear_figures else (),
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
        row.forms = []  # rows are sent to other processes: send no more along than is needed
    progress.advance(task)
    return rows, rarity, features


def _made_of(plan: Plan, digest: str) -> dict[str, object]:
    return {"data": digest, "encoder": plan.encoder or "none", "schedule": asdict(plan.schedule)}


def _with_encoder(
    ngrams: dict[str, Floats], rows: Sequence[Row], work: Work, base: Base, schedule: Schedule
) -> Measured:
    """Where the encoder has held-back logits, the blend takes the n-grams' place; elsewhere nothing is measured."""
    network = tuned_encoder(work, rows, base.place, schedule)
    logits = encoder_logits(work, rows, schedule)
    at = np.flatnonzero(np.isfinite(logits).all(axis=1)).tolist()
    known = [rows[one] for one in at]
    inputs = np.hstack([centred_logits({name: part[at] for name, part in ngrams.items()}), logits[at]])
    first = {name: part[at] for name, part in ngrams.items()}
    alone = settled_alone(first, known)
    held_back = {name: np.full_like(part, np.nan) for name, part in ngrams.items()}
    for name, part in with_cascade(first, held_back_probabilities(inputs, known), alone).items():
        held_back[name][at] = part
    return Measured(held_back, base, fit_blend(inputs, known), network, float(alone.mean()))


def _write_encoder(folder: Folder, measured: Measured) -> None:
    if measured.base and measured.blend and measured.network:
        folder.write_encoder(artefact_of(load_network(measured.network), measured.base.name))
        groups = {group: group for group in measured.blend.weights if group != OTHER} | {"*": OTHER}
        folder.write_blend(measured.blend, groups, dict.fromkeys(SETTLED_GROUPS, CONDITIONS))


def _proven_languages(rows: Sequence[Row]) -> list[str]:
    count = Counter(row.lang for row in rows if row.targets.get("complaint") == 1)
    return sorted(lang for lang, complaints in count.items() if complaints >= LEAST_COMPLAINTS)


def _write(found: Findings, path: Path, figures: Path | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(card(found), encoding="utf-8")
    (path.parent / "img").mkdir(exist_ok=True)
    (path.parent / "img" / "reliability.svg").write_text(picture(found.reliability), encoding="utf-8")
    if figures:
        write_figures(found, figures)


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
