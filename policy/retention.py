"""The retention pack: how long each class of record is kept, and what follows from a deletion on a platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from models.retention import CountedFrom, RecordClass, Then
from policy.table import Table, read_table

FOLDER = "retention"
EVERY_OTHER_CHANNEL = "*"
SHIPPED = Path(__file__).parent
MOST_YEARS, MOST_DAYS, MOST_HOURS = 100, 36_500, 24 * 365

ALLOWED: Mapping[RecordClass, tuple[CountedFrom, Then]] = {
    RecordClass.REGISTER: (CountedFrom.COMPLAINT_CLOSED, Then.REDACT),
    RecordClass.COMPLAINT_WORDS: (CountedFrom.COMPLAINT_CLOSED, Then.REDACT),
    RecordClass.OTHER_WORDS: (CountedFrom.LAST_MESSAGE, Then.REDACT),
    RecordClass.NOISE_WORDS: (CountedFrom.LAST_MESSAGE, Then.REDACT),
    RecordClass.UNREAD_WORDS: (CountedFrom.RECEIVED, Then.REDACT),
    RecordClass.UNREADABLE: (CountedFrom.RECEIVED, Then.DELETE),
    RecordClass.NOTES: (CountedFrom.CASE_DONE, Then.REDACT),
    RecordClass.EVENTS: (CountedFrom.CASE_DONE, Then.REDACT),
    RecordClass.OUTBOX: (CountedFrom.CASE_DONE, Then.REDACT),
    RecordClass.AUTHOR_SNAPSHOT: (CountedFrom.CAPTURED, Then.DELETE),
    RecordClass.AUTHOR_HISTORY: (CountedFrom.CAPTURED, Then.DELETE),
    RecordClass.STAFF_SESSIONS: (CountedFrom.EXPIRED, Then.DELETE),
    RecordClass.ACCESS_LOG: (CountedFrom.MONTH_END, Then.DELETE),
}
"""A message is never deleted and the register's chain stays whole, so the pack may choose how long, not this."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long one class of record is kept; exactly one of `years` and `days` is set."""

    record_class: RecordClass
    counted_from: CountedFrom
    years: int
    days: int
    then: Then
    source: str

    def ends_at(self, counted_from: datetime) -> datetime:
        """The first instant at which it may go. A year after 29 February is 1 March: never too early."""
        return _years_later(counted_from, self.years) + timedelta(days=self.days)

    @property
    def period(self) -> str:
        count, unit = (self.years, "year") if self.years else (self.days, "day")
        return f"{count} {unit}{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Platform:
    """What a platform's terms ask when an author deletes a message there."""

    channel: str
    honour: bool
    """False: only the screen follows; copies go when their period ends."""
    within_hours: int
    terms: str
    source: str


@dataclass(frozen=True, slots=True)
class Retention:
    name: str
    version: str
    from_on: date
    source: str
    may_decide: frozenset[str]
    """Roles whose people propose, agree and carry out."""
    may_hold: frozenset[str]
    keep: Mapping[RecordClass, Keep]
    keep_basis: str
    """Why the register keeps what the platform wants gone."""
    may_read_kept: frozenset[str]
    platforms: Mapping[str, Platform]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def platform(self, channel: str) -> Platform:
        return self.platforms.get(channel) or self.platforms[EVERY_OTHER_CHANNEL]


def load_retention(folder: Path = SHIPPED) -> Retention:
    """Raises: SetupError naming the file and the key."""
    name = f"{FOLDER}/pack.toml"
    return read_retention(read_table(folder / FOLDER / "pack.toml", file=name))


def read_retention(table: Table) -> Retention:
    kept = table.table("keep_in_register")
    pack = Retention(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        may_decide=_roles(table, "may_decide"),
        may_hold=_roles(table, "may_hold"),
        keep=_read_keeps(table),
        keep_basis=kept.text("basis"),
        may_read_kept=_roles(kept, "may_read"),
        platforms=_read_platforms(table),
    )
    kept.done()
    table.done()
    return pack


def _roles(table: Table, name: str) -> frozenset[str]:
    roles = table.texts(name)
    if not roles:
        raise table.refuse(name, "must name at least one role, or nobody may do it")
    return frozenset(roles)


def _read_keeps(table: Table) -> dict[RecordClass, Keep]:
    keeps: dict[RecordClass, Keep] = {}
    for row in table.tables("keep"):
        keep = _read_keep(row)
        if keep.record_class in keeps:
            raise table.refuse("keep", f"has the class {keep.record_class.value!r} twice")
        keeps[keep.record_class] = keep
    missing = [each.value for each in RecordClass if each not in keeps]
    if missing:
        raise table.refuse("keep", f"says nothing of {', '.join(missing)}: every class of record needs a period")
    return keeps


def _read_keep(row: Table) -> Keep:
    record_class = row.choice("class", RecordClass)
    counted_from, then = row.choice("from", CountedFrom), row.choice("then", Then)
    only_from, only_then = ALLOWED[record_class]
    if counted_from is not only_from:
        raise row.refuse("from", f"must be {only_from.value!r} for {record_class.value}, not {counted_from.value!r}")
    if then is not only_then:
        raise row.refuse("then", f"must be {only_then.value!r} for {record_class.value}, not {then.value!r}")
    if ("years" in row) == ("days" in row):
        raise row.refuse("years", "or 'days' gives the period: one of the two, not both and not neither")
    years = row.whole("years", least=1, most=MOST_YEARS) if "years" in row else 0
    days = row.whole("days", least=1, most=MOST_DAYS) if "days" in row else 0
    keep = Keep(record_class, counted_from, years, days, then, row.text("source"))
    row.done()
    return keep


def _read_platforms(table: Table) -> dict[str, Platform]:
    platforms: dict[str, Platform] = {}
    for row in table.tables("platforms"):
        platform = Platform(
            channel=row.text("channel"),
            honour=row.flag("honour", otherwise=True),
            within_hours=row.whole("within_hours", least=1, most=MOST_HOURS),
            terms=row.text("terms"),
            source=row.text("source"),
        )
        row.done()
        if platform.channel in platforms:
            raise table.refuse("platforms", f"has the channel {platform.channel!r} twice")
        platforms[platform.channel] = platform
    if EVERY_OTHER_CHANNEL not in platforms:
        raise table.refuse("platforms", 'needs channel = "*": what holds for every channel that is not named')
    return platforms


def _years_later(at: datetime, years: int) -> datetime:
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # 29 February
        return at.replace(year=at.year + years, month=3, day=1)
