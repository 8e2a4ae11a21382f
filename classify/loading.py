"""A folder of weights → the classifier that it belongs to."""

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from classify.classifier import Classifier, NumericForm
from classify.manifest import MANIFEST, Manifest, read_manifest
from models.errors import SetupError

SHIPPED = Path(__file__).parent / "weights"
ENGINES = frozenset({"classify.blend", "classify.ngrams"})
"""Modules that may load weights: a manifest chooses among them, it cannot name any other code."""
LIBRARIES = ("mmh3", "py3langid", "safetensors", "tokenizers", "torch")
"""What they import, and nothing else of the program does: an installation that never judges can do without."""


class Engine(Protocol):
    """A module that can load the weights of one manifest."""

    def load(self, manifest: Manifest, *, numeric_form: NumericForm | None = None) -> Classifier: ...


def refuse_without_libraries() -> None:
    """Raises: SetupError where this installation cannot load any classifier, as in the image of the inbox."""
    lacking = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if lacking:
        raise SetupError(
            f"this installation has no classifier: {', '.join(lacking)} is not installed. Run it in the worker's image,"
            " or install requirements/runtime.lock and requirements/torch.txt, as `make setup` does"
        )


def load(
    folder: Path | None = None,
    *,
    numeric_form: NumericForm | None = None,
    shifted: Callable[[float], float] = lambda threshold: threshold,
) -> Classifier:
    """The classifier whose weights lie in `folder`; the shipped one by default.

    Args:
        numeric_form: what an encoder computes in; left open, the faster one that loses nothing is found by measuring.
        shifted: moves both ends of the band in which a person must look, as a firm's own costs have it.

    Raises: SetupError naming the file that is missing, changed or not understood.
    """
    manifest = read_manifest(folder or SHIPPED).with_band(shifted)
    if manifest.engine not in ENGINES:
        choices = ", ".join(sorted(ENGINES))
        raise SetupError(f"weights {manifest.folder / MANIFEST}: engine {manifest.engine!r} is none of {choices}")
    refuse_without_libraries()
    # By name, so that whoever imports this module does not pay for a machine learning library it may never use.
    engine = cast(Engine, importlib.import_module(manifest.engine))
    return engine.load(manifest, numeric_form=numeric_form)
