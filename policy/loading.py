"""Packs from their folder into one frozen policy. Reads files once, at the start; nothing after it does."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from models.errors import SetupError
from policy.declared_days import DeclaredDay, read_declared_days
from policy.follow_up import FollowUpRules, load_follow_up
from policy.help_articles import HelpArticles, checked_help, shipped_help
from policy.house import HousePack
from policy.pack import Place, RegulationPack, read_regulation, read_zone
from policy.paths import EscalationPaths, load_paths
from policy.reading_house import read_house
from policy.sector import Sector, house_of, load_sector
from policy.service_hours import ServiceHours, load_service_hours
from policy.skill_rules import SkillRules, shipped_skill_rules
from policy.table import Table, read_table
from policy.targets import TargetRules, load_target_rules
from policy.vip_rules import VipRules, shipped_vip_rules
from policy.warning_signs import WarningRules, shipped_warning_rules

PACKS = Path(__file__).parent
_FILE = "pack.toml"
Pack = TypeVar("Pack", RegulationPack, HousePack)


@dataclass(frozen=True, slots=True)
class Policy:
    """All that triage needs to know besides the message."""

    regulation: RegulationPack
    house: HousePack
    place: Place
    zone: ZoneInfo
    """The licensee's zone: its local date is the day of receipt."""
    extra_holidays: frozenset[date]
    """Days declared late, or of the firm's own place only."""
    excluded_holidays: frozenset[date]
    """Days that the library lists for a whole State but are not kept in the firm's place."""
    sector: Sector | None = None
    """Its names and thresholds are in `house` already."""
    declared: tuple[DeclaredDay, ...] = ()
    """Days of the firm's holidays file."""
    strictest_of: tuple[Place, ...] = ()
    """Of these places the earliest deadline in business days stands; empty: that of `place`."""
    firm_days: Mapping[str, int] = field(default_factory=dict)
    """Numbers of days that the law leaves to the firm or to others, by the name that packs give them."""
    service: ServiceHours = field(default_factory=load_service_hours)
    """When people are at work: for the firm's own targets and paths, never for a clock of the regulator."""
    targets: TargetRules = field(default_factory=load_target_rules)
    """By when the firm itself wants to answer; beside the clocks of the regulator."""
    warnings: WarningRules = field(default_factory=shipped_warning_rules)
    skills: SkillRules = field(default_factory=shipped_skill_rules)
    """Who gets a case that nobody has chosen an owner for."""
    vips: VipRules = field(default_factory=shipped_vip_rules)
    """What a place in the firm's list of customers is worth in the queue."""
    follow_up: FollowUpRules = field(default_factory=load_follow_up)
    """Who is asked how they were served, and how long links to a customer's own page live."""

    help: HelpArticles = field(default_factory=shipped_help)
    """What customers may find beside the state of their case."""

    paths: EscalationPaths = field(default_factory=load_paths)
    """Where a case goes that is more than its owner can settle."""

    @property
    def version(self) -> str:
        """Packs and their versions, e.g. `asic-rg271 2021-09, house 2026-11`."""
        packs = f"{self.regulation.title}, {self.house.title}"
        return f"{packs}, {self.sector.title}" if self.sector is not None else packs

    @property
    def without_profile(self) -> str | None:
        """What to tell whoever runs the program, where the sector's pack was not made for this regulation pack."""
        if self.sector is None or self.regulation.name in self.sector.types:
            return None
        known = ", ".join(self.sector.types)
        return (
            f"sector {self.sector.name} has no profile for {self.regulation.name} (it has one for {known}): complaints "
            f"are registered as {self.house.complaint_type!r}; choose another EARSHOT_POLICY_PACK, "
            "or add it to the sector's [types]"
        )

    def shifted(self, threshold: float) -> float:
        """A threshold of the classifier on a complaint's probability, as the sector's costs have it."""
        return self.sector.shifted(threshold) if self.sector is not None else threshold


