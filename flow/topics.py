"""What a message is about, as spikes and crises count it: its tags, and the classifier's topic where that is sure."""

from collections.abc import Collection, Mapping
from typing import Any

from models.verdict import Verdict
from policy.crisis_rules import Spikes

EVERYTHING = "*"
"""The topic that every message has, and the name of all channels together."""


def topics_of(label: str, tags: Collection[str], category: Mapping[str, Any], rules: Spikes) -> frozenset[str]:
    """Empty for a message that is not counted."""
    if label not in rules.labels:
        return frozenset()
    return frozenset({EVERYTHING}) | subjects_of(tags, category, rules)


def subjects_of(tags: Collection[str], category: Mapping[str, Any], rules: Spikes) -> frozenset[str]:
    """Whatever the message was judged to be."""
    best = max(category, key=lambda name: float(category[name]), default=None)
    sure = {best} if best is not None and float(category[best]) >= rules.category_from else set[str]()
    return frozenset(set(tags) - rules.ignored_tags) | sure


def subjects(tags: Collection[str], verdict: Verdict | None, rules: Spikes) -> frozenset[str]:
    return subjects_of(tags, verdict.category if verdict is not None else {}, rules)
