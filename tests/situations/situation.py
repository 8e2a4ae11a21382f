"""Situations that compliance officers write about clocks, read strictly: a word misspelt is an error that names it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from policy.loading import Policy, load_policy
from triage.clock_facts import ClockFact

FILES = Path(__file__).parent / "clocks"
STANDINGS = ("running", "met", "late", "over", "breach")
GIVEN = frozenset(
    "number name paragraph pack place type received also_received events now extra_holidays excluded_holidays "
    "strictest scheme_days".split()
)
EXPECTED = frozenset(
    "day_zero due not_there standing stopped response_required delay_notices former_types note error".split()
)


@dataclass(frozen=True, slots=True)
class Situation:
    """One receipt, what happened after it, and what must follow."""

    number: str
    """Of the vector or edge case it stands for; empty where it stands for none."""
    name: str
    paragraph: str
    pack: str
    place: str
    types: tuple[str, ...]
    receipts: tuple[datetime, ...]
    """Of every message, channel or team with the same complaint."""
    events: tuple[ClockFact, ...]
    now: datetime | None
    extra_holidays: tuple[date, ...]
    excluded_holidays: tuple[date, ...]
    strictest: tuple[str, ...]
    """More places whose business days count too."""
    scheme_days: int | None
    expected: Mapping[str, object]

    @property
    def received(self) -> datetime:
        """The earliest stands: no hand-over and no other channel moves it."""
        return min(self.receipts)

    @property
    def policy(self) -> Policy:
        return _policy(
            self.pack, self.place, self.extra_holidays, self.excluded_holidays, self.strictest, self.scheme_days
        )


def all_situations() -> Iterator[tuple[str, Situation]]:
    """Every situation with the name of its file."""
    for file in sorted(FILES.glob("*.toml")):
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["situations"]:
            yield file.stem, read_situation(row)


def read_situation(row: Mapping[str, object]) -> Situation:
    """Raises: ValueError naming the situation and what is wrong with it."""
    _check(row)
    return Situation(
        number=row.get("number", ""),
        name=row["name"],
        paragraph=row["paragraph"],
        pack=row.get("pack", "asic-rg271"),
        place=row.get("place", "AU-NSW"),
        types=_one_or_more(row.get("type", "standard")),
        receipts=(row["received"], *row.get("also_received", ())),
        events=tuple(_event(event) for event in row.get("events", ())),
        now=row.get("now"),
        extra_holidays=tuple(row.get("extra_holidays", ())),
        excluded_holidays=tuple(row.get("excluded_holidays", ())),
        strictest=tuple(row.get("strictest", ())),
        scheme_days=row.get("scheme_days"),
        expected={key: row[key] for key in EXPECTED & set(row)},
    )


def _check(row: Mapping[str, object]) -> None:
    name = row.get("name", "a situation without a name")
    missing = sorted({"name", "paragraph", "received"} - set(row))
    unknown = sorted(set(row) - GIVEN - EXPECTED)
    odd = sorted(set(row.get("standing", {}).values()) - set(STANDINGS))
    if missing or unknown or odd:
        raise ValueError(f"{name}: missing {missing}, unknown keys {unknown}, unknown standings {odd}")
    if "standing" in row and "now" not in row:
        raise ValueError(f"{name}: add now, the instant at which the clocks stand so")
    if not EXPECTED & set(row):
        raise ValueError(f"{name}: expects nothing; add one of {', '.join(sorted(EXPECTED))}")


def _event(row: Mapping[str, object]) -> ClockFact:
    facts = {key: value for key, value in row.items() if key not in ("kind", "at")}
    return ClockFact(row["kind"], row["at"], facts)


def _one_or_more(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@cache
def _policy(
    pack: str,
    place: str,
    extra: tuple[date, ...],
    excluded: tuple[date, ...],
    strictest: tuple[str, ...],
    scheme_days: int | None,
) -> Policy:
    return load_policy(
        pack=pack,
        house="house",
        place=place,
        extra_holidays=extra,
        excluded_holidays=excluded,
        strictest=bool(strictest),
        strictest_places=strictest,
        firm_days={"card_scheme_days": scheme_days} if scheme_days else None,
    )
