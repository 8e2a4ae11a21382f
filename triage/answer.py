"""An answer before it is sent: which points of the checklist its words hold, and how it may sound. Advice only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from policy.answer_rules import LOUD, AnswerRules

MOST_CHARACTERS = 20_000
_CAPITALS = re.compile(r"\b[^\W\d_]{4,}\b")


@dataclass(frozen=True, slots=True)
class Hint:
    """What a reader may hear in it."""

    key: str
    words: str
    """The first ones that sound so; empty where it is the whole."""
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    said: Mapping[str, str]
    """Code of a check → the first words that say it."""
    hints: tuple[Hint, ...]


def look_at(text: str, rules: AnswerRules) -> Answer:
    text = text[:MOST_CHARACTERS]
    said = {code: words[0] for code, words in rules.said.hits(text).items()}
    hints = [Hint(key, words[0], rules.why[key]) for key, words in rules.tone.hits(text).items()]
    if is_loud(text, rules):
        hints.append(Hint(LOUD, "", rules.why[LOUD]))
    return Answer(said, tuple(hints))


def is_loud(text: str, rules: AnswerRules) -> bool:
    capitals = sum(word.isupper() for word in _CAPITALS.findall(text))
    return capitals >= rules.capital_words or text.count("!") >= rules.exclamation_marks
