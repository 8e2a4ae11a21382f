"""Fields of the firm's own, on a case or on a complaint: what each holds, and how what was typed is read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.errors import RecordError
from policy.table import Table

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
MOST_FIELDS = 30
LONGEST_NAME = 60
LONGEST_CHARACTERS = 200


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    CHOICE = "choice"
    YES_NO = "yes_no"


class FieldPlace(StrEnum):
    """Where it is asked for."""

    CASE = "case"
    COMPLAINT = "complaint"
    """Then it is in the register, as an entry, and in its exports."""


@dataclass(frozen=True, slots=True)
class CustomField:
    key: str
    name: str
    """As people read it; the firm's own words, in no language of ours."""
    place: FieldPlace
    kind: FieldKind
    choices: tuple[str, ...]
    is_personal: bool
    """Masked in exports, and gone when the complaint is redacted."""

    def read(self, given: str) -> str:
        """As it is kept, in one line: a number like 120.50, a day like 2026-11-30; empty for nothing.

        Raises: RecordError naming the field and what was given.
        """
        words = " ".join(given.split())
        if not words:
            return ""
        if len(words) > LONGEST_CHARACTERS:
            raise RecordError(
                f"{self.name}: {len(words)} characters are too many; at most {LONGEST_CHARACTERS} are kept"
            )
        return _READERS[self.kind](self, words)


def _text(field: CustomField, words: str) -> str:
    if not words.isprintable():
        raise RecordError(f"{field.name}: {words[:40]!r} holds a character that cannot be shown; take it out")
    return words


def _number(field: CustomField, words: str) -> str:
    if not NUMBER.fullmatch(words):
        raise RecordError(f"{field.name}: {words[:40]!r} is no number; write it like 120.50")
    return words


def _day(field: CustomField, words: str) -> str:
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        raise RecordError(f"{field.name}: {words[:40]!r} is no date; write it as 2026-11-30") from None


def _choice(field: CustomField, words: str) -> str:
    if words not in field.choices:
        raise RecordError(f"{field.name}: {words[:40]!r} is none of {', '.join(field.choices)}")
    return words


def _yes_no(field: CustomField, words: str) -> str:
    if words not in ("yes", "no"):
        raise RecordError(f"{field.name}: {words[:40]!r} is neither yes nor no")
    return words


_READERS: Mapping[FieldKind, Callable[[CustomField, str], str]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DAY: _day,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
}


def fields_of(fields: Sequence[CustomField], place: FieldPlace) -> tuple[CustomField, ...]:
    return tuple(field for field in fields if field.place is place)


def changed(fields: Sequence[CustomField], before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """All values as they are to stand, of those of `fields` that were given; what the firm asks for no longer stays.

    Raises: RecordError.
    """
    read = {field.key: field.read(given[field.key]) for field in fields if field.key in given}
    return {key: value for key, value in ({**before} | read).items() if value}


def read_custom_fields(table: Table) -> tuple[CustomField, ...]:
    """Raises: SetupError naming the file and the key."""
    found = tuple(_read_field(row) for row in table.tables("custom_fields"))
    if len({field.key for field in found}) < len(found):
        raise table.refuse("custom_fields", "has two fields of one key")
    if len(found) > MOST_FIELDS:
        raise table.refuse("custom_fields", f"has {len(found)} fields: more than {MOST_FIELDS}")
    return found


def _read_field(row: Table) -> CustomField:
    key, name, kind = row.text("key"), row.text("name"), row.choice("kind", FieldKind)
    if not KEY.fullmatch(key):
        raise row.refuse("key", f"is {key!r}: small letters, digits and _ alone, at most 30, a letter first")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise row.refuse("name", f"must be at most {LONGEST_NAME} characters of one line")
    choices = row.texts("choices") if "choices" in row else ()
    if bool(choices) != (kind is FieldKind.CHOICE):
        raise row.refuse("choices", "belongs to a field of the kind choice, and to no other")
    if any(len(choice) > LONGEST_CHARACTERS or choice != " ".join(choice.split()) for choice in choices):
        raise row.refuse("choices", f"holds one that is no single line of at most {LONGEST_CHARACTERS} characters")
    if "personal" not in row:
        raise row.refuse("personal", "is missing: write personal = true where it may say something about a person")
    field = CustomField(
        key=key,
        name=name,
        place=row.choice("on", FieldPlace),
        kind=kind,
        choices=choices,
        is_personal=row.flag("personal", otherwise=True),
    )
    row.done()
    return field
