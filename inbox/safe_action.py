"""What is safe to do now, in words: the platform's reply window beside the regulator's next clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from inbox import wording
from store.cases import StoredClock

PRIVATE_ONLY = frozenset({"vulnerable", "safe_contact"})
"""Tags of people whom a public answer may harm."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the advice depends on."""

    may_public: bool
    may_private: bool
    until: datetime | None
    """When the platform takes no more answers."""
    clock: StoredClock | None
    is_complaint: bool
    tags: Collection[str]


def safe_action(standing: Standing, *, now: datetime) -> str:
    """One or two sentences."""
    if not (standing.may_public or standing.may_private):
        return "No reply can leave from here. Write a note, and reach the person another way" + (
            " before the clock ends." if standing.clock and standing.clock.due_at > now else "."
        )
    return f"{_what(standing, now)}{_where(standing)}"


def _what(standing: Standing, now: datetime) -> str:
    clock, until = standing.clock, standing.until
    is_ack = clock is not None and clock.key.startswith("acknowledge")
    if clock is not None and clock.due_at <= now:
        name = wording.clock(clock.key)
        return f"The clock “{name}” has run out: {'acknowledge' if is_ack else 'answer'} now and say what comes next."
    if until is not None and (clock is None or until < clock.due_at):
        first = "The platform stops taking replies" + (" before the clock ends" if clock is not None else " soon")
        return f"{first}: reply now, even if only with what is known and when more follows."
    if is_ack:
        return "Acknowledge now: that it arrived, who looks at it, when they hear from you. The answer may follow."
    if clock is not None:
        return "Say where it stands and when they hear more. The formal answer is written on the complaint's page."
    if standing.is_complaint:
        return "No clock runs. Say where it stands; the complaint is closed on its own page."
    return "No clock runs: a good answer matters more than a quick one."


def _where(standing: Standing) -> str:
    if not PRIVATE_ONLY.isdisjoint(standing.tags):
        private = "in private only" if standing.may_private else "nothing personal in public"
        return f" This person may be at risk: {private}."
    if standing.may_private and standing.may_public and standing.is_complaint:
        return " Details of the person belong into a private message."
    return ""
