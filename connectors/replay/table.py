"""A table (CSV) as lines of JSON, so that it is read like any other file."""

import csv
import difflib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from models.errors import SetupError

NUMBERS = frozenset({"shares", "author.followers", "author.following", "author.posts"})
TRUTHS = frozenset({"on_owned_channel", "author.verified", "author.has_avatar", "author.dms_open"})
KEYS = (
    *("id", "channel", "account", "kind", "text", "lang", "created_at", "on_owned_channel", "conversation_id"),
    *("in_reply_to", "url", "author.id", "author.handle", "author.name", "author.bio", "author.followers"),
    *("author.following", "author.posts", "author.verified", "author.has_avatar", "author.dms_open"),
    "author.created_at",
    "shares",
)
"""What a column can stand for; see docs/messages.md."""
YES, NO = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n"})
LONGEST_CELL_CHARACTERS = 1_000_000
MOST_DIGITS = 18
MOST_NAMES, LONGEST_NAME_CHARACTERS = 30, 60
"""Of columns, in an error."""


def read_column_map(given: Sequence[str]) -> dict[str, str]:
    """`key=Column` each → column by key. Raises: SetupError naming what is wrong."""
    found: dict[str, str] = {}
    for one in given:
        key, has_sign, column = one.partition("=")
        if not has_sign or not column:
            raise SetupError(f"--column {one!r} is no key=Column, e.g. text=Comment")
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f": did you mean {near[0]}?" if near else f"; there are {', '.join(KEYS)}"
            raise SetupError(f"--column {one!r}: no key is called {key!r}{hint}")
        found[key] = column
    return found


def table_lines(path: Path, columns: Mapping[str, str]) -> io.BufferedReader:
    """Lines of JSON, one a row. Columns that stand for nothing are kept beside, under their own names.

    A row that is no UTF-8 is refused alone, by whoever reads the lines.

    `columns`: column by key; a column whose name is a key needs no line in it.
    Raises: SetupError where a column is missing, or none holds the text.
    """
    try:
        file = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise SetupError(f"{path}: cannot be opened ({error.strerror})") from error
    csv.field_size_limit(LONGEST_CELL_CHARACTERS)
    rows = csv.reader(file, _dialect(file))
    try:
        header = next(rows, [])
        keys = _keys(path, header, columns)
    except csv.Error as error:
        file.close()
        raise SetupError(f"{path}: its first line cannot be read as names of columns ({error})") from None
    except SetupError:
        file.close()
        raise
    return io.BufferedReader(_Lines(_encoded(file, rows, header, keys)))


def _dialect(file: TextIO) -> type[csv.Dialect]:
    """Commas, semicolons or tabs, by the first line."""
    first = file.readline(LONGEST_CELL_CHARACTERS)
    file.seek(0)
    most = max(",;\t", key=first.count)

    class Found(csv.excel):
        delimiter = most

    return Found


def _keys(path: Path, header: Sequence[str], columns: Mapping[str, str]) -> list[str | None]:
    """For each column the key it stands for, or None."""
    missing = [column for column in columns.values() if column not in header]
    if missing:
        near = difflib.get_close_matches(missing[0], header, n=1)
        hint = f": did you mean {near[0][:LONGEST_NAME_CHARACTERS]!r}?" if near else f"; there are {_shown(header)}"
        raise SetupError(f"{path}: no column is called {missing[0]!r}{hint}")
    named = {column: key for key, column in columns.items()}
    keys = [named.get(column, column if column in KEYS and column not in columns else None) for column in header]
    if "text" not in keys:
        raise SetupError(f"{path}: no column holds the text; say which with --column text=…: {_shown(header)}")
    return keys


def _shown(names: Sequence[str]) -> str:
    """Names of columns as they may stand on a terminal: some, cut, and with no sign that it obeys."""
    cut = (name[:LONGEST_NAME_CHARACTERS] for name in names[:MOST_NAMES])
    plain = ["".join(sign if sign.isprintable() else "\ufffd" for sign in name) for name in cut]
    return ", ".join(plain) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")


def _encoded(
    file: TextIO, rows: Iterator[list[str]], header: Sequence[str], keys: Sequence[str | None]
) -> Iterator[bytes]:
    with file:
        try:
            for row in rows:
                yield json.dumps(_record(row, header, keys)).encode() + b"\n"
        except csv.Error as error:
            yield b"the table cannot be read further: " + str(error).encode() + b"\n"


def _record(row: Sequence[str], header: Sequence[str], keys: Sequence[str | None]) -> dict[str, object]:
    record: dict[str, object] = {"text": ""}
    author: dict[str, object] = {}
    for column, key, cell in zip(header, keys, row, strict=False):
        if cell.strip() == "" and key != "text":
            continue
        if key is None:
            record[f"column:{column}"] = cell
        elif key.startswith("author."):
            author[key.removeprefix("author.")] = _value(key, cell)
        else:
            record[key] = _value(key, cell)
    return record | ({"author": author} if author else {})


def _value(key: str, cell: str) -> object:
    if key in NUMBERS:
        digits = cell.strip().replace(",", "").replace(" ", "")
        return int(digits) if digits.isdecimal() and len(digits) <= MOST_DIGITS else cell
    if key in TRUTHS:
        word = cell.strip().lower()
        return True if word in YES else False if word in NO else cell
    return cell


class _Lines(io.RawIOBase):
    """Chunks as a stream of bytes."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
