"""The list of what belongs to a set of weights, checked byte for byte before anything is loaded."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from models.errors import SetupError

MANIFEST = "manifest.toml"
_WAY_OUT = "restore the folder from the release, or train again with `python -m training`"
LEVELS = (1.5, 2.5, 3.5)
"""Severities that lie between two levels."""
LEAST_POINT, MOST_POINT = 0.3, 0.7
"""Decision points lie between these: nearer to an end, moving them to 0.5 would turn the order of probabilities."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the classifier stops being sure, chosen on held-back texts from what a mistake costs."""

    complaint_low: float
    """Below this a text is no complaint."""
    complaint_high: float
    """From this on it is one; in between a person must look."""
    least_label_probability: float
    """Below this the most probable label is not relied on."""
    unproven_language_margin: float
    """How far both ends of the band move apart in a language without complaints to learn from."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked folder of weights."""

    folder: Path
    version: str
    engine: str
    """Dotted name of the module that loads these weights."""
    files: Mapping[str, str]
    """File name → SHA-256."""
    data_digest: str
    proven_languages: frozenset[str]
    """Languages with labelled complaints in the training data."""
    thresholds: Thresholds
    decision_points: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Language, or `other` → answer of one class → the probability from which yes is best said."""
    severity_steps: tuple[float, ...] = LEVELS
    """Mean severities from which levels 2, 3 and 4 are best said."""

    def points_of(self, lang: str) -> Mapping[str, float]:
        return self.decision_points.get(lang, self.decision_points.get("other", {}))

    def with_band(self, shifted: Callable[[float], float]) -> "Manifest":
        """With both ends of the abstain band moved."""
        old = self.thresholds
        ends = {"complaint_low": shifted(old.complaint_low), "complaint_high": shifted(old.complaint_high)}
        return replace(self, thresholds=replace(old, **ends))

    def path(self, name: str) -> Path:
        if name not in self.files:
            raise SetupError(f"weights {self.folder / MANIFEST}: no file {name} is listed; {_WAY_OUT}")
        return self.folder / name


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder whose every file has the listed hash.

    Raises: SetupError naming the file that is missing, changed or cannot be read.
    """
    path = folder / MANIFEST
    try:
        found = _parsed(folder, tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SetupError(f"weights {path}: cannot be read ({error.strerror}); {_WAY_OUT}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise SetupError(f"weights {path}: not a valid manifest ({error!r}); {_WAY_OUT}") from error
    for name, digest in found.files.items():
        _check(folder / name, digest)
    return found


def _parsed(folder: Path, document: Mapping[str, object]) -> Manifest:
    files = _table(document, "files")
    limits = _table(document, "thresholds")
    points = _table(document, "decision_points") if "decision_points" in document else {}
    return Manifest(
        folder=folder,
        version=str(document["version"]),
        engine=str(document["engine"]),
        files={name: str(digest) for name, digest in files.items()},
        data_digest=str(document["data_digest"]),
        proven_languages=frozenset(str(document["proven_languages"]).split()),
        thresholds=Thresholds(
            complaint_low=float(str(limits["complaint_low"])),
            complaint_high=float(str(limits["complaint_high"])),
            least_label_probability=float(str(limits["least_label_probability"])),
            unproven_language_margin=float(str(limits["unproven_language_margin"])),
        ),
        decision_points={
            lang: {answer: _point(point) for answer, point in _table(points, lang).items()} for lang in points
        },
        severity_steps=_severity_steps(document.get("severity_steps", LEVELS)),
    )


def _point(found: object) -> float:
    point = float(str(found))
    if not LEAST_POINT <= point <= MOST_POINT:
        raise ValueError(f"decision point {point}: must lie from {LEAST_POINT} to {MOST_POINT}")
    return point


def _severity_steps(found: object) -> tuple[float, ...]:
    steps = tuple(float(str(one)) for one in found) if isinstance(found, list | tuple) else ()
    if len(steps) != len(LEVELS) or not all(low < high for low, high in pairwise((1.0, *steps, 4.0))):
        raise ValueError(f"severity_steps {found!r}: three numbers that rise from 1 to 4 are wanted")
    return steps


def _table(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = document[name]
    if not isinstance(found, dict):
        raise TypeError(f"{name} must be a table")
    return found


def _check(path: Path, digest: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SetupError(f"weights {path}: cannot be read ({error.strerror}); {_WAY_OUT}") from error
    if found != digest:
        raise SetupError(f"weights {path}: SHA-256 is {found[:12]}…, the manifest says {digest[:12]}…; {_WAY_OUT}")
