"""What an answer in an escalated case says, and how it sounds: words by which both are found in a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from policy.phrases import PhraseIndex
from policy.table import Table, read_table

FILE = Path(__file__).parent / "answers" / "answers.toml"
CHECKS = ("steps", "error", "apology", "timeline", "contact")
"""Codes of the checklist, in its order."""
LOUD = "loud"
MOST_MARKS = 100


@dataclass(frozen=True, slots=True)
class AnswerRules:
    name: str
    version: str
    from_on: date
    source: str
    said: PhraseIndex
    """By the code of the check."""
    tone: PhraseIndex
    """By the key of the hint."""
    why: Mapping[str, str]
    """Key of a hint, or `LOUD` → what its reader may hear."""
    capital_words: int
    """So many words in capitals are loud."""
    exclamation_marks: int

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def load_answer_rules(file: Path = FILE) -> AnswerRules:
    """Raises: SetupError naming the file and the key."""
    table = read_table(file, file=f"{file.parent.name}/{file.name}")
    checks, loud, hints = table.table("checks"), table.table(LOUD), table.tables("tone")
    why, tone = {}, {}
    for row in hints:
        key = row.text("key")
        if key in why or key == LOUD:
            raise row.refuse("key", f"is {key}, which another hint has already")
        why[key], tone[key] = row.text("why"), _phrases(row, "phrases")
        row.done()
    rules = AnswerRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        said=PhraseIndex({code: _phrases(checks, code) for code in CHECKS}),
        tone=PhraseIndex(tone),
        why=why | {LOUD: loud.text("why")},
        capital_words=loud.whole("capital_words", least=1, most=MOST_MARKS),
        exclamation_marks=loud.whole("exclamation_marks", least=1, most=MOST_MARKS),
    )
    for one in (checks, loud, table):
        one.done()
    return rules


def _phrases(row: Table, name: str) -> tuple[str, ...]:
    found = tuple(row.texts(name))
    if not found:
        raise row.refuse(name, "is empty")
    try:
        PhraseIndex({name: found})
    except ValueError as error:
        raise row.refuse(name, f"holds a phrase that is not understood: {error}") from error
    return found
