"""A folder of weights → the classifier that it belongs to."""

import importlib
from pathlib import Path
from typing import Protocol, cast

from classify.classifier import Classifier
from classify.manifest import MANIFEST, Manifest, read_manifest
from models.errors import SetupError

SHIPPED = Path(__file__).parent / "weights"
ENGINES = frozenset({"classify.ngrams", "classify.encoder"})
"""Modules that may load weights: a manifest chooses among them, it cannot name any other code."""


class Engine(Protocol):
    """A module that can load the weights of one manifest."""

    def load(self, manifest: Manifest) -> Classifier: ...


def load(folder: Path | None = None) -> Classifier:
    """The classifier whose weights lie in `folder`; the shipped one by default.

    Raises: SetupError naming the file that is missing, changed or not understood.
    """
    manifest = read_manifest(folder or SHIPPED)
    if manifest.engine not in ENGINES:
        choices = ", ".join(sorted(ENGINES))
        raise SetupError(f"weights {manifest.folder / MANIFEST}: engine {manifest.engine!r} is none of {choices}")
    # By name, so that whoever imports this module does not pay for a machine learning library it may never use.
    engine = cast(Engine, importlib.import_module(manifest.engine))
    return engine.load(manifest)
