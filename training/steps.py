"""The long steps of a training run, each kept in a folder, so that a run that was stopped goes on where it was."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from joblib import Parallel, delayed
from rich.progress import Progress
from scipy.sparse import csr_array

from models.errors import SetupError
from training.encoder import (
    POLISH,
    TRUNK,
    Logits,
    Network,
    load_network,
    logits_of,
    open_network,
    save_network,
    tune,
)
from training.fitting import FirstLevel, Floats, fit_first_level
from training.held_back import first_level_scores, tasks
from training.questions import SCORES
from training.rows import Row
from training.schedule import EVERY_PART, MEASURED_PARTS, Schedule, polish_passes, scored_by, trunk_passes


@dataclass(frozen=True, slots=True)
class Work:
    """Where results of the long steps lie, and how many processes may share them."""

    folder: Path
    processes: int
    progress: Progress

    def array(self, name: str, make: Callable[[], npt.NDArray[np.generic]]) -> npt.NDArray[np.generic]:
        path = self.folder / f"{name}.npy"
        if not path.exists():
            np.save(path.with_suffix(".part.npy"), make())
            path.with_suffix(".part.npy").rename(path)
        found: npt.NDArray[np.generic] = np.load(path)
        return found


def open_work(folder: Path, made_of: Mapping[str, object], processes: int, progress: Progress) -> Work:
    """Raises: SetupError where the folder holds steps that were made of something else."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "made-of.json"
    before = json.loads(note.read_text(encoding="utf-8")) if note.exists() else made_of
    if before != made_of:
        other = " and ".join(name for name in made_of if before.get(name) != made_of[name])
        raise SetupError(
            f"folder of steps {folder}: was made with other {other}; remove it, or name another with --work"
        )
    note.write_text(json.dumps(made_of) + "\n", encoding="utf-8")
    return Work(folder, processes, progress)


def ngram_scores(work: Work, features: csr_array, rows: Sequence[Row]) -> Floats:
    """First-level scores of all rows, each by weights that never saw it, `(n, len(SCORES))`."""

    def make() -> Floats:
        task = work.progress.add_task("n-grams: score each part by the others", total=len(tasks(rows)))
        scores = np.zeros((len(rows), len(SCORES)))
        for held_back, columns, found in first_level_scores(features, rows, processes=work.processes):
            scores[np.ix_(np.flatnonzero(held_back), np.array(columns))] = found
            work.progress.advance(task)
        return scores

    return work.array("ngram-scores", make).astype(np.float64)


def ngram_layer(work: Work, features: csr_array, rows: Sequence[Row]) -> FirstLevel:
    """Learns from every row, the official dev splits too: nothing is measured on it."""

    def make() -> npt.NDArray[np.float32]:
        first = fit_first_level(features, rows, np.ones(len(rows), dtype=np.bool_))
        return np.vstack([first.weights, first.bias.astype(np.float32)])

    found = work.array("ngram-layer", make).astype(np.float32)
    return FirstLevel(found[:-1], found[-1].astype(np.float64))


def tuned_encoder(work: Work, rows: Sequence[Row], encoder: str, schedule: Schedule) -> Path:
    """Folder of the encoder that has learnt from everything but what it is measured on."""
    trunk, whole = work.folder / "trunk", work.folder / "encoder"
    if not trunk.exists():
        kept = _under_way(trunk)
        save_network(tune(open_network(encoder), rows, trunk_passes(rows, schedule), TRUNK, kept), trunk)
        kept.unlink(missing_ok=True)
    if not whole.exists():
        kept = _under_way(whole)
        save_network(_polished(trunk, rows, EVERY_PART, schedule, kept), whole)
        kept.unlink(missing_ok=True)
    return whole


def encoder_logits(work: Work, rows: Sequence[Row], schedule: Schedule) -> Logits:
    """Head logits by weights that never saw the row, `(n, outputs)`; NaN where there are none."""
    trunk = work.folder / "trunk"
    parts = [EVERY_PART, *MEASURED_PARTS]
    task = work.progress.add_task("encoder: score each part by the others", total=len(parts))
    missing = [part for part in parts if not (work.folder / f"logits-{part}.npy").exists()]
    jobs = (delayed(_make_logits)(work.folder, trunk, rows, part, schedule) for part in missing)
    work.progress.advance(task, len(parts) - len(missing))
    for _ in Parallel(n_jobs=work.processes, return_as="generator")(jobs):
        work.progress.advance(task)
    blocks = {part: np.load(work.folder / f"logits-{part}.npy") for part in parts}
    found = np.full((len(rows), blocks[EVERY_PART].shape[1]), np.nan, dtype=np.float32)
    for part, block in blocks.items():
        found[scored_by(rows, part)] = block
    return found


def _make_logits(folder: Path, trunk: Path, rows: Sequence[Row], part: int, schedule: Schedule) -> None:
    torch.set_num_threads(1)
    kept = _under_way(folder / f"logits-{part}")
    network = load_network(folder / "encoder") if part == EVERY_PART else _polished(trunk, rows, part, schedule, kept)
    texts = [rows[at].text for at in np.flatnonzero(scored_by(rows, part)).tolist()]
    np.save(folder / f"logits-{part}.part.npy", logits_of(network, texts))
    (folder / f"logits-{part}.part.npy").rename(folder / f"logits-{part}.npy")
    kept.unlink(missing_ok=True)


def _polished(trunk: Path, rows: Sequence[Row], part: int, schedule: Schedule, kept: Path) -> Network:
    return tune(load_network(trunk), rows, polish_passes(rows, part, schedule), POLISH, kept)


def _under_way(result: Path) -> Path:
    return result.with_name(result.name + ".under-way")
