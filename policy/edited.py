"""A policy with one of its files replaced by an edited one, for trying it out: nothing of it is switched on."""

import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from models.errors import SetupError
from policy.approval_rules import ApprovalRules, read_approval_rules
from policy.declared_days import read_declared_days
from policy.loading import PACKS, Policy, house_for
from policy.paths import EscalationPaths, read_paths
from policy.reading_house import read_house
from policy.sector import house_of, load_sector
from policy.table import Table
from policy.targets import TargetRules, read_target_rules

MOST_CHARACTERS = 400_000
"""Four times the house pack as shipped."""


class FileKind(StrEnum):
    """Which file of rules it is, as its tables say."""

    HOUSE = "house"
    APPROVALS = "approvals"
    PATHS = "paths"
    TARGETS = "targets"


PLACES = {
    FileKind.HOUSE: "policy/house/pack.toml",
    FileKind.APPROVALS: "policy/approvals/approvals.toml",
    FileKind.PATHS: "policy/paths/",
    FileKind.TARGETS: "policy/targets/",
}
"""Where the file goes once it is wanted."""
_MARKERS = {
    "topics": FileKind.HOUSE,
    "limits": FileKind.APPROVALS,
    "paths": FileKind.PATHS,
    "targets": FileKind.TARGETS,
}
Rules = ApprovalRules | EscalationPaths | TargetRules


@dataclass(frozen=True, slots=True)
class Edited:
    """What a file holds: a whole policy for a house pack, else the rules it is about."""

    kind: FileKind
    title: str
    present: Policy
    policy: Policy
    """The present one; with the house pack replaced where the file is one."""
    rules: Rules | None


def read_edited(policy: Policy, text: str, *, file: str) -> Edited:
    """Raises: SetupError naming the file and the key."""
    table = table_of(text, file=file)
    kind = next((kind for marker, kind in _MARKERS.items() if marker in table), None)
    if kind is None:
        raise SetupError(f"{file}: is no file of rules that can be tried: it needs one of {', '.join(_MARKERS)}")
    if kind is FileKind.HOUSE:
        other = with_house(policy, text, file=file)
        return Edited(kind, other.house.title, policy, other, None)
    rules: Rules
    if kind is FileKind.APPROVALS:
        rules = read_approval_rules(table)
    elif kind is FileKind.PATHS:
        rules = read_paths(table)
    else:
        rules = read_target_rules(table)
    return Edited(kind, rules.title, policy, policy, rules)


def with_house(policy: Policy, text: str, *, file: str, folder: Path = PACKS) -> Policy:
    """The house pack is the one in `text`; the sector's names and costs are put over it as ever.

    Raises: SetupError naming the file and the key.
    """
    rules = house_for(policy.regulation, read_house(table_of(text, file=file)))
    if policy.sector is None:
        return replace(policy, house=rules)
    sector = load_sector(folder, policy.sector.name, rules)
    return replace(policy, house=house_of(sector, rules), sector=sector)


def with_calendar(policy: Policy, file: Path) -> Policy:
    """The holidays file is this one. Raises: SetupError naming the file and the line or key."""
    return replace(policy, declared=read_declared_days(file, places=policy.regulation.places))


def table_of(text: str, *, file: str) -> Table:
    """Raises: SetupError."""
    if len(text) > MOST_CHARACTERS:
        raise SetupError(f"{file}: has {len(text):,} characters; a file of rules has at most {MOST_CHARACTERS:,}")
    try:
        return Table(tomllib.loads(text), file=file)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SetupError(f"{file}: is not valid TOML: {error}") from error
