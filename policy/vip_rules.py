"""Bands of value in the firm's own list of customers, and how long an entry lasts."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from policy.table import Table, read_table

FILE = Path(__file__).parent / "vips" / "vips.toml"
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Band:
    code: str
    name: str
    share: float
    """Of the points for it."""
    from_value: float | None
    """In the CRM's own unit; None: only people give it."""


@dataclass(frozen=True, slots=True)
class VipRules:
    name: str
    version: str
    from_on: date
    source: str
    longest: timedelta
    bands: tuple[Band, ...]
    """The highest first."""
    asked_again_after: timedelta

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def band(self, code: str) -> Band | None:
        return next((band for band in self.bands if band.code == code), None)

    def band_of_value(self, value: float) -> Band | None:
        """The highest whose value is reached."""
        return next((band for band in self.bands if band.from_value is not None and value >= band.from_value), None)


@cache
def shipped_vip_rules() -> VipRules:
    return load_vip_rules()


def load_vip_rules(file: Path = FILE) -> VipRules:
    """Raises: SetupError naming the file and the key."""
    return read_vip_rules(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_vip_rules(table: Table) -> VipRules:
    crm = table.table("crm")
    rules = VipRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        longest=timedelta(days=table.whole("longest_days", least=1, most=MOST_DAYS)),
        bands=tuple(_read_band(row) for row in table.tables("bands")),
        asked_again_after=timedelta(days=crm.whole("asked_again_after_days", least=1, most=MOST_DAYS)),
    )
    crm.done()
    table.done()
    if len({band.code for band in rules.bands}) < len(rules.bands):
        raise table.refuse("bands", "names a code twice")
    for higher, lower in pairwise(rules.bands):
        if higher.share < lower.share:
            raise table.refuse("bands", f"gives {lower.code} more than {higher.code}: the highest comes first")
    values = [band.from_value for band in rules.bands if band.from_value is not None]
    if values != sorted(values, reverse=True):
        raise table.refuse("bands", "must have falling values under from_value: the highest comes first")
    return rules


def _read_band(row: Table) -> Band:
    band = Band(
        code=row.text("code"),
        name=row.text("name"),
        share=row.number("share", most=1.0),
        from_value=row.number("from_value") if "from_value" in row else None,
    )
    row.done()
    return band
