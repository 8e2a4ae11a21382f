"""The classifiers of this firm: those shipped, and one folder a version in home."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classify.classifier import Classifier
from classify.loading import SHIPPED as SHIPPED_FOLDER
from classify.loading import load as load_weights
from classify.manifest import MANIFEST, read_manifest
from models import AuthorHistory, ClassifierChange, Mention, Standing, Verdict
from models.digests import digest
from models.errors import SetupError

SHIPPED = "shipped"
FOLDER = "classifiers"
Judge = Callable[[Sequence[Mention], Sequence[AuthorHistory | None]], Sequence[Verdict]]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""Also the version in every verdict, which has room for forty characters."""


@dataclass(frozen=True, slots=True)
class Found:
    """A folder of weights as it lies there."""

    name: str
    folder: Path
    version: str
    """What its manifest calls it."""
    digest: str
    """SHA-256 of its manifest, which lists that of every file."""


class Versions:
    """Reads folders; knows nothing of which one is live."""

    def __init__(
        self,
        home: Path,
        *,
        pinned: Path | None = None,
        load: Callable[[Path | None], Classifier] = load_weights,
    ) -> None:
        """`pinned` takes the place of the shipped weights: the setting EARSHOT_WEIGHTS."""
        self.folder = home / FOLDER
        self.pinned = pinned
        self._load = load

    def names(self) -> list[str]:
        """The shipped one first."""
        inside = self.folder.iterdir() if self.folder.is_dir() else ()
        return [SHIPPED, *sorted(path.name for path in inside if path.is_dir() and _NAME.fullmatch(path.name))]

    def find(self, name: str) -> Found:
        """The version, every file checked against its manifest.

        Raises: SetupError naming what is unknown, missing or changed.
        """
        folder = self.path(name)
        if name != SHIPPED and not folder.is_dir():
            known = ", ".join(self.names())
            raise SetupError(f"classifier {name!r} is not in {self.folder}; known versions: {known}")
        manifest = read_manifest(folder)
        if name != SHIPPED and manifest.version != name:
            raise SetupError(f"{folder} holds version {manifest.version!r}: rename the folder to that")
        if name != SHIPPED and manifest.version == _version_in(self.path(SHIPPED)):
            raise SetupError(f"version {name!r} is also that of the shipped weights: train it under another name")
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        return Found(name, folder, manifest.version, digest(text))

    def path(self, name: str) -> Path:
        """Where a version lies, or is to lie. Raises: SetupError for what cannot be a name."""
        if name == SHIPPED:
            return self.pinned or SHIPPED_FOLDER
        if not _NAME.fullmatch(name):
            raise SetupError(f"{name[:60]!r} is no version: letters, digits and . _ - only, at most 40")
        return self.folder / name

    def live(self, standing: Standing) -> ClassifierChange | None:
        """What is to be at work: a folder named by EARSHOT_WEIGHTS wins over every promotion."""
        return standing.live if self.pinned is None else None

    def live_version(self, standing: Standing) -> str:
        """As verdicts name it."""
        change = self.live(standing)
        if change is not None and change.version != SHIPPED:
            return change.version
        return _version_in(self.path(SHIPPED))

    def load(self, change: ClassifierChange | None) -> Classifier:
        """The classifier that a person decided on, the shipped one where nobody did.

        Raises: SetupError where the folder is not, or is no more, what was decided on.
        """
        if change is None:
            return self._load(self.pinned)
        found = self.find(change.version)
        if change.version != SHIPPED and found.digest != change.digest:
            raise SetupError(
                f"{found.folder} changed since {change.person} decided on it: restore it, decide anew with "
                f"`earshot classifier promote {change.version}`, or go back with `earshot classifier rollback`"
            )
        return self.load_found(found)

    def load_found(self, found: Found) -> Classifier:
        return self._load(found.folder if found.name != SHIPPED else self.pinned)

    def judging(self, name: str) -> tuple[str, Judge]:
        """What its verdicts call a version, and what gives them. Raises: SetupError."""
        found = self.find(name)
        return found.version, self.load_found(found).judge


def _version_in(folder: Path) -> str:
    """Without checking the files. Raises: SetupError."""
    try:
        document = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return str(document["version"])
    except (OSError, ValueError, KeyError) as error:
        raise SetupError(f"weights {folder / MANIFEST}: cannot be read ({error}); restore the folder") from None
