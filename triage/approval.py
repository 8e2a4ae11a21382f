"""Whether a reply needs approval before it goes out: which rules hold for it, and how much money it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from models.case import Decision
from policy.approval_rules import PHRASES, ApprovalRule, ApprovalRules, Limits, ReplyAudience

LIMIT, TRAINING, BY_CHOICE = "limit", "training", "by_choice"
NUMBER = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)")
THOUSANDS = re.compile(r"\s?(?:k|thousand|bin|хил\w*|хиляди)\b", re.IGNORECASE)
NEAR = 12
"""Characters between a number and a sign or word of money that belongs to it, thousands included."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reply waits."""

    code: str
    words: str
    is_told_before: bool = False
    """It holds whatever the text says, so the composer says so before anything is written."""


@dataclass(frozen=True, slots=True)
class Written:
    """A reply, or one that is yet to be written: then without text."""

    text: str
    is_private: bool
    role: str
    is_trainee: bool


def approval_reasons(reply: Written, decision: Decision, rules: ApprovalRules) -> list[Reason]:
    """Why this reply of this person in this case needs approval; none where it may go."""
    found = []
    if rules.training_is_on and reply.is_trainee:
        found.append(Reason(TRAINING, rules.training_why, is_told_before=True))
    found += [
        Reason(rule.key, rule.why, is_told_before=rule.phrases is None)
        for rule in rules.rules
        if _holds(rule, reply, decision)
    ]
    return found + beyond(reply.text, reply.role, rules)


def beyond(text: str, role: str, rules: ApprovalRules) -> list[Reason]:
    """What of this text is beyond the authority of this role: an amount, and exceptions that others may give."""
    found = []
    over = over_limit(text, role, rules.limits)
    if over is not None:
        limit = rules.limits.by_role.get(role, 0)
        found.append(Reason(LIMIT, f"it names {over:,.0f}, more than the {limit:,} that its author may offer"))
    given = (one for one in rules.exceptions if one.is_on and role not in one.may)
    return found + [Reason(one.key, one.why) for one in given if PHRASES in one.phrases.hits(text)]


def is_of_authority(code: str, rules: ApprovalRules) -> bool:
    """Whether a reply that waits for this reason goes to a person with the authority for it."""
    return code == LIMIT or any(one.key == code for one in rules.exceptions)


def _holds(rule: ApprovalRule, reply: Written, decision: Decision) -> bool:
    audience = ReplyAudience.PRIVATE if reply.is_private else ReplyAudience.PUBLIC
    return (
        rule.is_on
        and reply.role in rule.roles
        and rule.audience in (ReplyAudience.EITHER, audience)
        and (not rule.tiers or decision.tier in rule.tiers)
        and (not rule.labels or decision.label in rule.labels)
        and (not rule.tags or not rule.tags.isdisjoint(decision.tags))
        and (rule.phrases is None or PHRASES in rule.phrases.hits(reply.text))
    )


def may_give(amount: Decimal, role: str, limits: Limits) -> bool:
    """Whether this role may decide alone on this much, whatever its currency."""
    return not limits.is_on or amount <= limits.by_role.get(role, 0)


def over_limit(text: str, role: str, limits: Limits) -> float | None:
    """The largest amount that `text` names where it is above what this role may; a role without a limit may nothing."""
    if not limits.is_on:
        return None
    largest = max(amounts_in(text, limits), default=0.0)
    return largest if largest > limits.by_role.get(role, 0) else None


def amounts_in(text: str, limits: Limits) -> Iterator[float]:
    """Numbers with a sign or a word of money right before or after them."""
    words = {start for _, start, _ in limits.words.places(text)}
    for found in NUMBER.finditer(text):
        thousands = THOUSANDS.match(text, found.end())
        end = thousands.end() if thousands else found.end()
        if _has_sign(text, found.start(), end, limits.signs) or any(
            start in words and not NUMBER.search(text, end, start) for start in range(end, end + NEAR)
        ):
            yield _value(found.group()) * (1000 if thousands else 1)


def _has_sign(text: str, start: int, end: int, signs: tuple[str, ...]) -> bool:
    before, after = text[max(0, start - NEAR) : start].casefold().rstrip(), text[end : end + NEAR].casefold().lstrip()
    return any(_ends(before, sign) or _begins(after, sign) for sign in signs)


def _ends(text: str, sign: str) -> bool:
    """A sign of letters is a word of its own: `try`, not the end of `country`."""
    return text.endswith(sign) and not (sign[0].isalpha() and text[: -len(sign)][-1:].isalpha())


def _begins(text: str, sign: str) -> bool:
    return text.startswith(sign) and not (sign[-1].isalpha() and text[len(sign) : len(sign) + 1].isalpha())


def _value(written: str) -> float:
    """`1,250.50`, `1.250,50`, `1 250`; a comma or point before one or two last digits is a decimal one."""
    whole, mark, part = re.sub(r"[\s'’]", "", written), "", ""
    decimal = re.fullmatch(r"(.*)[.,](\d{1,2})", whole)
    if decimal is not None:
        whole, mark, part = decimal[1], ".", decimal[2]
    return float(re.sub(r"[.,]", "", whole) + mark + part)
