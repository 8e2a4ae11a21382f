"""What people type into the search box, as a query of the database's own full-text index. Nothing typed is an error."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import any_, cast, column, false, func, literal_column, or_, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from store.folding import fold
from store.merging_tables import case_merges
from store.search_tables import INDEX_OF_WORDS, message_words
from store.tables import cases

MOST_CHARACTERS = 200
MOST_WORDS = 12
LONGEST_WORD = 60
SHORTEST_BEGINNING = 2
MOST_MESSAGES = 2_000
"""The newest that hold the words are looked at: a word that every message holds costs no more than a rare one."""
RECENT_MESSAGES, ENOUGH_MESSAGES = 100_000, 500
"""PostgreSQL looks through so many without an index; a word that fewer of them hold is rare, and its index is short."""

_PARTS = re.compile(r'"([^"]*)("?)|([^"]+)')
_WORD = re.compile(r"[^\W_]+")
_CASE = re.compile(r"(?:case\s*)?#?\s*([0-9]{1,12})", re.IGNORECASE)
_COMPLAINT = re.compile(r"c-[0-9]{1,12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """All phrases must be found in one message, or in the names of its author; a phrase is one word or more."""

    typed: str
    phrases: tuple[tuple[str, ...], ...]
    is_beginning: bool
    """Whether the last word may go on: people search while they type."""
    case_id: int | None = None
    complaint_id: str | None = None


def read_words(typed: str) -> Words | None:
    """None where nothing was typed; what holds no word at all finds nothing."""
    typed = " ".join(typed[:MOST_CHARACTERS].split())
    if not typed:
        return None
    phrases: list[tuple[str, ...]] = []
    is_beginning = False
    for quoted, end, loose in _PARTS.findall(fold(unicodedata.normalize("NFC", typed))):
        found = [word[:LONGEST_WORD] for word in _WORD.findall(loose or quoted)]
        phrases += [(word,) for word in found] if loose else [tuple(found)] if found else []
        is_beginning = bool(found) and not end
    phrases = phrases[:MOST_WORDS]
    is_beginning = is_beginning and len(phrases[-1][-1]) >= SHORTEST_BEGINNING
    number, complaint = _CASE.fullmatch(typed), _COMPLAINT.fullmatch(typed)
    return Words(
        typed,
        tuple(phrase[:MOST_WORDS] for phrase in phrases),
        is_beginning,
        int(number[1]) if number else None,
        typed.upper() if complaint else None,
    )


def matching(words: Words, *, is_postgres: bool) -> Any:
    """A condition on `cases`."""
    found: list[Any] = []
    if words.phrases:
        found.append(_in_postgres(words) if is_postgres else _in_sqlite(words))
    if words.case_id is not None:
        found += [cases.c.id == words.case_id, _stands_for(cases.c.id == words.case_id)]
    if words.complaint_id is not None:
        found += [cases.c.complaint_id == words.complaint_id, _stands_for(cases.c.complaint_id == words.complaint_id)]
    return or_(*found) if found else false()


def _stands_for(named: Any) -> Any:
    """A condition on `cases`: the case that is named was merged into it, perhaps over others."""
    table = case_merges.c
    first = select(table.kept_id).where(table.away_id.in_(select(cases.c.id).where(named)), table.undone_at.is_(None))
    into = first.cte(recursive=True)
    onward = select(table.kept_id).where(table.away_id == into.c.kept_id, table.undone_at.is_(None))
    return cases.c.id.in_(select(into.union(onward).c.kept_id))


def _in_sqlite(words: Words) -> Any:
    """Every phrase is quoted, so that nothing typed is read as SQLite's own language."""
    asked = " AND ".join(f'"{" ".join(phrase)}"' for phrase in words.phrases) + (" *" if words.is_beginning else "")
    index = table(INDEX_OF_WORDS, column("rowid"))
    newest = (
        select(index.c.rowid)
        .where(literal_column(INDEX_OF_WORDS).op("MATCH")(asked))
        .order_by(index.c.rowid.desc())
        .limit(MOST_MESSAGES)
    )
    return cases.c.id.in_(select(message_words.c.case_id).where(message_words.c.id.in_(newest)))


def _in_postgres(words: Words) -> Any:
    asked = " & ".join("(" + " <-> ".join(f"'{word}'" for word in phrase) + ")" for phrase in words.phrases)
    if words.is_beginning:
        asked = asked.removesuffix(")") + ":*)"
    holds = message_words.c.words.op("@@")(cast(asked, TSQUERY))
    number = message_words.c.id
    # The planner does not know how rare a word is, and went through ten million messages for one that 2,600 hold. So
    # it is told which way to go: `IS TRUE` keeps it from the index of words, `id + 0` from the order of arrival.
    last = select(func.max(number)).scalar_subquery()
    recent = (
        select(message_words.c.case_id)
        .where(number > last - RECENT_MESSAGES, holds.is_(True))
        .order_by(number.desc())
        .limit(MOST_MESSAGES)
        .cte("recent")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    are_few = select(func.count()).select_from(recent).scalar_subquery() < ENOUGH_MESSAGES
    ever = (
        select(message_words.c.case_id).where(holds, are_few).order_by((number + 0).desc()).limit(MOST_MESSAGES)
    ).subquery()
    ids = select(recent.c.case_id).union_all(select(ever.c.case_id)).scalar_subquery()
    return cases.c.id == any_(func.array(ids))  # as a list, it is found before anything is looked up by it


def places(text: str, words: Words) -> list[tuple[int, int]]:
    """Where in `text` the words stand, in order and apart from each other: what a page marks."""
    patterns = []
    for number, phrase in enumerate(words.phrases):
        may_go_on = words.is_beginning and number == len(words.phrases) - 1
        patterns.append(r"[\W_]+".join(map(re.escape, phrase)) + ("[^\\W_]*" if may_go_on else ""))
    if not patterns:
        return []
    either = "|".join(sorted(patterns, key=len, reverse=True))
    return [found.span() for found in re.finditer(rf"(?<![^\W_])(?:{either})(?![^\W_])", fold(text))]


def holds_all(text: str, words: Words) -> bool:
    """Whether one message, with the names of its author, is what was looked for."""
    return bool(words.phrases) and all(
        places(text, Words("", (phrase,), words.is_beginning and number == len(words.phrases) - 1))
        for number, phrase in enumerate(words.phrases)
    )
