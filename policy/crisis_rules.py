"""When a spike is raised, who may declare and lift a crisis, what it freezes, and who is called."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from policy.house import Said
from policy.table import Table, read_table

FILE = Path(__file__).parent / "crisis" / "crisis.toml"


class Acting(StrEnum):
    AGENT = "agent"
    LEAD = "lead"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Spikes:
    is_on: bool
    look_every: timedelta
    false_alarms_per_year: float
    least_people: int
    least_times: float
    most_weight: float
    over_after: timedelta
    longest: timedelta
    labels: frozenset[str]
    ignored_tags: frozenset[str]
    category_from: float


@dataclass(frozen=True, slots=True)
class Severe:
    """Failures that are told at once, whatever is usual."""

    is_on: bool
    topics: tuple[str, ...]
    people: int
    """So many different ones."""
    within: timedelta
    again_after: timedelta
    """Whole hours: the same topic is not told of again before."""


@dataclass(frozen=True, slots=True)
class CrisisRules:
    name: str
    version: str
    from_on: date
    source: str
    spikes: Spikes
    severe: Severe
    may_declare: frozenset[str]
    may_approve: frozenset[str]
    may_lift: frozenset[str]
    languages: tuple[str, ...]
    """In which a holding statement can be written."""
    freezes_saved_replies: bool
    freezes_automatic: bool
    others_need_owner: bool
    called_roles: frozenset[str]
    called_people: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


@cache
def load_crisis_rules(file: Path = FILE) -> CrisisRules:
    """Read once a process. Raises: SetupError naming the file and the key."""
    return read_crisis_rules(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_crisis_rules(table: Table) -> CrisisRules:
    crisis, frozen, called = table.table("crisis"), table.table("frozen"), table.table("page_out")
    rules = CrisisRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        spikes=_read_spikes(table.table("spikes")),
        severe=_read_severe(table.table("severe")),
        may_declare=_roles(crisis, "may_declare"),
        may_approve=_roles(crisis, "may_approve"),
        may_lift=_roles(crisis, "may_lift"),
        languages=crisis.texts("languages"),
        freezes_saved_replies=_said(frozen, "saved_replies"),
        freezes_automatic=_said(frozen, "automatic_answers"),
        others_need_owner=_said(frozen, "other_replies_need_the_owner"),
        called_roles=frozenset(called.choices("roles", Acting)),
        called_people=called.texts("people"),
    )
    for one in (crisis, frozen, called, table):
        one.done()
    return rules


def _read_severe(row: Table) -> Severe:
    severe = Severe(
        is_on=_said(row, "on"),
        topics=row.texts("topics"),
        people=row.whole("people", least=2, most=1000),
        within=timedelta(minutes=row.whole("within_minutes", least=1, most=240)),
        again_after=timedelta(hours=row.whole("again_after_hours", least=1, most=48)),
    )
    row.done()
    return severe


def _roles(row: Table, name: str) -> frozenset[str]:
    found = frozenset(row.choices(name, Acting))
    if not found:
        raise row.refuse(name, "must name at least one role, or nobody could do it")
    return found


def _said(row: Table, name: str) -> bool:
    """Said, never assumed: what somebody believes to be frozen must not be open."""
    if name not in row:
        raise row.refuse(name, "is missing: write true or false")
    return row.flag(name, otherwise=False)


def _read_spikes(row: Table) -> Spikes:
    spikes = Spikes(
        is_on=_said(row, "on"),
        look_every=timedelta(minutes=row.whole("look_every_minutes", least=1, most=60)),
        false_alarms_per_year=row.number("false_alarms_per_year", least=0.1, most=1000),
        least_people=row.whole("least_people", least=2, most=10_000),
        least_times=row.number("least_times", least=1, most=100),
        most_weight=row.number("most_weight", least=1, most=10),
        over_after=timedelta(hours=row.whole("over_after_hours", least=1, most=72)),
        longest=timedelta(days=row.whole("longest_days", least=1, most=28)),
        labels=frozenset(row.choices("labels", Said)),
        ignored_tags=frozenset(row.texts("ignored_tags")),
        category_from=row.number("category_from", least=0, most=1),
    )
    row.done()
    return spikes
