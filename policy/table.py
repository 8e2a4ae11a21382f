"""A strict reader of one TOML table: every error names the file and the key."""

import math
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from models.errors import SetupError

Choice = TypeVar("Choice", bound=StrEnum)


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


class Table:
    """Remembers which keys were read, so that `done` can refuse the ones nobody knows."""

    def __init__(self, values: Mapping[str, object], *, file: str, path: str = "") -> None:
        self._values = values
        self._file = file
        self._path = path
        self._read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> tuple[str, ...]:
        """Keys in the order of the file."""
        return tuple(self._values)

    def refuse(self, name: str, why: str) -> SetupError:
        return SetupError(f"{self._file}: key {self._key(name)!r} {why}")

    def is_text(self, name: str) -> bool:
        return isinstance(self._values.get(name), str)

    def text(self, name: str) -> str:
        value = self._value(name)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(name, f"must be a text that is not empty, not {value!r}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.refuse(name, "must be a list of texts")
        if len(set(value)) < len(value):
            raise self.refuse(name, "names the same thing twice")
        return tuple(value)

    def wholes(self, name: str, *, most: int) -> tuple[int, ...]:
        value = self._value(name)
        if not isinstance(value, list) or not value or not all(_is_whole(item, most) for item in value):
            raise self.refuse(name, f"must be a list of whole numbers from 0 to {most}, not {value!r}")
        return tuple(value)

    def whole(self, name: str, *, least: int = 0, most: int = 100_000_000) -> int:
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(name, f"must be a whole number from {least} to {most}, not {value!r}")
        return value

    def number(self, name: str, *, least: float = 0.0, most: float = math.inf) -> float:
        value = self._value(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(name, f"must be a number from {least} to {most}, not {value!r}")
        return float(value)

    def flag(self, name: str, *, otherwise: bool) -> bool:
        if name not in self:
            return otherwise
        value = self._value(name)
        if not isinstance(value, bool):
            raise self.refuse(name, f"must be true or false, not {value!r}")
        return value

    def day(self, name: str) -> date:
        value = self._value(name)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.refuse(name, f"must be a date such as 2021-10-05, not {value!r}")
        return value

    def local_time(self, name: str) -> time:
        value = self._value(name)
        if not isinstance(value, time):
            raise self.refuse(name, f"must be a local time such as 17:00:00, not {value!r}")
        return value

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        value = self.text(name)
        if value not in set(choices):
            raise self.refuse(name, f"must be one of {', '.join(choices)}, not {value!r}")
        return choices(value)

    def choices(self, name: str, choices: type[Choice]) -> frozenset[Choice]:
        wrong = [item for item in self.texts(name) if item not in set(choices)]
        if wrong:
            raise self.refuse(name, f"may hold {', '.join(choices)}, not {', '.join(wrong)}")
        return frozenset(choices(item) for item in self.texts(name))

    def table(self, name: str) -> "Table":
        value = self._value(name)
        if not isinstance(value, dict):
            raise self.refuse(name, "must be a table")
        return Table(value, file=self._file, path=self._key(name))

    def tables(self, name: str) -> tuple["Table", ...]:
        value = self._value(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.refuse(name, f"must be a list of tables, [[{self._key(name)}]]")
        return tuple(
            Table(item, file=self._file, path=f"{self._key(name)}[{place}]") for place, item in enumerate(value, 1)
        )

    def done(self) -> None:
        unknown = [name for name in self._values if name not in self._read]
        if unknown:
            known = ", ".join(sorted(self._read))
            raise self.refuse(unknown[0], f"is unknown here; known keys: {known}")

    def _value(self, name: str) -> object:
        self._read.add(name)
        if name not in self._values:
            raise self.refuse(name, "is missing")
        return self._values[name]

    def _key(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def read_table(path: Path, *, file: str) -> Table:
    """The whole of one TOML file; `file` is the name that errors use."""
    try:
        return table_of(path.read_text(encoding="utf-8"), file=file)
    except UnicodeDecodeError as error:
        raise SetupError(f"{file}: is not valid TOML: {error}") from error


def table_of(text: str, *, file: str) -> Table:
    """Raises: SetupError."""
    try:
        return Table(tomllib.loads(text), file=file)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SetupError(f"{file}: is not valid TOML: {error}") from error
