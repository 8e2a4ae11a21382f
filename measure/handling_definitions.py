"""What each figure of the handling of cases means: printed beside it, and listed in docs/figures.md."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    SECONDS = "seconds"
    """Elapsed; or of working time, where the definition says so."""
    SHARE = "share"
    COUNT = "count"
    MINUTES = "minutes"
    MONEY = "money"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    unit: Unit
    meaning: str


DEFINITIONS = {
    "same_day": Definition(
        "Answered the same day",
        Unit.SHARE,
        "Of the times a customer began to wait in the period (the oldest message after our last answer), the share "
        "that a person answered before midnight of the same day, in the firm's zone. Noise and repeats of the same "
        "words are no messages here.",
    ),
    "first_answer": Definition(
        "Time to first answer",
        Unit.SECONDS,
        "From the first message of a case to the first answer that a person wrote and the channel took. Night and "
        "weekend count. Counted where that answer fell into the period.",
    ),
    "first_answer_working": Definition(
        "Time to first answer, working time",
        Unit.SECONDS,
        "The same, in the firm's working hours alone: no nights, days off or public holidays.",
    ),
    "acknowledge_escalation": Definition(
        "Time to acknowledge an escalation",
        Unit.SECONDS,
        "From the moment a case was first flagged (judged tier 3, or escalated by a person or a rule) to the next "
        "thing that a person did on it. Counted where that act fell into the period.",
    ),
    "acknowledge_complaint": Definition(
        "Time to acknowledge a complaint",
        Unit.SECONDS,
        "From the receipt of a complaint to its acknowledgement, both as the register has them. Counted where the "
        "acknowledgement fell into the period.",
    ),
    "detection_lag": Definition(
        "Detection lag",
        Unit.SECONDS,
        "From the first message of a case to the moment it was first flagged: judged tier 3, or escalated by a person "
        "or a rule. Counted where it was flagged in the period.",
    ),
    "resolution": Definition(
        "Time to resolution",
        Unit.SECONDS,
        "From the first message of a case to the closing that stands. Counted where that closing fell into the period. "
        "A new message after a closing opens the case again; noise does not.",
    ),
    "first_contact": Definition(
        "Solved at first contact",
        Unit.SHARE,
        "Of the cases first closed in the period after at least one answer by a person: the share with exactly one "
        "such answer before the closing, and neither opened again nor written in within 7 days after it.",
    ),
    "escalated": Definition(
        "Escalated",
        Unit.SHARE,
        "Of the cases whose first message fell into the period: the share that was flagged (judged tier 3, or "
        "escalated by a person or a rule) within 7 days after that message. Cases younger than that count as they "
        "stand now.",
    ),
    "escalation_reasons": Definition(
        "Reasons for escalation",
        Unit.COUNT,
        "How often each reason was given when a case was escalated in the period, by a person or a rule; a case may be "
        "escalated more than once. By team: the team of the case. What a team gives often may be a need for training.",
    ),
    "wait": Definition(
        "Time a customer waits",
        Unit.SECONDS,
        "Each time a customer waited: from their oldest message without an answer to the answer by a person, in "
        "working time. Counted where the answer fell into the period; by person: who answered; by team: of the case.",
    ),
    "reply": Definition(
        "Time a person takes to reply",
        Unit.SECONDS,
        "Of the answers given by the owner of the case: from the later of the customer's message and the moment they "
        "became the owner to their answer, in working time. Counted where the answer fell into the period.",
    ),
    "public_reply": Definition(
        "Answered in public",
        Unit.SHARE,
        "Of the cases whose first message fell into the period and stands in public: the share with at least one "
        "public answer by a person, so that others see it.",
    ),
    "hops": Definition(
        "Changes of owner",
        Unit.COUNT,
        "How often a case went from one named owner to another, of the cases whose standing closing fell into the "
        "period. Taking a case that nobody owned is no change.",
    ),
    "minutes_complaint": Definition(
        "Handling minutes for a complaint",
        Unit.MINUTES,
        "An estimate. Each act of a person on a complaint's case counts with the time since that person's act before "
        "it, on whatever case, at most so many minutes as the settings say (15 as shipped); the first act after a "
        "pause counts as so many. Summed over the acts of the period, for each complaint worked on. Reading without an "
        "act, calls and work elsewhere are not seen.",
    ),
    "cost_complaint": Definition(
        "Cost of handling a complaint",
        Unit.MONEY,
        "An estimate: those minutes at the rate for an hour in the settings. Not what was paid to customers.",
    ),
    "quality": Definition(
        "Quality of handling",
        Unit.POINTS,
        "Points of 100 that leads gave to sampled cases by the rubric, by the day of scoring. A case scored by two "
        "people counts twice; who scores again replaces their own.",
    ),
    "csat": Definition(
        "Satisfaction",
        Unit.SHARE,
        "Of the surveys that were sent in the period and rated: the share of ratings at or above the target that stood "
        "when the question was asked; the latest score of each case.",
    ),
    "promises": Definition(
        "Promises kept",
        Unit.SHARE,
        "Of the promises to customers that were due in the period and were either kept or broken: the share that was "
        "kept in time. One kept after all, but late, counts as broken.",
    ),
    "miss_rate": Definition(
        "Complaints the classifier missed",
        Unit.SHARE,
        "Estimated from the weekly samples of what was judged no complaint, of weeks whose Monday lies in the period. "
        "Each stratum counts by its size; count: messages reviewed.",
    ),
    "agreement": Definition(
        "People agree with the classifier",
        Unit.SHARE,
        "Of the opinions that people gave on a label in the period, right or wrong: the share that said right.",
    ),
}

LEFT_OUT = {
    "day_not_over": "not answered yet, and their day is not over",
    "no_act": "flagged in the period, and no person has acted since",
    "not_acknowledged": "received in the period and not acknowledged yet",
    "out": "found to be no complaint, or kept under another",
    "not_answered": "begun in the period and not answered by a person yet",
    "not_standing": "closed in the period and opened again since",
    "no_answer": "closed without an answer by a person",
    "seven_days": "closed, and their 7 days are not over",
    "noise": "noise, never escalated",
    "not_owner": "answered by somebody who was not the owner",
    "not_public": "begun in private",
    "no_first": "flagged before any message of theirs counted",
    "open": "due in the period and still open",
    "withdrawn": "taken back by a person, with a reason",
    "not_rated": "sent in the period and not rated",
    "unsure": "opinions that said neither right nor wrong",
}
"""Why something is not counted: in words."""

GROUPS = {
    "": "all",
    "tier": "by tier",
    "channel": "by channel",
    "priority": "by priority",
    "team": "by team",
    "person": "by person",
    "issue": "by issue",
    "product": "by product",
    "reason": "by reason",
    "team_reason": "by team and reason",
    "label": "by label",
    "kind": "by kind",
    "case": "by whether it is a complaint",
}
