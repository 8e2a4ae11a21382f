"""Profiles of a regulator's file: which columns, which codes. The firm fills them from the handbook it has to follow.

No code list of a regulator is shipped: the one profile here is an example, says so, and is used only where it is named.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.digests import digest
from models.errors import SetupError
from register.columns import COLUMNS, LISTS, MASKED
from register.half_years import REPEALED_ON, HalfYear

SHIPPED = Path(__file__).parent / "profiles"
EXAMPLE = "example"
EXAMPLE_MARK = "example, not ASIC codes"
ELEMENTS = frozenset(COLUMNS) - set(MASKED)
"""A regulator's file has no free text and no names."""
CODE_COLUMNS = ("ours", "code", "is_other")


@dataclass(frozen=True, slots=True)
class CodeList:
    file: str
    codes: Mapping[str, str]
    """Our value → the regulator's code."""
    others: frozenset[str]
    """Codes that say "other" or "unknown"."""


@dataclass(frozen=True, slots=True)
class Column:
    header: str
    element: str
    """A column of the register; empty where the file wants one that the register does not hold."""
    is_required: bool = False
    is_required_if_closed: bool = False
    default: str | None = None
    """Our value where the register has none."""
    item: int | None = None
    """Of a list: which one, from 1; without it all, parted by the profile's separator."""
    is_last_item: bool = False
    """No column holds a later item of the same list: more items than this cannot be told."""
    longest: int | None = None
    codes: CodeList | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    title: str
    start: date
    """First day of the first period it is for."""
    end: date | None
    """Last day of the last one; None while no later handbook is known."""
    columns: tuple[Column, ...]
    digest: str
    """SHA-256 over its files: a profile that is changed after a lodgement is found out."""
    is_example: bool = False
    encoding: str = "utf-8"
    date_format: str = "%Y-%m-%d"
    list_separator: str = ";"
    other_share: float = 0.1
    """Share of "other" in one column from which it is warned of."""

    def covers(self, period: HalfYear) -> bool:
        return self.start <= period.start and (self.end is None or period.end <= self.end)


