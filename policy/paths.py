"""Escalation paths: where a case goes that is more than its owner can settle, step by step, and why one may send it.

Whether a team has people, and who they are, is in the database: names change more often than paths.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from models.case import Priority, Tier
from models.errors import SetupError
from policy.service_hours import Span, read_span
from policy.table import Table, read_table
from policy.warning_signs import Sign

FOLDER = Path(__file__).parent / "paths"
GENERIC = "generic"
CONDITIONS = ("categories", "tags", "tiers", "priorities", "triggers", "complaint")
UNSURE = "unsure"
"""The reason of who is not sure: one click sends the case up."""
TIME_RAN_OUT = "time_ran_out"
BY_RULE = "by_rule"
"""The reasons that the program itself gives; every file names them."""


class PathKind(StrEnum):
    FUNCTIONAL = "functional"
    """To the specialist."""
    HIERARCHICAL = "hierarchical"
    """Up the chain of command."""


class Does(StrEnum):
    """What happens at a step."""

    ASSIGN = "assign"
    """The case becomes theirs."""
    NOTIFY = "notify"
    """They are told; its owner keeps it."""
    PAGE_OUT = "page_out"
    """The case becomes that of who is on call, who is also told outside the inbox."""


class Level(StrEnum):
    MEMBER = "member"
    LEAD = "lead"


class StandIn(StrEnum):
    """A role whose people stand in for a team while nobody is entered for it."""

    LEAD = "lead"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Team:
    key: str
    name: str
    stand_in: StandIn | None
    otherwise: str | None
    """The team whose people answer for it where it has none; the chain ends somewhere."""


@dataclass(frozen=True, slots=True)
class Step:
    team: str
    level: Level
    does: Does
    after: Span | None
    """Since the step before, without a person having answered; None for the first step alone."""


@dataclass(frozen=True, slots=True)
class When:
    """Holds when every condition that is not empty is met; of the values of one condition any will do."""

    categories: frozenset[str]
    tags: frozenset[str]
    tiers: frozenset[Tier]
    priorities: frozenset[Priority]
    triggers: frozenset[Sign]
    """What early warning found."""
    is_complaint: bool | None

    @property
    def is_empty(self) -> bool:
        conditions = (self.categories, self.tags, self.tiers, self.priorities, self.triggers)
        return not any(conditions) and self.is_complaint is None


@dataclass(frozen=True, slots=True)
class EscalationPath:
    key: str
    name: str
    kind: PathKind
    why: str
    """What it is for, said to people."""
    is_automatic: bool
    """A case that fits is sent along it by the rule itself."""
    when: tuple[When, ...]
    """The path fits where one of them holds; it fits every case where there is none."""
    reasons: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class EscalationPaths:
    name: str
    version: str
    from_on: date
    source: str
    most_hops: int
    """More changes of owner than this are an alarm."""
    reasons: Mapping[str, str]
    """Code → name."""
    teams: Mapping[str, Team]
    paths: tuple[EscalationPath, ...]
    """In the order in which they are looked through: the first that fits is suggested."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def get(self, key: str) -> EscalationPath | None:
        return next((path for path in self.paths if path.key == key), None)

    def chain(self, team: str) -> tuple[Team, ...]:
        """The team and those that answer for it, one after the other."""
        found: list[Team] = []
        key: str | None = team
        while key is not None and key in self.teams:
            found.append(self.teams[key])
            key = self.teams[key].otherwise
        return tuple(found)


def load_paths(sector: str | None = None, folder: Path = FOLDER) -> EscalationPaths:
    """Of the sector; those of any firm where it has none of its own. Raises: SetupError naming the file and the key."""
    file = folder / f"{sector or GENERIC}.toml"
    file = file if file.is_file() else folder / f"{GENERIC}.toml"
    if not file.is_file():
        raise SetupError(f"{folder.name}/{GENERIC}.toml is missing: without a path nothing can be escalated")
    table = read_table(file, file=f"{folder.name}/{file.name}")
    paths = read_paths(table)
    if paths.name != file.stem:
        raise table.refuse("name", f"must be that of its file, {file.stem!r}, not {paths.name!r}")
    return paths


def read_paths(table: Table) -> EscalationPaths:
    reasons, teams = _read_reasons(table.table("reasons")), _read_teams(table.table("teams"))
    found = EscalationPaths(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        most_hops=table.whole("most_hops", least=1, most=20),
        reasons=reasons,
        teams=teams,
        paths=tuple(_read_path(row, reasons, teams) for row in table.tables("paths")),
    )
    keys = [path.key for path in found.paths]
    if len(set(keys)) < len(keys):
        raise table.refuse("paths", "has two paths of one key")
    if not any(_is_for_anybody_unsure(path) for path in found.paths):
        why = f"needs a hierarchical path without `when` that takes the reason {UNSURE!r}: who is not sure must get on"
        raise table.refuse("paths", why)
    table.done()
    return found


def _is_for_anybody_unsure(path: EscalationPath) -> bool:
    return path.kind is PathKind.HIERARCHICAL and not path.when and UNSURE in path.reasons


