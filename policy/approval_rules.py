"""Which replies need approval before they go out, and who may name how much money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from models.case import Tier
from policy.house import Said
from policy.phrases import PhraseIndex
from policy.table import Table, read_table

FILE = Path(__file__).parent / "approvals" / "approvals.toml"
MOST_HOURS = 24 * 7
LIMITED = ("agent", "lead", "compliance", "admin")
PHRASES = "phrases"


class Writer(StrEnum):
    """Whose replies a rule is about."""

    AGENT = "agent"
    LEAD = "lead"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class ReplyAudience(StrEnum):
    EITHER = "either"
    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Holds for a reply when every condition that is not empty is met."""

    key: str
    is_on: bool
    why: str
    roles: frozenset[str]
    audience: ReplyAudience
    tiers: frozenset[Tier]
    labels: frozenset[Said]
    tags: frozenset[str]
    phrases: PhraseIndex | None


@dataclass(frozen=True, slots=True)
class Limits:
    """The most money that a reply may name, by the role of its author; a plain number in any currency."""

    is_on: bool
    by_role: Mapping[str, int]
    signs: tuple[str, ...]
    """Stand right before or after the number, casefolded."""
    words: PhraseIndex


@dataclass(frozen=True, slots=True)
class ExceptionRule:
    """Something that only some roles may give, whatever the amount."""

    key: str
    is_on: bool
    why: str
    may: frozenset[str]
    phrases: PhraseIndex


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    name: str
    version: str
    from_on: date
    source: str
    first_after: timedelta
    """What waits longer is shown first."""
    training_is_on: bool
    training_why: str
    limits: Limits
    rules: tuple[ApprovalRule, ...]
    exceptions: tuple[ExceptionRule, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def load_approval_rules(file: Path = FILE) -> ApprovalRules:
    """Raises: SetupError naming the file and the key."""
    return read_approval_rules(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_approval_rules(table: Table) -> ApprovalRules:
    training = table.table("training")
    rules = ApprovalRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        first_after=timedelta(hours=table.whole("first_after_hours", least=1, most=MOST_HOURS)),
        training_is_on=_is_on(training),
        training_why=training.text("why"),
        limits=_read_limits(table.table("limits")),
        rules=_read_rules(table) if "rules" in table else (),
        exceptions=tuple(_read_exception(row) for row in table.tables("exceptions")) if "exceptions" in table else (),
    )
    keys = [one.key for one in rules.rules] + [one.key for one in rules.exceptions]
    if len(set(keys)) < len(keys):
        raise table.refuse("exceptions", "has a key that another exception or a rule has already")
    training.done()
    table.done()
    return rules


def _is_on(row: Table) -> bool:
    """Said, never assumed: a rule that somebody believes to be on must not be off."""
    if "on" not in row:
        raise row.refuse("on", "is missing: write on = true or on = false")
    return row.flag("on", otherwise=False)


def _read_limits(row: Table) -> Limits:
    row.text("source")
    by_role = {role: row.whole(role) for role in LIMITED}
    highest = max(by_role[role] for role in LIMITED[1:])
    if by_role["agent"] > highest:
        raise row.refuse("agent", f"must not be above {highest}: nobody could approve what an agent may not")
    signs = tuple(sign.casefold() for sign in row.texts("currencies"))
    if any(letter.isdigit() or letter.isspace() for sign in signs for letter in sign):
        raise row.refuse("currencies", "holds a sign with a digit or a space")
    limits = Limits(_is_on(row), by_role, signs, _read_phrases(row, "currency_words"))
    row.done()
    return limits


def _read_phrases(row: Table, name: str) -> PhraseIndex:
    phrases = row.texts(name)
    if not phrases:
        raise row.refuse(name, "is empty")
    try:
        return PhraseIndex({name: phrases})
    except ValueError as error:
        raise row.refuse(name, f"holds a phrase that is not understood: {error}") from error


def _read_rules(table: Table) -> tuple[ApprovalRule, ...]:
    rules = tuple(_read_rule(row) for row in table.tables("rules"))
    if len({rule.key for rule in rules}) < len(rules):
        raise table.refuse("rules", "has two rules of one key")
    return rules


def _read_exception(row: Table) -> ExceptionRule:
    found = ExceptionRule(
        key=row.text("key"),
        is_on=_is_on(row),
        why=row.text("why"),
        may=frozenset(row.choices("may", Writer)),
        phrases=_read_phrases(row, PHRASES),
    )
    if len(found.key.split()) != 1:
        raise row.refuse("key", "must be one word, such as waive_fee")
    if not found.may - {Writer.AGENT}:
        raise row.refuse("may", "must name lead, compliance or admin: nobody could approve it")
    row.done()
    return found


def _read_rule(row: Table) -> ApprovalRule:
    rule = ApprovalRule(
        key=row.text("key"),
        is_on=_is_on(row),
        why=row.text("why"),
        roles=frozenset(row.choices("roles", Writer)),
        audience=row.choice("audience", ReplyAudience),
        tiers=_read_tiers(row),
        labels=row.choices("labels", Said) if "labels" in row else frozenset(),
        tags=frozenset(row.texts("tags")) if "tags" in row else frozenset(),
        phrases=_read_phrases(row, PHRASES) if PHRASES in row else None,
    )
    if not rule.roles:
        raise row.refuse("roles", "must name at least one role, or the rule is about nobody")
    for name, value in (("tiers", rule.tiers), ("labels", rule.labels), ("tags", rule.tags)):
        if name in row and not value:
            raise row.refuse(name, "is empty: leave it out, or the rule would never hold")
    row.done()
    return rule


def _read_tiers(row: Table) -> frozenset[Tier]:
    if "tiers" not in row:
        return frozenset()
    known = {str(tier.value): tier for tier in Tier}
    wrong = [tier for tier in row.texts("tiers") if tier not in known]
    if wrong:
        raise row.refuse("tiers", f"may hold {', '.join(known)}, not {', '.join(wrong)}")
    return frozenset(known[tier] for tier in row.texts("tiers"))
