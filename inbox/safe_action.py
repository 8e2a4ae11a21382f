"""What is safe to do now, in words: the platform's reply window beside the regulator's next clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from inbox import wording
from inbox.languages import _
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
        if standing.clock and standing.clock.due_at > now:
            return _(
                "No reply can leave from here. Write a note, and reach the person another way before the clock ends."
            )
        return _("No reply can leave from here. Write a note, and reach the person another way.")
    return f"{_what(standing, now)} {_where(standing)}".strip()


def _what(standing: Standing, now: datetime) -> str:
    clock, until = standing.clock, standing.until
    is_ack = clock is not None and clock.key.startswith("acknowledge")
    if clock is not None and clock.due_at <= now:
        name = wording.clock(clock.key)
        if is_ack:
            return _("The clock “%(name)s” has run out: acknowledge now and say what comes next.", name=name)
        return _("The clock “%(name)s” has run out: answer now and say what comes next.", name=name)
    if until is not None and (clock is None or until < clock.due_at):
        if clock is None:
            return _(
                "The platform stops taking replies soon: reply now, even if only with what is known and when more "
                "follows."
            )
        return _(
            "The platform stops taking replies before the clock ends: reply now, even if only with what is known and "
            "when more follows."
        )
    if is_ack:
        return _("Acknowledge now: that it arrived, who looks at it, when they hear from you. The answer may follow.")
    if clock is not None:
        return _("Say where it stands and when they hear more. The formal answer is written on the complaint's page.")
    if standing.is_complaint:
        return _("No clock runs. Say where it stands; the complaint is closed on its own page.")
    return _("No clock runs: a good answer matters more than a quick one.")


def _where(standing: Standing) -> str:
    if not PRIVATE_ONLY.isdisjoint(standing.tags):
        if standing.may_private:
            return _("This person may be at risk: in private only.")
        return _("This person may be at risk: nothing personal in public.")
    if standing.may_private and standing.may_public and standing.is_complaint:
        return _("Details of the person belong into a private message.")
    return ""
