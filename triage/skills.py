"""Which skills a case asks for, and who of those with room fits it best. Pure, and the same for the same facts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from models import Tier
from policy.skill_rules import Skill, SkillRules

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asking:
    """What of a case asks for skills."""

    lang: str | None
    category: str
    tags: frozenset[str]
    is_complaint: bool
    tier: Tier


@dataclass(frozen=True, slots=True)
class Able:
    """A person as they stand when a case is given out."""

    name: str
    skills: frozenset[str]
    open_cases: int
    capacity: int
    is_away: bool
    given_at: datetime | None
    """When a rule last gave them a case."""

    @property
    def has_room(self) -> bool:
        return not self.is_away and self.open_cases < self.capacity


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    fits: tuple[str, ...]
    """Codes of the skills that the case asks for and they have."""
    lacks: tuple[str, ...]
    open_cases: int
    """Before this one."""
    capacity: int
    is_stand_in: bool = False
    """Nobody who fits has room: they answer for the team."""


def asked_for(rules: SkillRules, asking: Asking) -> tuple[Skill, ...]:
    """In the order of the file."""
    return tuple(skill for skill in rules.skills if _is_asked(skill, asking))


def _is_asked(skill: Skill, asking: Asking) -> bool:
    return (
        asking.lang in skill.langs
        or asking.category in skill.categories
        or bool(skill.tags & asking.tags)
        or (skill.of_complaints and asking.is_complaint)
        or asking.tier in skill.tiers
    )


def best(people: Collection[Able], asked: Sequence[Skill]) -> Choice | None:
    """Who has most of what is asked for; then the least loaded, then who waited longest for a case, then by name.

    None where nobody with room has all that must be had.
    """
    must = {skill.code for skill in asked if skill.is_must}
    wanted = [skill.code for skill in asked]
    fitting = [one for one in people if one.has_room and must <= one.skills]
    if not fitting:
        return None
    chosen = min(
        fitting,
        key=lambda one: (-len(one.skills.intersection(wanted)), one.open_cases, one.given_at or NEVER, one.name),
    )
    fits, lacks = (tuple(code for code in wanted if (code in chosen.skills) is had) for had in (True, False))
    return Choice(chosen.name, fits, lacks, chosen.open_cases, chosen.capacity)
