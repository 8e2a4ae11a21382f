"""The register as a file: the same entries always give the same bytes."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from register.rows import COLUMNS

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was written: kept beside the file, it proves that the file is whole."""

    rows: int
    sha256: str


def write(rows: Iterable[dict[str, object]], file: BinaryIO, *, format: str) -> Manifest:
    """Stream the rows to `file` as `csv` or `jsonl`; no cap on their number."""
    digest, count = hashlib.sha256(), 0
    for chunk, is_row in FORMATS[format](rows):
        file.write(chunk)
        digest.update(chunk)
        count += is_row
    return Manifest(count, digest.hexdigest())


def _jsonl(rows: Iterable[dict[str, object]]) -> Iterator[tuple[bytes, bool]]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n", True


def _csv(rows: Iterable[dict[str, object]]) -> Iterator[tuple[bytes, bool]]:
    """With a byte-order mark, so that spreadsheet programs read it as UTF-8."""
    yield b"\xef\xbb\xbf" + _csv_line(list(COLUMNS)), False
    for row in rows:
        yield _csv_line([cell(row[column]) for column in COLUMNS]), True


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode("utf-8", "replace")


def cell(value: object) -> str:
    """Text of one cell; one that a spreadsheet would run as a formula is made plain text by a leading apostrophe."""
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


FORMATS: dict[str, Callable[[Iterable[dict[str, object]]], Iterator[tuple[bytes, bool]]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
}
