"""What cases ask for, and how many a person takes: who gets a case that nobody has chosen an owner for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from models import Tier
from policy.table import Table, read_table

FILE = Path(__file__).parent / "skills" / "skills.toml"
MOST_CAPACITY = 1_000


@dataclass(frozen=True, slots=True)
class Skill:
    code: str
    name: str
    is_must: bool
    """Nobody without it gets a case that asks for it."""
    langs: frozenset[str]
    categories: frozenset[str]
    tags: frozenset[str]
    of_complaints: bool
    tiers: frozenset[int]


@dataclass(frozen=True, slots=True)
class SkillRules:
    name: str
    version: str
    from_on: date
    source: str
    is_on: bool
    is_automatic: bool
    capacity: int
    """Of who has no other entered."""
    skills: tuple[Skill, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def by_code(self) -> Mapping[str, Skill]:
        return {skill.code: skill for skill in self.skills}


@cache
def shipped_skill_rules() -> SkillRules:
    return load_skill_rules()


def load_skill_rules(file: Path = FILE) -> SkillRules:
    """Raises: SetupError naming the file and the key."""
    return read_skill_rules(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_skill_rules(table: Table) -> SkillRules:
    rules = SkillRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        is_on=table.flag("on", otherwise=False),
        is_automatic=table.flag("automatic", otherwise=False),
        capacity=table.whole("capacity", least=1, most=MOST_CAPACITY),
        skills=tuple(_read_skill(row) for row in table.tables("skills")),
    )
    table.done()
    if len(rules.by_code) < len(rules.skills):
        raise table.refuse("skills", "names a code twice")
    return rules


def _read_skill(row: Table) -> Skill:
    skill = Skill(
        code=row.text("code"),
        name=row.text("name"),
        is_must=row.flag("must", otherwise=False),
        langs=_texts(row, "langs"),
        categories=_texts(row, "categories"),
        tags=_texts(row, "tags"),
        of_complaints=row.flag("complaint", otherwise=False),
        tiers=frozenset(row.wholes("tiers", most=max(Tier))) if "tiers" in row else frozenset(),
    )
    row.done()
    if not (skill.langs or skill.categories or skill.tags or skill.of_complaints or skill.tiers):
        raise row.refuse("code", "has no condition: no case would ever ask for it")
    return skill


def _texts(row: Table, name: str) -> frozenset[str]:
    return frozenset(row.texts(name)) if name in row else frozenset()
