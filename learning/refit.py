"""Training again on shipped and own labels: a process of its own, whose folder becomes a version once it is whole."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classify.text import cleaned, forms
from learning.versions import SHIPPED, Found, Versions
from models.digests import digest
from models.errors import SetupError

ROOT = Path(__file__).parents[1]
SHIPPED_LABELS = ROOT / "training" / "labels"
TRAINER = (sys.executable, "-m", "training")
CARD = "classifier.md"
LEARNT = "learnt.txt"
"""A digest of the words of every own label a version learnt from: `earshot evaluate` tells where it meets one again."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be trained."""

    version: str
    data: Path | None
    """Folder of the public labelled sets; None: the labels alone."""
    own_labels: Sequence[Path]
    """Files, or folders of *.jsonl, beside those shipped."""
    corrections: Sequence[Mapping[str, object]]
    options: Sequence[str] = ()
    """For the trainer, as they are; paths in them are absolute, since it runs elsewhere."""


def refit(wish: Wish, versions: Versions, *, command: Sequence[str] = TRAINER) -> Found:
    """Train, and check what came of it. Nothing is live by that: a person promotes it.

    Raises: SetupError where the version is there already, the trainer fails, or its folder does not verify.
    """
    place = versions.path(wish.version)
    if place.exists():
        raise SetupError(f"{place} is there already: choose another --version")
    unfinished = place.with_name(f".{place.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        _run(wish, unfinished, command)
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    try:
        return versions.find(wish.version)
    except SetupError:
        place.rename(unfinished)
        shutil.rmtree(unfinished)
        raise


def _run(wish: Wish, out: Path, command: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        labels = Path(folder)
        _gather(wish, labels)
        (out / LEARNT).write_text("".join(f"{mark}\n" for mark in sorted(_marks(labels))), encoding="utf-8")
        data = ["--data", str(wish.data.absolute())] if wish.data is not None else []
        places = ["--own-labels", str(labels), "--out", str(out), "--card", str(out / CARD)]
        whole = [*command, *data, *places, "--version", wish.version, *wish.options]
        code = subprocess.run(whole, cwd=ROOT, check=False).returncode  # noqa: S603  our own program
    if code:
        raise SetupError(f"training ended with exit code {code}; the reason stands above, and nothing was changed")


def _gather(wish: Wish, folder: Path) -> None:
    """All labels of the project and of the firm into one folder, the shipped ones first by name."""
    for path in sorted(SHIPPED_LABELS.glob("*.jsonl")):
        shutil.copyfile(path, folder / f"0-{path.name}")
    for place, path in enumerate(_files(wish.own_labels)):
        shutil.copyfile(path, folder / f"1-{place:03}-{path.name}")
    if wish.corrections:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in wish.corrections)
        (folder / "2-corrections.jsonl").write_text("".join(lines), encoding="utf-8")


def learnt(found: Found) -> set[str]:
    """Marks of the own labels that a version learnt from, as far as it is known; see `mark_of`."""
    note = found.folder / LEARNT
    if found.name == SHIPPED:
        return _marks(SHIPPED_LABELS)
    return set(note.read_text(encoding="utf-8").split()) if note.is_file() else set()


def mark_of(text: str) -> str:
    """The same for texts that the classifier reads as the same words."""
    return digest(" ".join(forms(cleaned(text))))[:16]


def _marks(folder: Path) -> set[str]:
    lines = (line for path in folder.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines())
    return {mark_of(str(json.loads(line).get("text", ""))) for line in lines if line.strip()}


def _files(given: Sequence[Path]) -> list[Path]:
    found = [path for one in given for path in (sorted(one.glob("*.jsonl")) if one.is_dir() else [one])]
    missing = [path for path in found if not path.is_file()]
    if missing:
        raise SetupError(f"--own-labels {missing[0]} is no file and no folder")
    return found
