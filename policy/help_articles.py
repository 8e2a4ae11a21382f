"""Help that customers find by themselves, beside the state of their case."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from models.errors import SetupError
from policy.house import HousePack
from policy.table import Table, read_table

FILE = Path(__file__).parent / "help" / "help.toml"
FALLBACK_LANGUAGE = "en"
_OWN = ("key", "about")
LONGEST_TITLE, LONGEST_TEXT, LONGEST_LINK = 120, 800, 400


@dataclass(frozen=True, slots=True)
class Answer:
    """One article in one language."""

    title: str
    text: str
    link: str | None
    """https; where more stands."""


@dataclass(frozen=True, slots=True)
class Article:
    key: str
    about: frozenset[str]
    """Tags and categories of the house pack."""
    answers: Mapping[str, Answer]
    """Language → words; English is always there."""

    def answer(self, language: str) -> Answer:
        return self.answers.get(language[:2]) or self.answers[FALLBACK_LANGUAGE]


@dataclass(frozen=True, slots=True)
class HelpArticles:
    name: str
    version: str
    from_on: date
    source: str
    is_on: bool
    most: int
    never_tags: frozenset[str]
    articles: tuple[Article, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def fitting(self, tags: Collection[str], category: str | None) -> tuple[Article, ...]:
        """Those for a case with these tags and this category, in the order of the file."""
        if not self.is_on or not self.never_tags.isdisjoint(tags):
            return ()
        subjects = {*tags, category}
        return tuple(one for one in self.articles if not one.about.isdisjoint(subjects))[: self.most]


@cache
def shipped_help() -> HelpArticles:
    return load_help()


def load_help(file: Path = FILE) -> HelpArticles:
    """Raises: SetupError naming the file and the key."""
    return read_help(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_help(table: Table) -> HelpArticles:
    if "on" not in table:
        raise table.refuse("on", "is missing: write on = true or on = false")
    rules = HelpArticles(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        is_on=table.flag("on", otherwise=False),
        most=table.whole("most", least=1, most=10),
        never_tags=frozenset(table.texts("never_tags")),
        articles=tuple(_read_article(row) for row in table.tables("articles")),
    )
    keys = [one.key for one in rules.articles]
    if len(set(keys)) < len(keys):
        raise table.refuse("articles", "holds a key twice")
    table.done()
    return rules


def checked_help(rules: HelpArticles, house: HousePack) -> HelpArticles:
    """Raises: SetupError for an article about what no case of this house can be about."""
    known = {tag for topic in house.topics.values() for tag in topic.tags} | set(house.categories)
    for one in rules.articles:
        if unknown := sorted(one.about - known):
            raise SetupError(
                f"{rules.title}: article {one.key!r} is about {unknown[0]!r}, which is no tag and no category of "
                f"{house.title}; known: {', '.join(sorted(known))}"
            )
    return rules


def _read_article(row: Table) -> Article:
    key, about = row.text("key"), frozenset(row.texts("about"))
    answers = {language: _read_answer(row.table(language)) for language in row.names() if language not in _OWN}
    if FALLBACK_LANGUAGE not in answers:
        raise row.refuse(FALLBACK_LANGUAGE, "is missing: it stands in for languages without words of their own")
    row.done()
    return Article(key, about, answers)


def _read_answer(row: Table) -> Answer:
    answer = Answer(row.text("title"), row.text("text"), row.text("link") if "link" in row else None)
    for name, words, most in (
        ("title", answer.title, LONGEST_TITLE),
        ("text", answer.text, LONGEST_TEXT),
        ("link", answer.link or "", LONGEST_LINK),
    ):
        if len(words) > most:
            raise row.refuse(name, f"has {len(words)} characters; at most {most}")
    if answer.link is not None and not answer.link.startswith("https://"):
        raise row.refuse("link", f"must begin with https://, not {answer.link[:40]!r}")
    row.done()
    return answer
