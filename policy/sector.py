"""A sector pack: what the firm calls its queues, and what a missed complaint costs it beside one wrongly raised."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path

from models.errors import SetupError
from policy.house import HousePack
from policy.pack import RegulationPack
from policy.table import Table, read_table

FOLDER = "sectors"
ORDINARY_COST = 8.0
"""What the house pack's thresholds and the classifier's abstain band were chosen with."""


@dataclass(frozen=True, slots=True)
class Sector:
    name: str
    version: str
    source: str
    missed_complaint_cost: float
    """How many messages wrongly taken for complaints one missed complaint is worth."""
    types: Mapping[str, str]
    """Regulation pack → the type as which a complaint of this sector is registered until a person records another."""
    queues: Mapping[str, str]
    """Category of the classifier → the firm's own name for where such a thing goes; one for each category."""

    @property
    def title(self) -> str:
        return f"sector {self.name} {self.version}"

    def shifted(self, threshold: float) -> float:
        """A threshold on a complaint's probability, moved by this sector's cost.

        Raising pays from the odds 1 : cost on, so the log-odds move by ln(ordinary cost / this cost). 0 and 1 stay.

        Source: C. Elkan, The foundations of cost-sensitive learning (2001), equation 2.
        """
        if threshold in (0.0, 1.0):
            return threshold
        return 1 / (1 + exp(-(log(threshold / (1 - threshold)) + log(ORDINARY_COST / self.missed_complaint_cost))))


def load_sector(folder: Path, name: str, house: HousePack) -> Sector:
    """Raises: SetupError naming the file and the key, or the packs there are."""
    known = known_sectors(folder)
    if name not in known:
        raise SetupError(f"sector {name!r} is unknown; known sectors: {', '.join(known) or 'none'}")
    table = read_table(folder / FOLDER / f"{name}.toml", file=f"{FOLDER}/{name}.toml")
    sector = read_sector(table, house)
    if sector.name != name:
        raise table.refuse("name", f"must be that of its file, {name!r}, not {sector.name!r}")
    return sector


def known_sectors(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (folder / FOLDER).glob("*.toml")))


def read_sector(table: Table, house: HousePack) -> Sector:
    """Raises: SetupError naming the file and the key."""
    row, types = table.table("queues"), table.table("types")
    sector = Sector(
        name=table.text("name"),
        version=table.text("version"),
        source=table.text("source"),
        missed_complaint_cost=table.number("missed_complaint_cost", least=1.0, most=100.0),
        types={pack: types.text(pack) for pack in types.names()},
        queues={category: row.text(category) for category in house.categories},
    )
    row.done()
    types.done()
    table.done()
    return sector


def house_of(sector: Sector | None, house: HousePack, regulation: RegulationPack) -> HousePack:
    """The house's rules with the sector's thresholds, names of queues and type of complaint; without a sector as they
    are.

    Raises: SetupError for a type that the regulation pack does not know.
    """
    if sector is None:
        return house
    complaint_type = sector.types.get(regulation.name, house.complaint_type)
    regulation.require_type(complaint_type)
    scores = {said: sector.shifted(score) for said, score in house.definition.registers_from.items()}
    definition = replace(house.definition, registers_from=scores)
    return replace(house, definition=definition, queues=sector.queues, complaint_type=complaint_type)
