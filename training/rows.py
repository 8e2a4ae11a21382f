"""Labelled files → rows to learn from: read, mapped, de-duplicated and dealt into folds."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classify.text import cleaned, encoder_text, forms
from models.errors import SetupError
from training.datasets import DATASETS, OWN_LABELS, Dataset, Raw, Status, Targets

FOLDS = 10


@dataclass(slots=True)
class Row:
    """One distinct text with every answer the sets give on it."""

    forms: list[str]
    lang: str
    fold: int
    is_dev: bool
    """Belongs to an official dev split: only the last fit may learn from it."""
    targets: Targets = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    """Question → set that answered it."""
    tags: set[str] = field(default_factory=set)
    """Sets the text stands in, with `:dev` where in their dev split."""
    marks: set[str] = field(default_factory=set)
    """What our own labels say of the wording: any of swearing, dialect, broken, irony."""
    channel: str = ""
    """Kind of text that its first set is made of: tweet, review, comment …"""
    text: str = ""
    """As the encoder reads it."""


def chosen_datasets(*, only_clear: bool) -> tuple[Dataset, ...]:
    kept = {Status.CLEAR} if only_clear else {Status.CLEAR, Status.UNCLEAR}
    return tuple(one for one in DATASETS if one.status in kept)


def files_of(dataset: Dataset, data: Path | None, own_labels: Sequence[Path]) -> list[Path]:
    """The files of a set in a fixed order.

    Args:
        data: folder of the sets; None to do without them.

    Raises: SetupError where a set has no file; our own labels may be missing.
    """
    if dataset.name == OWN_LABELS:
        return [path for folder in own_labels for path in sorted(folder.glob("*.jsonl"))]
    if data is None:
        return []
    path = data / dataset.name / "data.jsonl.gz"
    if not path.is_file():
        raise SetupError(f"labelled set {dataset.name}: {path} is missing; give the folder of the sets with --data")
    return [path]


def raw_rows(path: Path) -> Iterator[Raw]:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _parsed(line, path, number)


def _parsed(line: str, path: Path, number: int) -> Raw:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise SetupError(f"{path} line {number}: not JSON ({error}); correct or remove the line") from error
    if not isinstance(found, dict):
        raise SetupError(f"{path} line {number}: expected an object; correct or remove the line")
    return found


def read(files: Mapping[Dataset, list[Path]], *, only_clear: bool) -> list[Row]:
    """All rows, one per distinct text, in a fixed order. Of two answers, the first set's is kept."""
    rows: dict[str, Row] = {}
    for dataset, paths in files.items():
        for raw in (raw for path in paths for raw in raw_rows(path)):
            if _is_wanted(raw, dataset, only_clear=only_clear):
                _add(raw, dataset, rows)
    return list(rows.values())


def _is_wanted(raw: Raw, dataset: Dataset, *, only_clear: bool) -> bool:
    if only_clear and raw.get("source") in dataset.unclear_sources:
        return False
    return dataset.languages is None or raw.get("lang") in dataset.languages


def _add(raw: Raw, dataset: Dataset, rows: dict[str, Row]) -> None:
    text = cleaned(str(raw["text"]))
    found = forms(text)
    targets = dataset.targets(raw)
    if not found or not targets:
        return
    key = " ".join(found)
    row = rows.get(key)
    if row is None:
        row = rows[key] = Row(
            forms=found,
            lang=str(raw.get("lang") or "und"),
            fold=_fold(key, raw),
            is_dev=False,
            channel=dataset.channel,
            text=encoder_text(text),
        )
    in_dev = raw.get("split") == "dev"
    row.is_dev = row.is_dev or (in_dev and dataset.has_official_dev)
    row.tags.add(f"{dataset.name}:dev" if in_dev else dataset.name)
    row.marks.update(_marks(raw))
    for question, answer in targets.items():
        if question not in row.targets:
            row.targets[question] = answer
            row.weights[question] = dataset.weight
            row.sources[question] = dataset.name


def _marks(raw: Raw) -> list[str]:
    found = raw.get("marks")
    return [str(mark) for mark in found] if isinstance(found, list) else []


def _fold(key: str, raw: Raw) -> int:
    given = raw.get("fold")
    if isinstance(given, int):
        return given % FOLDS
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:4], "big") % FOLDS


def digest_of(paths: Iterable[Path]) -> str:
    """One SHA-256 over the contents of all files, in the order given."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
