"""Holidays that no library lists yet, or lists for too wide a place: from a file that the firm keeps."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.errors import SetupError
from policy.table import Table, table_of

COLUMNS = ("kind", "date", "name", "places")
_KINDS = ("extra", "excluded")


@dataclass(frozen=True, slots=True)
class DeclaredDay:
    """One day added to, or taken out of, the calendar of some places."""

    on: date
    name: str
    is_extra: bool
    """False: listed by the library, but a working day here."""
    places: frozenset[str]
    """Codes; empty: everywhere."""

    def is_kept_in(self, place: str) -> bool:
        return not self.places or place in self.places


def read_declared_days(path: Path, *, places: Iterable[str]) -> tuple[DeclaredDay, ...]:
    """TOML with `[[extra]]` and `[[excluded]]` (`date`, `name`, `places`), or CSV with those columns and `kind`.

    Raises: SetupError naming the file, the line or key, and the value.
    """
    if not path.is_file():
        raise SetupError(f"holidays file {path} is not there; correct EARSHOT_HOLIDAYS_FILE, or leave it empty")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SetupError(f"{path.name}: is not UTF-8: {error}") from error
    return days_in(text, file=path.name, is_csv=path.suffix.lower() == ".csv", places=places)


def days_in(text: str, *, file: str, is_csv: bool, places: Iterable[str]) -> tuple[DeclaredDay, ...]:
    """Raises: SetupError naming the file, the line or key, and the value."""
    days = tuple(_from_csv(text, file) if is_csv else _from_toml(text, file))
    known = set(places)
    for day in days:
        if day.places - known:
            wrong = ", ".join(sorted(day.places - known))
            raise SetupError(f"{file}: {day.on} names place {wrong}; known places: {', '.join(sorted(known))}")
    _refuse_both(file, days)
    return days


def _from_toml(text: str, file: str) -> Iterator[DeclaredDay]:
    table = table_of(text, file=file)
    for kind in _KINDS:
        for row in table.tables(kind) if kind in table else ():
            yield _day(row, kind)
    table.done()


def _day(row: Table, kind: str) -> DeclaredDay:
    places = row.texts("places") if "places" in row else ()
    day = DeclaredDay(row.day("date"), row.text("name"), kind == "extra", frozenset(places))
    row.done()
    return day


def _from_csv(text: str, file: str) -> Iterator[DeclaredDay]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise SetupError(f"{file}: line 1 must be {','.join(COLUMNS)}, not {rows.fieldnames}")
        for row in rows:
            yield _csv_day(row, f"{file}: line {rows.line_num}")
    except csv.Error as error:
        raise SetupError(f"{file}: line {rows.line_num} is no CSV: {error}") from error


def _csv_day(row: dict[str, str | None], where: str) -> DeclaredDay:
    kind, day, name, places = ((row.get(column) or "").strip() for column in COLUMNS)
    if kind not in _KINDS:
        raise SetupError(f"{where}: kind must be one of {', '.join(_KINDS)}, not {kind!r}")
    if not name:
        raise SetupError(f"{where}: name is empty; say which holiday it is")
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise SetupError(f"{where}: date must be one such as 2026-09-22, not {day!r}") from None
    return DeclaredDay(on, name, kind == "extra", frozenset(places.split()))


def _refuse_both(file: str, days: Iterable[DeclaredDay]) -> None:
    extra = {day.on: day for day in days if day.is_extra}
    for day in days:
        other = extra.get(day.on)
        if not day.is_extra and other and (not day.places or not other.places or day.places & other.places):
            raise SetupError(f"{file}: {day.on} is both extra and excluded; leave it in one of the two")
