"""Fitted weights → the folder that `classify.loading` reads: numbers only, each file with its hash, the same bytes
every time."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from classify.manifest import MANIFEST, Thresholds
from classify.ngrams import ANSWERS_FILE, WEIGHTS_FILE
from training.fitting import Floats
from training.questions import ANSWERS

ENGINE = "classify.ngrams"
_STEPS = 127


def write_folder(
    folder: Path,
    *,
    weights: npt.NDArray[np.float32],
    bias: Floats,
    rarity: npt.NDArray[np.float32],
    thresholds: Thresholds,
    proven_languages: Sequence[str],
    data_digest: str,
    version: str,
) -> None:
    """Replaces the files of the folder. Each output column keeps its own scale and 8 bits a weight."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / _STEPS
    arrays = {
        "weights": np.round(weights / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "bias": bias.astype(np.float32),
        "rarity": rarity.astype(np.float16),
    }
    save_file(arrays, folder / WEIGHTS_FILE)
    answers = {answer.name: list(answer.classes) for answer in ANSWERS}
    (folder / ANSWERS_FILE).write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
    manifest = _manifest(folder, thresholds, proven_languages, data_digest, version)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")


def _manifest(
    folder: Path, thresholds: Thresholds, proven_languages: Sequence[str], data_digest: str, version: str
) -> str:
    lines = [
        "# Written by `python -m training`. A changed byte in a listed file stops the start.",
        f'version = "{version}"',
        f'engine = "{ENGINE}"',
        f'data_digest = "{data_digest}"',
        f'proven_languages = "{" ".join(sorted(proven_languages))}"',
        "",
        "[thresholds]",
        f"complaint_low = {thresholds.complaint_low}",
        f"complaint_high = {thresholds.complaint_high}",
        f"least_label_probability = {thresholds.least_label_probability}",
        f"unproven_language_margin = {thresholds.unproven_language_margin}",
        "",
        "[files]",
        *(f'"{name}" = "{_digest(folder / name)}"' for name in (ANSWERS_FILE, WEIGHTS_FILE)),
    ]
    return "\n".join(lines) + "\n"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
