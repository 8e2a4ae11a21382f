"""What somebody who writes while nobody is at work is told by itself: that their message is here, when we are back."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from policy.house import Said
from policy.table import Table

OPENS = "opens"
FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class AwayRules:
    is_on: bool
    labels: frozenset[Said]
    """Of the message: who sends spam or abuse is told nothing."""
    never_tags: frozenset[str]
    """Of the case: what only a person should answer."""
    texts: Mapping[str, str]
    """By language; English is always there. Each holds `{opens}`."""

    def spoken(self, language: str | None) -> str:
        """The language that somebody is answered in: theirs where it is written, else English."""
        short = (language or "")[:2]
        return short if short in self.texts else FALLBACK_LANGUAGE


NOT_WRITTEN = AwayRules(is_on=False, labels=frozenset(), never_tags=frozenset(), texts={FALLBACK_LANGUAGE: ""})
"""Of a file from before there was this: nothing is said by itself."""


def read_away(row: Table) -> AwayRules:
    """Raises: SetupError naming the file and the key."""
    if "on" not in row:
        raise row.refuse("on", "is missing: write on = true or on = false")
    words = row.table("texts")
    rules = AwayRules(
        is_on=row.flag("on", otherwise=False),
        labels=row.choices("labels", Said),
        never_tags=frozenset(row.texts("never_tags")),
        texts={language: _read_text(words, language) for language in words.names()},
    )
    if FALLBACK_LANGUAGE not in rules.texts:
        raise words.refuse(FALLBACK_LANGUAGE, "is missing: it stands in for languages without words of their own")
    if not rules.labels:
        raise row.refuse("labels", "is empty: nobody would ever be answered; write on = false to switch it off")
    words.done()
    row.done()
    return rules


def _read_text(words: Table, language: str) -> str:
    text = words.text(language)
    try:
        named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        named = ["{"]
    if named != [OPENS]:
        raise words.refuse(language, f"must hold {{{OPENS}}} once, and nothing else in braces")
    return text
