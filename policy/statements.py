"""Holding statements to begin with: what a firm has prepared for the first hours of a crisis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from policy.table import Table, read_table

FILE = Path(__file__).parent / "crisis" / "statements.toml"
LONGEST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    key: str
    name: str
    text: Mapping[str, str]
    """Language → words, with `{placeholders}` that somebody fills in before it is proposed."""


@dataclass(frozen=True, slots=True)
class PreparedStatements:
    name: str
    version: str
    from_on: date
    source: str
    statements: tuple[PreparedStatement, ...]

    def of(self, key: str) -> PreparedStatement | None:
        return next((one for one in self.statements if one.key == key), None)


@cache
def load_statements(file: Path = FILE) -> PreparedStatements:
    """Read once a process. Raises: SetupError naming the file and the key."""
    return read_statements(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_statements(table: Table) -> PreparedStatements:
    found = PreparedStatements(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        statements=tuple(_read(row) for row in table.tables("statements")) if "statements" in table else (),
    )
    table.done()
    if len({one.key for one in found.statements}) < len(found.statements):
        raise table.refuse("statements", "has two of one key")
    return found


def _read(row: Table) -> PreparedStatement:
    texts = row.table("text")
    text = {language: texts.text(language) for language in texts.names()}
    too_long = next((language for language, words in text.items() if len(words) > LONGEST_CHARACTERS), None)
    if too_long is not None:
        raise texts.refuse(too_long, f"must have at most {LONGEST_CHARACTERS} characters")
    texts.done()
    found = PreparedStatement(row.text("key"), row.text("name"), text)
    row.done()
    return found
