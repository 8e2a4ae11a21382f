"""The file of one half-year: which complaints are in it, as they stood at its end, in the profile's columns and codes.

Source: Instrument 2022/205: a complaint is reported if it was made in the period, or was made after the firm's first
reporting period began and was not closed when this period started.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import TextIOWrapper
from itertools import chain, groupby
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from models import Entry, EntryKind
from models.cells import FORMULA_STARTS
from models.errors import RecordError
from register.export import Written
from register.half_years import HalfYear
from register.missing import NOT_REPORTED
from register.profiles import Column, Profile
from register.rows import row

HAPPENS = frozenset(
    {
        EntryKind.ACKNOWLEDGED,
        EntryKind.INVESTIGATING,
        EntryKind.DELAY_NOTIFIED,
        EntryKind.RESPONDED,
        EntryKind.CLOSED,
        EntryKind.WITHDRAWN,
        EntryKind.AT_AFCA,
        EntryKind.REOPENED,
    }
)
"""Steps, each at its time. Entries of other kinds say what was so all along, whenever they were written."""
AT = ("at", "acknowledged_at", "closed_at")
DATES = frozenset({"received_on", "closed_on", "respond_due_on", "refer_back_due_on"})

MADE, CARRIED = "made in the period", "carried over"
LATER, BEFORE_FIRST, CLOSED_BEFORE = "received later", "received before the first reporting period", "closed before"
NONE_OF_ITS_OWN = "ruled out, or kept under another complaint"


@dataclass(frozen=True, slots=True)
class Scope:
    """What decides who is reported."""

    period: HalfYear
    zone: ZoneInfo
    first: HalfYear | None = None
    """The firm's first reporting period; None: since the register began."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a complaint cannot be written down in the regulator's columns."""

    complaint_id: str
    header: str
    reason: str

    def __str__(self) -> str:
        return f"{self.complaint_id}: column {self.header!r}: {self.reason}"


@dataclass(slots=True)
class Tally:
    """Counted while the complaints pass by."""

    complaints: Counter[str] = field(default_factory=Counter)
    """Why each one is in the file or not → how many."""
    codes: dict[str, Counter[str]] = field(default_factory=dict)
    """Header → code → how many."""

    @property
    def rows(self) -> int:
        return self.complaints[MADE] + self.complaints[CARRIED]

    def as_text(self) -> str:
        told = ", ".join(f"{number} {why}" for why, number in sorted(self.complaints.items()) if number)
        return told or "no complaint"

    def overused(self, profile: Profile) -> Iterator[str]:
        """Columns in which too much is "other": what the regulator criticises first (REP 801)."""
        for column in profile.columns:
            counted = self.codes.get(column.header)
            if column.codes is None or not counted:
                continue
            others, all_ = sum(counted[code] for code in column.codes.others), counted.total()
            if others > profile.other_share * all_:
                yield f"column {column.header!r}: {others} of {all_} say other or unknown"


def reported(entries: Iterable[Entry], scope: Scope, tally: Tally) -> Iterator[dict[str, Any]]:
    """Rows of the complaints that are reported, as at the end of the period; entries come complaint by complaint."""
    for _, group in groupby(entries, key=lambda entry: entry.complaint_id):
        own = list(group)
        why, found = standing(own, scope)
        tally.complaints[why] += 1
        if why in (MADE, CARRIED):
            yield found


def standing(entries: Sequence[Entry], scope: Scope) -> tuple[str, dict[str, Any]]:
    """Whether and why this complaint is reported, and its row as at the end of the period."""
    period = scope.period
    found = row(as_at(entries, period.ends_at(scope.zone)))
    received_on = date.fromisoformat(found["received_on"])
    if found["status"] in NOT_REPORTED:
        return NONE_OF_ITS_OWN, found
    if received_on > period.end:
        return LATER, found
    if received_on >= period.start:
        return MADE, found
    if scope.first is not None and received_on < scope.first.start:
        return BEFORE_FIRST, found
    before = row(as_at(entries, period.starts_at(scope.zone)))
    return (CARRIED if before["closed_at"] is None else CLOSED_BEFORE), found


def as_at(entries: Sequence[Entry], instant: datetime) -> list[Entry]:
    """Without the steps that were taken at `instant` or later.

    What a person found out afterwards about the complaint itself stays: a correction, a merge, that it was none.
    """
    kept, ruled_out = [], False
    for entry in entries:
        takes_back = ruled_out and entry.kind == EntryKind.REOPENED
        if entry.kind in HAPPENS and not takes_back and _happened_at(entry) >= instant:
            continue
        ruled_out = entry.kind == EntryKind.RULED_OUT or (ruled_out and not takes_back)
        kept.append(entry)
    return kept


def _happened_at(entry: Entry) -> datetime:
    try:
        facts = json.loads(entry.facts)
        return datetime.fromisoformat(next((facts[key] for key in AT if facts.get(key)), entry.recorded_at))
    except (ValueError, TypeError):
        name = f"entry {entry.seq} ({entry.complaint_id}, {entry.kind})"
        raise RecordError(f"{name} cannot be read; run `earshot register verify`") from None


# the profile's columns


def write_half_year(
    rows: Iterable[dict[str, Any]],
    profile: Profile,
    file: BinaryIO,
    tally: Tally,
    *,
    blocked: Callable[[Problem], None],
) -> Written:
    """The profile's columns as CSV. What cannot stand in its column is told to `blocked`: the file is void."""
    digest, count = hashlib.sha256(), 0
    headers = [column.header for column in profile.columns]
    for chunk in _encoded(chain([headers], _fitting(rows, profile, tally, blocked)), profile):
        file.write(chunk)
        digest.update(chunk)
        count += 1
    return Written(count - 1, digest.hexdigest())