def load_policy(
    *,
    pack: str,
    house: str,
    place: str,
    sector: str | None = None,
    zone: str | None = None,
    extra_holidays: Collection[date] = (),
    excluded_holidays: Collection[date] = (),
    holidays_file: Path | None = None,
    strictest: bool = False,
    strictest_places: Collection[str] = (),
    firm_days: Mapping[str, int] | None = None,
    folder: Path | None = None,
) -> Policy:
    """The named packs, checked strictly. The zone follows from the place unless it is given.

    Args:
        strictest: the earliest deadline of `strictest_places` stands, or, without any, of every place of the pack.

    Raises: SetupError naming the file and the key, or the value and what is known instead.
    """
    folder = folder or PACKS
    regulation = load_regulation(pack, folder=folder)
    where = regulation.place(place)
    both = sorted(set(extra_holidays) & set(excluded_holidays))
    if both:
        raise SetupError(f"{both[0]} is both an extra and an excluded holiday; leave it in one of the two lists")
    rules = load_house(house, regulation, folder=folder)
    service = load_service_hours()
    for other in service.others:
        if other.place is not None:
            regulation.place(other.place)
    chosen = load_sector(folder, sector, rules) if sector else None
    return Policy(
        regulation=regulation,
        house=house_of(chosen, rules, regulation),
        place=where,
        zone=_zone(zone) if zone else where.zone,
        extra_holidays=frozenset(extra_holidays),
        excluded_holidays=frozenset(excluded_holidays),
        sector=chosen,
        declared=read_declared_days(holidays_file, places=regulation.places) if holidays_file else (),
        strictest_of=_strictest_of(regulation, where, strictest_places) if strictest else (),
        firm_days=dict(firm_days or {}),
        service=service,
        help=checked_help(shipped_help(), rules),
        paths=load_paths(sector),
    )


def load_regulation(name: str, *, folder: Path | None = None) -> RegulationPack:
    """One regulation pack alone: its types, clocks, events and places."""
    return _load(folder or PACKS, name, "clocks", read_regulation)


def load_house(name: str, regulation: RegulationPack, *, folder: Path = PACKS) -> HousePack:
    """One house pack alone, before a sector's names and costs."""
    return house_for(regulation, _load(folder, name, "topics", read_house))


def _strictest_of(regulation: RegulationPack, where: Place, codes: Collection[str]) -> tuple[Place, ...]:
    """The licensee's own place is always one of them."""
    others = sorted(set(codes or regulation.places) - {where.code})
    return (where, *(regulation.place(code) for code in others))


def known_packs(folder: Path, marker: str) -> tuple[str, ...]:
    """Names of the packs that hold the table `marker`: `clocks` for a regulation, `topics` for a house."""
    files = sorted(folder.glob(f"*/{_FILE}"))
    return tuple(file.parent.name for file in files if marker in read_table(file, file=_name(file)))


def _load(folder: Path, name: str, marker: str, read: Callable[[Table], Pack]) -> Pack:
    known = known_packs(folder, marker)
    if name not in known:
        raise SetupError(f"policy pack {name!r} with {marker} is unknown; known packs: {', '.join(known) or 'none'}")
    table = read_table(folder / name / _FILE, file=f"{name}/{_FILE}")
    pack = read(table)
    if pack.name != name:
        raise table.refuse("name", f"must be that of its folder, {name!r}, not {pack.name!r}")
    return pack


def house_for(regulation: RegulationPack, house: HousePack) -> HousePack:
    if house.complaint_type not in regulation.types:
        known = ", ".join(regulation.types)
        raise SetupError(
            f"{house.name}/{_FILE}: key 'complaint_type' names {house.complaint_type!r}, unknown to pack "
            f"{regulation.title}; known types: {known}"
        )
    return house


def _zone(name: str) -> ZoneInfo:
    return read_zone(name, SetupError(f"time zone {name!r} is unknown; use an IANA name such as Australia/Sydney"))


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"
