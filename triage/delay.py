"""Delay notifications: valid only in time and complete. They move no date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from policy.clock_rules import DelayRule
from policy.loading import Policy
from triage.clock_facts import ClockFact, Log
from triage.counting import said
from triage.reckoning import Clock, in_time


@dataclass(frozen=True, slots=True)
class DelayNotice:
    """One delay notification, judged."""

    at: datetime
    paragraph: str
    missing: tuple[str, ...]
    """Why it is not valid, in words; empty where it is."""

    @property
    def is_valid(self) -> bool:
        return not self.missing


def delays_of(policy: Policy, log: Log, limit: Clock | None) -> tuple[DelayNotice, ...]:
    """Every notification in the log, each judged by itself.

    Args:
        limit: the clock that the pack's rule names, if it exists.

    Source: RG 271.64-.66.
    """
    rule = policy.regulation.delay
    if rule is None:
        return ()
    return tuple(
        DelayNotice(fact.at, rule.paragraph, (*_late(fact, rule, limit), *_missing(fact.facts, rule)))
        for fact in log.all((rule.event,))
    )


def _late(fact: ClockFact, rule: DelayRule, limit: Clock | None) -> Iterator[str]:
    if limit is None:
        yield f"{rule.before} is not running"
    elif limit.due is not None and not in_time(fact.at, limit.due.at):
        yield f"given after {rule.before} ended, {said(limit.due.at)}"


def _missing(facts: Mapping[str, object], rule: DelayRule) -> Iterator[str]:
    """What a validator of the text found missing (`missing`), and otherwise what the facts do not vouch for."""
    reasons = listed(facts.get("reasons"))
    yield from (
        f"reason {reason} is no ground; grounds: {', '.join(rule.reasons)}"
        for reason in reasons
        if reason not in rule.reasons
    )
    if "missing" in facts:
        yield from listed(facts["missing"])
        return
    yield from (meaning for name, meaning in rule.contents.items() if facts.get(name) in (None, "", False, "no", []))


def listed(value: object) -> tuple[str, ...]:
    """A list of texts, also where it was written as one text with `;` or spaces between."""
    if value is None:
        return ()
    parts = value.replace(";", " ").split() if isinstance(value, str) else value
    return tuple(str(part) for part in parts) if isinstance(parts, list | tuple) else (str(parts),)
