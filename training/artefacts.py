"""Fitted weights → the folder that `classify.loading` reads: numbers only, each file with its hash, the same bytes
every time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from classify.blend import ARRAYS_FILE as BLEND_ARRAYS_FILE
from classify.blend import BLEND_FILE
from classify.encoder import CONFIG_FILE, TOKENIZER_FILE
from classify.encoder import WEIGHTS_FILE as ENCODER_FILE
from classify.manifest import MANIFEST, Thresholds
from classify.ngrams import ANSWERS_FILE, WEIGHTS_FILE
from training.blending import Blend
from training.cascade import Conditions
from training.fitting import Floats
from training.presenting import Points, Steps
from training.questions import ANSWERS

NGRAMS, BLEND = "classify.ngrams", "classify.blend"
_STEPS = 127

Arrays = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Description:
    """What the manifest says beside the hashes."""

    version: str
    engine: str
    data_digest: str
    proven_languages: Sequence[str]
    thresholds: Thresholds
    decision_points: Points
    severity_steps: Steps
    licences: str = "all"
    """`clear` where only sets with a clear licence were learnt from."""


@dataclass(frozen=True, slots=True)
class EncoderArtefact:
    """A fine-tuned encoder as arrays, with what is needed to rebuild it."""

    described: Mapping[str, object]
    """Base, configuration, most tokens and heads: `encoder.json`."""
    arrays: Arrays
    tokenizer: str
    """JSON of the tokenizers library."""


@dataclass(slots=True)
class Folder:
    """A folder of weights being written; the manifest comes last, so that half a folder is never taken for one."""

    path: Path
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / MANIFEST).unlink(missing_ok=True)

    def write_ngrams(self, weights: npt.NDArray[np.float32], bias: Floats, rarity: npt.NDArray[np.float32]) -> None:
        """Each output column keeps its own scale and 8 bits a weight."""
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / _STEPS
        arrays = {
            "weights": np.round(weights / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            "bias": bias.astype(np.float32),
            "rarity": rarity.astype(np.float16),
        }
        self._arrays(WEIGHTS_FILE, arrays)
        self._json(ANSWERS_FILE, {answer.name: list(answer.classes) for answer in ANSWERS})

    def write_encoder(self, encoder: EncoderArtefact) -> None:
        """Matrices in 8 bits a weight, each row with its own scale."""
        found: dict[str, npt.NDArray[np.generic]] = {}
        for name, array in sorted(encoder.arrays.items()):
            if array.ndim == 2:  # noqa: PLR2004 - a matrix
                scale = np.maximum(np.abs(array).max(axis=1, keepdims=True), 1e-12) / _STEPS
                found[name] = np.round(array / scale).astype(np.int8)
                found[f"{name}.scale"] = scale[:, 0].astype(np.float32)
            else:
                found[name] = array.astype(np.float32)
        self._arrays(ENCODER_FILE, found)
        self._json(CONFIG_FILE, encoder.described)
        self._text(TOKENIZER_FILE, encoder.tokenizer)

    def write_blend(self, blend: Blend, groups: Mapping[str, str], cascade: Mapping[str, Conditions]) -> None:
        arrays = {f"{group}.weights": found.astype(np.float32) for group, found in blend.weights.items()}
        arrays |= {f"{group}.bias": found.astype(np.float32) for group, found in blend.bias.items()}
        self._arrays(BLEND_ARRAYS_FILE, arrays)
        self._json(BLEND_FILE, {"groups": groups, "cascade": cascade})

    def write_manifest(self, described: Description) -> None:
        self._write(MANIFEST, _manifest(self.path, self.names, described).encode())

    def _arrays(self, name: str, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        save_file({key: np.ascontiguousarray(array) for key, array in sorted(arrays.items())}, self.path / name)
        self.names.append(name)

    def _json(self, name: str, document: Mapping[str, object]) -> None:
        self._text(name, json.dumps(document, indent=1) + "\n")

    def _text(self, name: str, text: str) -> None:
        self._write(name, text.encode())
        self.names.append(name)

    def _write(self, name: str, content: bytes) -> None:
        (self.path / name).write_bytes(content)


def _manifest(folder: Path, names: Sequence[str], described: Description) -> str:
    one = described.thresholds
    lines = [
        "# Written by `python -m training`. A changed byte in a listed file stops the start.",
        f'version = "{described.version}"',
        f'engine = "{described.engine}"',
        f'data_digest = "{described.data_digest}"',
        f'licences = "{described.licences}"',
        f'proven_languages = "{" ".join(sorted(described.proven_languages))}"',
        f"severity_steps = {list(described.severity_steps)}",
        "",
        "[thresholds]",
        f"complaint_low = {one.complaint_low}",
        f"complaint_high = {one.complaint_high}",
        f"least_label_probability = {one.least_label_probability}",
        f"unproven_language_margin = {one.unproven_language_margin}",
        "",
        "# Group of languages: the probability from which yes is best said; 0.5 where none is named.",
        *(_points(group, points) for group, points in described.decision_points.items()),
        "",
        "[files]",
        *(f'"{name}" = "{digest_of_file(folder / name)}"' for name in sorted(names)),
    ]
    return "\n".join(lines) + "\n"


def _points(group: str, points: Mapping[str, float]) -> str:
    return "\n".join([f"[decision_points.{group}]", *(f"{name} = {point}" for name, point in points.items())])


def digest_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
