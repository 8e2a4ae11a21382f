"""The register as a file: the same entries always give the same bytes."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from models.cells import FORMULA_STARTS, cell
from register.columns import COLUMNS
from register.spreadsheet import as_xlsx


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: kept beside the file, it proves that the file is whole."""

    rows: int
    sha256: str


def write(rows: Iterable[dict[str, Any]], file: BinaryIO, *, format: str) -> Written:
    """Stream the rows to `file` in one of `FORMATS`; no cap on their number, memory that does not grow with it."""
    digest, count = hashlib.sha256(), 0
    for chunk, more in FORMATS[format](rows):
        file.write(chunk)
        digest.update(chunk)
        count += more
    return Written(count, digest.hexdigest())


def _jsonl(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[bytes, int]]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n", 1


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[bytes, int]]:
    """With a byte-order mark, so that spreadsheet programs read it as UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf" + _taken(line), 0
    for row in rows:
        writer.writerow([cell(row[column]) for column in COLUMNS])
        yield _taken(line), 1


def _taken(line: io.StringIO) -> bytes:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text.encode("utf-8", "replace")


def _xlsx(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[bytes, int]]:
    return as_xlsx(COLUMNS, rows, is_formula=lambda text: text.startswith(FORMULA_STARTS))


FORMATS: dict[str, Callable[[Iterable[dict[str, Any]]], Iterator[tuple[bytes, int]]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "jsonl": _jsonl,
}
