"""What is noise of a muted author, and what is heard all the same: the law comes before anybody's peace."""

from dataclasses import replace

from models import Decision, ScorePart, Tier

RULE = "muted_author"
"""Among the rules of a decision: without the mute it would be another."""
NOISE = frozenset({"abuse", "spam", "praise", "other"})
"""Questions are answered, and what the classifier is unsure of may be a complaint."""
ALWAYS_HEARD = frozenset({"vulnerable"})


def is_heard(decision: Decision) -> bool:
    """Whether it is shown as if its author were not muted: complaints, vulnerability, tier 3, whatever needs a person
    or is of use to the support desk."""
    return (
        decision.is_complaint
        or decision.tier >= Tier.HIGH_PRIORITY
        or decision.needs_person
        or decision.wants_ticket
        or decision.label not in NOISE
        or not ALWAYS_HEARD.isdisjoint(decision.tags)
    )


def muted(decision: Decision) -> Decision:
    """The decision about a message of a muted author: unchanged where it is heard, else noise."""
    if is_heard(decision):
        return decision
    parts = (ScorePart("muted", 0.0),)
    return replace(decision, tier=Tier.NOISE, score=0.0, score_parts=parts, rules=(*decision.rules, RULE))
