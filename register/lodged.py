"""What changed about a period after its file was lodged: the file stays as it was, the differences are listed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from models import Entry
from register.half_year_file import CARRIED, MADE, Scope, line_of, standing
from register.profiles import Profile

IN_FILE = "(in the file)"


@dataclass(frozen=True, slots=True)
class LateCorrection:
    complaint_id: str
    header: str
    lodged: str
    now: str
    entries: tuple[int, ...]
    """Those that were written after the lodgement."""

    def __str__(self) -> str:
        told = ", ".join(map(str, self.entries))
        return f"{self.complaint_id}: {self.header}: lodged {self.lodged!r}, now {self.now!r} (entries {told})"


def late_corrections(
    entries: Iterable[Entry], *, head_seq: int, scope: Scope, profile: Profile | None
) -> Iterator[LateCorrection]:
    """By complaint; `entries` come complaint by complaint, those after `head_seq` included.

    Without a profile, as of a nil submission, only what should have been in the file.
    """
    for complaint_id, group in groupby(entries, key=lambda entry: entry.complaint_id):
        own = list(group)
        known = [entry for entry in own if entry.seq <= head_seq]
        later = tuple(entry.seq for entry in own if entry.seq > head_seq)
        if not later:
            continue
        then, now = _line(known, scope, profile), _line(own, scope, profile)
        for header in [IN_FILE] if (then is None) != (now is None) else (then or {}):
            old, new = _value(then, header), _value(now, header)
            if old != new:
                yield LateCorrection(complaint_id, header, old, new, later)


def _line(entries: list[Entry], scope: Scope, profile: Profile | None) -> dict[str, str] | None:
    if not entries:
        return None
    why, found = standing(entries, scope)
    if why not in (MADE, CARRIED):
        return None
    if profile is None:
        return {}
    headers = (column.header for column in profile.columns)
    return dict(zip(headers, line_of(found, profile)[0], strict=True))


def _value(line: dict[str, str] | None, header: str) -> str:
    if header == IN_FILE:
        return "no" if line is None else "yes"
    return line[header] if line is not None else ""
