"""Whether a customer is asked how they were served, and what of an answer is a rating."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models import CaseState, Decision, Kind, Label, Mention, Tier
from models.complaint import Status
from models.follow_up import RATING, STATUS_PAGE, WhyNotAsked
from policy.follow_up import SurveyRules
from policy.phrases import words_of

OVER = frozenset({Status.CLOSED, Status.WITHDRAWN, Status.RULED_OUT})
"""Complaints that are neither open nor with the dispute scheme."""
DECIMAL = re.compile(r"\d[.,]\d")
LONGEST_SCORE_CHARACTERS = 60
OF_SCALE = frozenset({"of", "out", "от", "uzerinden"})


@dataclass(frozen=True, slots=True)
class Solved:
    """What is known of a solved case when it comes to asking."""

    state: CaseState
    decision: Decision
    channel: str
    kind: Kind | None
    """Of the customer's newest message."""
    complaint: Status | None
    was_answered: bool
    """By a person here."""
    wrote_since: bool
    """The customer, after the case was solved."""
    asked_at: datetime | None
    """When this customer was asked last, about whatever case."""
    is_muted: bool = False
    is_unreachable: bool = False
    is_held: bool = False
    may_write: bool = True
    """False where only a person writes: a representative, or a safe way of contact."""


def why_not_asked(solved: Solved, rules: SurveyRules, *, now: datetime) -> WhyNotAsked | None:
    """None where the customer is asked."""
    decision = solved.decision
    lately = solved.asked_at is not None and now - solved.asked_at < rules.again_after
    reasons: Mapping[WhyNotAsked, bool] = {
        WhyNotAsked.REOPENED: solved.state is not CaseState.CLOSED,
        WhyNotAsked.WROTE_AGAIN: solved.wrote_since,
        WhyNotAsked.COMPLAINT: _is_complaint_on(solved),
        WhyNotAsked.ONLY_A_PERSON_WRITES: not solved.may_write,
        WhyNotAsked.SENSITIVE: not rules.never_tags.isdisjoint(decision.tags),
        WhyNotAsked.ABUSE: decision.label == Label.ABUSE,
        WhyNotAsked.ON_HOLD: solved.is_held,
        WhyNotAsked.MUTED: solved.is_muted,
        WhyNotAsked.UNREACHABLE: solved.is_unreachable or solved.kind is None,
        WhyNotAsked.PUBLIC: solved.kind not in rules.kinds,
        WhyNotAsked.NOT_CHOSEN: not _is_chosen(solved, rules),
        WhyNotAsked.NOT_ANSWERED: not solved.was_answered,
        WhyNotAsked.ASKED_LATELY: lately,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _is_complaint_on(solved: Solved) -> bool:
    return solved.complaint not in OVER if solved.complaint is not None else solved.decision.is_complaint


def _is_chosen(solved: Solved, rules: SurveyRules) -> bool:
    decision = solved.decision
    return (
        decision.label in rules.labels
        and decision.tier in rules.tiers
        and (not rules.channels or solved.channel in rules.channels)
    )


@dataclass(frozen=True, slots=True)
class Scored:
    score: int
    is_bare: bool
    """Nothing else was said."""


def scored(text: str, rules: SurveyRules) -> Scored | None:
    """A rating written as an answer: its first line is a score alone, or with a few words such as "thanks"."""
    first, _, rest = text.strip().partition("\n")
    if len(first) > LONGEST_SCORE_CHARACTERS or DECIMAL.search(first):
        return None
    words = [word.folded for word in words_of(first)]
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= 2]
    others = [word for word in words if not word.isdigit()]
    is_of_scale = len(numbers) == 2 and numbers[1] == rules.scale
    if not (len(numbers) == 1 or is_of_scale) or not words[0].isdigit() or not 1 <= numbers[0] <= rules.scale:
        return None
    if any(word not in rules.score_words and word not in OF_SCALE for word in others):
        return None
    return Scored(numbers[0], is_bare=not rest.strip())


def is_comment(mention: Mention) -> bool:
    """Written beside a rating, on the page behind a link."""
    return mention.channel == STATUS_PAGE and RATING in mention.raw


def stays_quiet(decision: Decision, rules: SurveyRules, *, is_bare: bool = False) -> bool:
    """Whether a comment or a rating leaves its case as it is. Dissatisfaction, and whatever needs a person, never does.

    `is_bare`: nothing but a score was said, so there is nothing that a classifier could be unsure about.
    """
    is_serious = decision.is_complaint or decision.tier is Tier.HIGH_PRIORITY
    return not is_serious and (is_bare or (decision.label in rules.quiet_labels and not decision.needs_person))