class _ColumnTable(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    header: str = Field(min_length=1)
    element: str = ""
    required: bool = False
    required_if_closed: bool = False
    default: str | None = None
    item: int | None = Field(default=None, ge=1)
    longest: int | None = Field(default=None, ge=1)
    codes: str | None = None


class _ProfileTable(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field(min_length=1)
    start: date
    end: date | None = None
    is_example: bool = False
    encoding: str = "utf-8"
    date_format: str = "%Y-%m-%d"
    list_separator: str = ";"
    other_share: float = Field(default=0.1, gt=0, le=1)
    columns: list[_ColumnTable] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Profiles:
    """Those of the firm's folder."""

    folder: Path | None
    loaded: Mapping[str, Profile] = field(default_factory=dict)

    def covering(self, period: HalfYear) -> Profile | None:
        """The latest that is for this period."""
        fitting = [profile for profile in self.loaded.values() if profile.covers(period)]
        return max(fitting, key=lambda profile: profile.start, default=None)

    def choose(self, period: HalfYear, name: str | None = None) -> Profile:
        """By its name, or the one that covers the period.

        Raises: SetupError that says which file is needed.
        """
        profile = self.covering(period) if name is None else self._named(name)
        if profile is None:
            raise SetupError(f"no profile covers {period.name}: {self._wanted(period)}")
        if not profile.covers(period):
            until = f"to {profile.end}" if profile.end else "on"
            raise SetupError(
                f"profile {profile.name!r} is for periods from {profile.start} {until}, not for {period.name}: "
                f"{self._wanted(period)}"
            )
        return profile

    def _named(self, name: str) -> Profile:
        if name == EXAMPLE:
            return load_profile(SHIPPED / f"{EXAMPLE}.toml")
        if name not in self.loaded:
            known = ", ".join(self.loaded) or "none"
            raise SetupError(f"profile {name!r} is not in {self.folder or 'any folder'}; loaded profiles: {known}")
        return self.loaded[name]

    def _wanted(self, period: HalfYear) -> str:
        wanted = (
            f"fill a <version>.toml and its CSV code lists from the data reporting handbook that is in force for "
            f"{period.name}, put them into {self.folder or 'a folder'}"
        )
        if self.folder is None:
            wanted += " and name it by --profiles or EARSHOT_PROFILES"
        wanted += "; `--profile example` shows the form, with codes that are not ASIC's"
        if period.end >= REPEALED_ON:
            wanted += f". Instrument 2022/205 is repealed on {REPEALED_ON}: find out what replaces it"
        return wanted


def load_profiles(folder: Path | None) -> Profiles:
    """Every profile of the folder, checked strictly.

    Raises: SetupError naming the file, the key or line, and the way out.
    """
    if folder is None:
        return Profiles(None)
    if not folder.is_dir():
        raise SetupError(f"the folder of profiles {folder} is not there; give --profiles or EARSHOT_PROFILES another")
    found = [load_profile(file) for file in sorted(folder.glob("*.toml"))]
    return Profiles(folder, {profile.name: profile for profile in found if not profile.is_example})


def load_profile(file: Path) -> Profile:
    """Raises: SetupError."""
    text = _read(file)
    try:
        table = _ProfileTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{file}: is no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise SetupError(f"{file}: key {'.'.join(map(str, first['loc']))!r}: {first['msg']}") from None
    lists = {name: _code_list(file, name) for name in dict.fromkeys(c.codes for c in table.columns) if name}
    digests = [text, *(_read(file.parent / name) for name in lists)]
    profile = Profile(
        name=file.stem,
        title=table.title,
        start=table.start,
        end=table.end,
        columns=tuple(map(partial(_column, file, table.columns, lists), table.columns)),
        digest=digest("\n".join(map(digest, digests))),
        is_example=table.is_example,
        encoding=table.encoding,
        date_format=table.date_format,
        list_separator=table.list_separator,
        other_share=table.other_share,
    )
    return _checked(file, profile)


def _checked(file: Path, profile: Profile) -> Profile:
    headers = [column.header for column in profile.columns]
    twice = next((header for header in headers if headers.count(header) > 1), None)
    if twice is not None:
        raise SetupError(f"{file}: two columns are called {twice!r}; every header is there once")
    if "complaint_id" not in {column.element for column in profile.columns}:
        raise SetupError(f"{file}: no column has the element 'complaint_id': every complaint is told apart by it")
    try:
        "".encode(profile.encoding)
    except LookupError:
        raise SetupError(
            f"{file}: the encoding {profile.encoding!r} is unknown; use utf-8, utf-8-sig or cp1252"
        ) from None
    return profile


def _column(file: Path, tables: list[_ColumnTable], lists: Mapping[str, CodeList], table: _ColumnTable) -> Column:
    where = f"{file}: column {table.header!r}"
    if table.element and table.element not in ELEMENTS:
        known = ", ".join(name for name in COLUMNS if name in ELEMENTS)
        raise SetupError(f"{where}: the element {table.element!r} is not one of {known}")
    if table.item is not None and table.element not in LISTS:
        raise SetupError(f"{where}: 'item' is for lists alone: {', '.join(LISTS)}")
    items = [other.item or 0 for other in tables if other.element == table.element]
    return Column(
        header=table.header,
        element=table.element,
        is_required=table.required,
        is_required_if_closed=table.required_if_closed,
        default=table.default,
        item=table.item,
        is_last_item=table.item is not None and table.item == max(items) and 0 not in items,
        longest=table.longest,
        codes=lists[table.codes] if table.codes else None,
    )


def _code_list(profile: Path, name: str) -> CodeList:
    file = profile.parent / name
    lines = csv.DictReader(_read(file).splitlines())
    absent = [column for column in CODE_COLUMNS[:2] if column not in (lines.fieldnames or ())]
    if absent:
        raise SetupError(f"{file}: has no column {absent[0]!r}; its first line is {','.join(CODE_COLUMNS)}")
    codes: dict[str, str] = {}
    others = set()
    for number, line in enumerate(lines, 2):
        ours, code = (_cell(file, number, line, name) for name in CODE_COLUMNS[:2])
        if ours in codes:
            raise SetupError(f"{file}: line {number}: {ours!r} has a code already; keep one of the two lines")
        codes[ours] = code
        if (line.get("is_other") or "").strip().lower() in ("yes", "true", "1"):
            others.add(code)
    return CodeList(name, codes, frozenset(others))


def _cell(file: Path, number: int, line: Mapping[str, Any], name: str) -> str:
    value = (line.get(name) or "").strip()
    if not value:
        raise SetupError(f"{file}: line {number}: {name!r} is empty; give a value or remove the line")
    return value


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SetupError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SetupError(f"{file} is not UTF-8; save it again as UTF-8") from None
