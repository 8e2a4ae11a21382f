"""What may not stand in a public reply, as records: kinds with paragraph and force, words, and what to say instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from pathlib import Path

from models.clock import Force
from policy.phrases import PhraseIndex, words_of
from policy.table import Table, read_table

FILE = Path(__file__).parent / "replies" / "public.toml"
LANGUAGES = ("en", "tr", "bg")
PHRASES = (
    "customer",
    "breaks",
    "conditions",
    "conditions_near",
    "money",
    "rates",
    "account_words",
    "identity_words",
    "reference_words",
    "ending_words",
    "birth_words",
    "our_places",
    "greetings",
    "titles",
    "after_names",
    "public_deeds",
    "spoken",
    "spoken_links",
    "currencies",
    "ages",
    "ending_after",
    "sums",
)
THING, STATE, CASE_FACT = "thing", "state", "case_fact"
FIRM, FIRM_LETTER = "FIRM", "ƒ"
"""Stands for the name of the firm in a phrase, and in the text that is read."""


class RevealKind(StrEnum):
    """What of a person a public text gives away."""

    CARD_NUMBER = "card_number"
    ACCOUNT_NUMBER = "account_number"
    IDENTITY_NUMBER = "identity_number"
    PHONE = "phone"
    EMAIL = "email"
    DATE_OF_BIRTH = "date_of_birth"
    ADDRESS = "address"
    AMOUNT = "amount"
    NAME = "name"
    CUSTOMER = "customer"
    CASE_FACT = "case_fact"
    PRIVATE_WORDS = "private_words"
    REFERENCE = "reference"


class References(StrEnum):
    """Whether our own reference may stand in public."""

    ALLOW = "allow"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class RevealRule:
    paragraph: str
    force: Force
    why: str


@dataclass(frozen=True, slots=True)
class Deeds:
    """How one language tells a person what they did; all words folded."""

    after: tuple[tuple[str, ...], ...]
    """One of these rows of words stands right before the verb; none: anywhere."""
    endings: tuple[str, ...]
    words: frozenset[str]
    then: frozenset[str]
    """One of these words stands right after it; none: whatever."""
    asks: frozenset[str]
    """Near it, these make a question of it."""


@dataclass(frozen=True, slots=True)
class PublicReplyRules:
    name: str
    version: str
    from_on: date
    source: str
    references: References
    kinds: Mapping[RevealKind, RevealRule]
    safe_wording: Mapping[str, str]
    """Language → text with `{name}`."""
    phrases: PhraseIndex
    """All of `PHRASES`, `thing`, `state` and `case_fact`, of all languages at once: people mix them."""
    endings: tuple[str, ...]
    """How a Turkish word that says "if" ends, folded."""
    no_names: frozenset[str]
    """Folded words that are no name where they follow a greeting."""
    deeds: tuple[Deeds, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def wording(self, language: str) -> str:
        return self.safe_wording.get(language[:2]) or self.safe_wording[LANGUAGES[0]]


def load_public_reply_rules(file: Path = FILE) -> PublicReplyRules:
    """Raises: SetupError naming the file and the key."""
    table = read_table(file, file=f"{file.parent.name}/{file.name}")
    phrases = {name: tuple(_words(table, name)) for name in PHRASES} | _case_facts(table)
    rules = PublicReplyRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        references=table.choice("references", References),
        kinds=_kinds(table.table("kinds")),
        safe_wording=_texts(table.table("safe_wording")),
        phrases=_index(table, phrases),
        endings=tuple(_folded(ending) for ending in table.table("endings").texts("tr")),
        no_names=frozenset(_folded(word) for word in _words(table, "no_names")),
        deeds=tuple(_deeds(row) for row in table.tables("deeds")),
    )
    table.done()
    return rules


def _kinds(table: Table) -> dict[RevealKind, RevealRule]:
    kinds = {}
    for kind in RevealKind:
        row = table.table(kind)
        kinds[kind] = RevealRule(row.text("paragraph"), row.choice("force", Force), row.text("why"))
        row.done()
    table.done()
    return kinds


def _deeds(row: Table) -> Deeds:
    deeds = Deeds(
        after=tuple(tuple(_folded(words).split()) for words in row.texts("after")),
        endings=tuple(_folded(ending) for ending in row.texts("endings")),
        words=frozenset(_folded(word) for word in row.texts("words")),
        then=frozenset(_folded(word) for word in row.texts("then")),
        asks=frozenset(_folded(word) for word in row.texts("asks")),
    )
    row.done()
    return deeds


def _texts(table: Table) -> dict[str, str]:
    texts = {language: table.text(language) for language in LANGUAGES}
    table.done()
    return texts


def _words(table: Table, name: str) -> Iterator[str]:
    row = table.table(name)
    yield from chain.from_iterable(row.texts(language) for language in row.names())


def _case_facts(table: Table) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {THING: [], STATE: [], CASE_FACT: []}
    rows = table.table("case_fact")
    for language in LANGUAGES:
        row = rows.table(language)
        whose = row.texts("whose")
        things = row.texts("things")
        found[THING] += [f"{owner} {thing}" for owner in whose for thing in things] if whose else things
        found[STATE] += row.texts("states")
        found[CASE_FACT] += row.texts("phrases")
        row.done()
    rows.done()
    return {name: tuple(words) for name, words in found.items()}


def _index(table: Table, phrases: Mapping[str, tuple[str, ...]]) -> PhraseIndex:
    try:
        return PhraseIndex({name: [one.replace(FIRM, FIRM_LETTER) for one in said] for name, said in phrases.items()})
    except ValueError as error:
        raise table.refuse("phrases", f"hold one that cannot be read: {error}") from error


def _folded(text: str) -> str:
    return " ".join(word.folded for word in words_of(text))