def line_of(found: dict[str, Any], profile: Profile) -> tuple[list[str], list[Problem]]:
    """Its cells, and what is wrong with them; a cell that cannot be written stays empty."""
    line, wrong = [], []
    for column in profile.columns:
        try:
            line.append(_cell(found, column, profile))
        except _Unfit as unfit:
            line.append("")
            wrong.append(Problem(found["complaint_id"], column.header, str(unfit)))
    return line, wrong


def reconcile(file: BinaryIO, profile: Profile, tally: Tally) -> str | None:
    """Read the file back: as many lines as complaints were counted, every id once. Gives what is wrong, or None."""
    file.seek(0)
    at = next(at for at, column in enumerate(profile.columns) if column.element == "complaint_id")
    text = TextIOWrapper(file, encoding=profile.encoding, newline="")
    try:
        lines = csv.reader(text)
        next(lines)
        count, last = 0, ""
        for line in lines:
            count += 1
            if len(line) != len(profile.columns) or line[at] <= last:
                return f"line {count + 1} of the file has not {len(profile.columns)} cells, or repeats a complaint"
            last = line[at]
    finally:
        text.detach()
    return None if count == tally.rows else f"the file has {count} lines and the register {tally.rows} complaints"


def _fitting(
    rows: Iterable[dict[str, Any]], profile: Profile, tally: Tally, blocked: Callable[[Problem], None]
) -> Iterator[list[str]]:
    coded = [(at, column.header) for at, column in enumerate(profile.columns) if column.codes is not None]
    for found in rows:
        line, wrong = line_of(found, profile)
        for problem in wrong:
            blocked(problem)
        for at, header in coded:
            if line[at]:
                tally.codes.setdefault(header, Counter()).update(line[at].split(profile.list_separator))
        yield line


class _Unfit(Exception):
    """The value cannot stand in this column; the message says why."""


def _cell(found: dict[str, Any], column: Column, profile: Profile) -> str:
    values = [_said(value, column, profile) for value in _values(found, column)]
    is_needed = column.is_required or (column.is_required_if_closed and found["closed_on"] is not None)
    if is_needed and not any(values):
        raise _Unfit(f"the register has no {column.element or 'value'}, which this column needs")
    text = profile.list_separator.join(values)
    if column.longest is not None and len(text) > column.longest:
        raise _Unfit(f"{len(text)} characters, and the column takes {column.longest}")
    if text.startswith(FORMULA_STARTS):
        raise _Unfit("begins like a formula")
    if not _is_writable(text, profile.encoding):
        raise _Unfit(f"holds letters that {profile.encoding} has not")
    return text


def _is_writable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _values(found: dict[str, Any], column: Column) -> list[str]:
    value = found[column.element] if column.element else None
    many = [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]
    if column.is_last_item and len(many) > (column.item or 0):
        raise _Unfit(f"{len(many)} {column.element}, and the profile has columns for {column.item}")
    if column.item is not None:
        many = many[column.item - 1 : column.item]
    return many or ([column.default] if column.default is not None else [])


def _said(value: str, column: Column, profile: Profile) -> str:
    if column.codes is not None:
        if value not in column.codes.codes:
            raise _Unfit(f"{column.element} {value!r} has no code in {column.codes.file}")
        return column.codes.codes[value]
    return date.fromisoformat(value).strftime(profile.date_format) if column.element in DATES else value


def _encoded(lines: Iterable[list[str]], profile: Profile) -> Iterator[bytes]:
    """A byte-order mark, where the encoding has one, stands at the beginning alone."""
    text, encoding = io.StringIO(), profile.encoding
    writer = csv.writer(text, lineterminator="\r\n")
    for line in lines:
        writer.writerow(line)
        yield text.getvalue().encode(encoding)
        text.seek(0)
        text.truncate()
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