def _read_reasons(row: Table) -> Mapping[str, str]:
    reasons = {code: row.text(code) for code in row.names()}
    for code in (UNSURE, TIME_RAN_OUT, BY_RULE):
        if code not in reasons:
            raise row.refuse(code, "is missing: the program gives this reason itself")
    row.done()
    return MappingProxyType(reasons)


def _read_teams(table: Table) -> Mapping[str, Team]:
    teams: dict[str, Team] = {}
    for key in table.names():
        row = table.table(key)
        teams[key] = Team(
            key,
            row.text("name"),
            row.choice("stand_in", StandIn) if "stand_in" in row else None,
            row.text("otherwise") if "otherwise" in row else None,
        )
        row.done()
    for team in teams.values():
        _check_chain(table, team, teams)
    table.done()
    return MappingProxyType(teams)


def _check_chain(table: Table, team: Team, teams: Mapping[str, Team]) -> None:
    """It ends, at a team whose place somebody always takes."""
    seen, last = [team.key], team
    while last.otherwise is not None:
        if last.otherwise not in teams:
            raise table.refuse(
                last.key, f"names the unknown team {last.otherwise!r}; known: {', '.join(sorted(teams))}"
            )
        if last.otherwise in seen:
            raise table.refuse(team.key, f"leads in a circle: {' → '.join([*seen, last.otherwise])}")
        seen.append(last.otherwise)
        last = teams[last.otherwise]
    if last.stand_in is None:
        raise table.refuse(last.key, "has neither stand_in nor otherwise: nobody would answer for it")


def _read_path(row: Table, reasons: Mapping[str, str], teams: Mapping[str, Team]) -> EscalationPath:
    path = EscalationPath(
        key=row.text("key"),
        name=row.text("name"),
        kind=row.choice("kind", PathKind),
        why=row.text("why"),
        is_automatic=row.flag("automatic", otherwise=False),
        when=tuple(_read_when(each) for each in row.tables("when")) if "when" in row else (),
        reasons=row.texts("reasons"),
        steps=_read_steps(row, teams),
    )
    unknown = [code for code in path.reasons if code not in reasons]
    if unknown or not path.reasons:
        raise row.refuse("reasons", f"may hold {', '.join(reasons)}, and at least one, not {', '.join(unknown)}")
    if path.is_automatic and (not path.when or BY_RULE not in path.reasons):
        raise row.refuse("automatic", f"needs conditions under `when`, and {BY_RULE!r} among its reasons")
    row.done()
    return path


def _read_when(row: Table) -> When:
    known = {str(tier.value): tier for tier in Tier}
    unknown = [name for name in row.names() if name not in CONDITIONS]
    if unknown:
        raise row.refuse(unknown[0], f"is no condition; known ones: {', '.join(CONDITIONS)}")
    for name in CONDITIONS[:-1]:
        if name in row and not row.texts(name):
            raise row.refuse(name, "is empty: leave it out, or the path would never fit")
    tiers = row.texts("tiers") if "tiers" in row else ()
    wrong = [tier for tier in tiers if tier not in known]
    if wrong:
        raise row.refuse("tiers", f"may hold {', '.join(known)}, not {', '.join(wrong)}")
    when = When(
        categories=frozenset(row.texts("categories")) if "categories" in row else frozenset(),
        tags=frozenset(row.texts("tags")) if "tags" in row else frozenset(),
        tiers=frozenset(known[tier] for tier in tiers),
        priorities=row.choices("priorities", Priority) if "priorities" in row else frozenset(),
        triggers=row.choices("triggers", Sign) if "triggers" in row else frozenset(),
        is_complaint=row.flag("complaint", otherwise=False) if "complaint" in row else None,
    )
    row.done()
    if when.is_empty:
        raise row.refuse(
            "tags", "and every other condition is missing: leave `when` out of a path that fits every case"
        )
    return when


def _read_steps(row: Table, teams: Mapping[str, Team]) -> tuple[Step, ...]:
    steps = tuple(_read_step(each, teams, is_first=place == 0) for place, each in enumerate(row.tables("steps")))
    if len(steps) < 2:
        raise row.refuse("steps", "has one step: a second says who is told, and when, if nobody answers it")
    places = [(step.team, step.level, step.does) for step in steps]
    if len(set(places)) < len(places):
        raise row.refuse("steps", "goes to the same people twice: a path leads on, never in a circle")
    return steps


def _read_step(row: Table, teams: Mapping[str, Team], *, is_first: bool) -> Step:
    if is_first and "after" in row:
        raise row.refuse("after", "does not belong to the first step: it is taken at once")
    step = Step(
        team=row.text("team"),
        level=row.choice("level", Level) if "level" in row else Level.MEMBER,
        does=row.choice("does", Does),
        after=None if is_first else read_span(row, "after"),
    )
    if step.team not in teams:
        raise row.refuse("team", f"names the unknown team {step.team!r}; known: {', '.join(sorted(teams))}")
    if is_first and step.does is Does.NOTIFY:
        raise row.refuse("does", "must be assign or page_out at the first step: an escalated case has an owner")
    row.done()
    return step
