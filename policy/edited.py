"""A policy with one of its files replaced by an edited one, for trying it out: nothing of it is switched on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from models.errors import SetupError
from policy.approval_rules import ApprovalRules, read_approval_rules
from policy.declared_days import COLUMNS, days_in, read_declared_days
from policy.house import HousePack
from policy.loading import PACKS, Policy, house_for, load_house
from policy.pack import read_regulation
from policy.paths import EscalationPaths, load_paths, read_paths
from policy.reading_house import read_house
from policy.sector import Sector, house_of, load_sector, read_sector
from policy.table import Table, table_of
from policy.targets import TargetRules, read_target_rules

MOST_CHARACTERS = 400_000
"""Four times the house pack as shipped."""


class FileKind(StrEnum):
    """Which file of rules it is, as its tables say."""

    HOUSE = "house"
    REGULATION = "regulation"
    SECTOR = "sector"
    CALENDAR = "calendar"
    APPROVALS = "approvals"
    PATHS = "paths"
    TARGETS = "targets"


PLACES = {
    FileKind.HOUSE: "policy/house/pack.toml",
    FileKind.REGULATION: "policy/{name}/pack.toml",
    FileKind.SECTOR: "policy/sectors/{name}.toml",
    FileKind.APPROVALS: "policy/approvals/approvals.toml",
    FileKind.PATHS: "policy/paths/",
    FileKind.TARGETS: "policy/targets/",
}
"""Where the file goes once it is wanted; a calendar lies where EARSHOT_HOLIDAYS_FILE says."""
_MARKERS = {
    "topics": FileKind.HOUSE,
    "clocks": FileKind.REGULATION,
    "missed_complaint_cost": FileKind.SECTOR,
    "extra": FileKind.CALENDAR,
    "excluded": FileKind.CALENDAR,
    "limits": FileKind.APPROVALS,
    "paths": FileKind.PATHS,
    "targets": FileKind.TARGETS,
}
_CSV_CALENDAR = ",".join(COLUMNS)
Rules = ApprovalRules | EscalationPaths | TargetRules
_RULES: Mapping[FileKind, Callable[[Table], Rules]] = {
    FileKind.APPROVALS: read_approval_rules,
    FileKind.PATHS: read_paths,
    FileKind.TARGETS: read_target_rules,
}


@dataclass(frozen=True, slots=True)
class Edited:
    """What a file holds: a whole policy for what cases are decided by, else the rules it is about."""

    kind: FileKind
    title: str
    policy: Policy
    """The present one, with the file in its place where cases are decided by such a file."""
    rules: Rules | None


def read_edited(policy: Policy, text: str, *, file: str) -> Edited:
    """Raises: SetupError naming the file and the key."""
    if len(text) > MOST_CHARACTERS:
        raise SetupError(f"{file}: has {len(text):,} characters; a file of rules has at most {MOST_CHARACTERS:,}")
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith(_CSV_CALENDAR):
        return _calendar(policy, text.lstrip(), file=file, is_csv=True)
    table = table_of(text, file=file)
    kind = next((kind for marker, kind in _MARKERS.items() if marker in table), None)
    match kind:
        case None:
            raise SetupError(f"{file}: is no file of rules that can be tried: it needs one of {', '.join(_MARKERS)}")
        case FileKind.HOUSE:
            other = with_house(policy, table)
            return Edited(kind, other.house.title, other, None)
        case FileKind.REGULATION:
            other = with_regulation(policy, table)
            return Edited(kind, other.regulation.title, other, None)
        case FileKind.SECTOR:
            house = load_house(policy.house.name, policy.regulation)
            sector = read_sector(table, house)
            return Edited(kind, sector.title, _over(policy, house, sector), None)
        case FileKind.CALENDAR:
            return _calendar(policy, text, file=file, is_csv=False)
        case _:
            rules = _RULES[kind](table)
            return Edited(kind, rules.title, policy, rules)


def with_house(policy: Policy, table: Table, *, folder: Path = PACKS) -> Policy:
    """The house pack is the one in `table`; the sector's names and costs are put over it as ever.

    Raises: SetupError naming the file and the key.
    """
    rules = house_for(policy.regulation, read_house(table))
    if policy.sector is None:
        return replace(policy, house=rules)
    sector = load_sector(folder, policy.sector.name, rules)
    return replace(policy, house=house_of(sector, rules, policy.regulation), sector=sector)


def with_regulation(policy: Policy, table: Table) -> Policy:
    """The regulation pack is the one in `table`; the licensee sits where it sat.

    Raises: SetupError naming the file and the key, or a place or type that this pack lacks.
    """
    regulation = read_regulation(table)
    return replace(
        policy,
        regulation=regulation,
        house=house_of(policy.sector, load_house(policy.house.name, regulation), regulation),
        place=regulation.place(policy.place.code),
        strictest_of=tuple(regulation.place(place.code) for place in policy.strictest_of),
    )


def with_sector(policy: Policy, name: str, *, folder: Path = PACKS) -> Policy:
    """The pack of another sector, with its costs, names of queues and escalation paths.

    Raises: SetupError naming the sectors that there are.
    """
    house = load_house(policy.house.name, policy.regulation, folder=folder)
    return _over(policy, house, load_sector(folder, name, house))


def with_calendar(policy: Policy, file: Path) -> Policy:
    """The holidays file is this one. Raises: SetupError naming the file and the line or key."""
    return replace(policy, declared=read_declared_days(file, places=policy.regulation.places))


def _over(policy: Policy, house: HousePack, sector: Sector) -> Policy:
    return replace(
        policy, house=house_of(sector, house, policy.regulation), sector=sector, paths=load_paths(sector.name)
    )


def _calendar(policy: Policy, text: str, *, file: str, is_csv: bool) -> Edited:
    days = days_in(text, file=file, is_csv=is_csv, places=policy.regulation.places)
    title = f"{len(days)}, {min(day.on for day in days)} – {max(day.on for day in days)}" if days else "0"
    return Edited(FileKind.CALENDAR, title, replace(policy, declared=days), None)
