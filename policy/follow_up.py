"""Who is asked how they were served, when and in which words; and how long the links to a customer's own page live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from string import Formatter

from models import Kind, Tier
from policy.house import Said
from policy.phrases import words_of
from policy.service_hours import Span, read_span
from policy.table import Table, read_table

FILE = Path(__file__).parent / "follow_up" / "follow_up.toml"
SCALES = (5, 10)
FALLBACK_LANGUAGE = "en"
RATE_LINK = "rate_link"
MOST_DAYS = 365


class How(StrEnum):
    LINK = "link"
    IN_CHANNEL = "in_channel"


@dataclass(frozen=True, slots=True)
class SurveyRules:
    is_on: bool
    scale: int
    """The highest score; the lowest is 1."""
    target: int
    how: How
    after: Span
    """Between the solution and the question."""
    not_later_than: timedelta
    answer_counts: timedelta
    again_after: timedelta
    kinds: frozenset[Kind]
    labels: frozenset[Said]
    tiers: frozenset[Tier]
    channels: frozenset[str]
    """Empty: all."""
    never_tags: frozenset[str]
    quiet_labels: frozenset[Said]
    score_words: frozenset[str]
    """Single words, folded."""
    texts: Mapping[str, Mapping[How, str]]
    """Language → how → words; English is always there."""

    def text(self, language: str | None) -> str:
        """In the language where it is there, else in English; the ends of the scale are filled in, the link is not."""
        words = self.texts.get((language or "")[:2]) or self.texts[FALLBACK_LANGUAGE]
        return words[self.how].replace("{least}", "1").replace("{most}", str(self.scale))


@dataclass(frozen=True, slots=True)
class LinkRules:
    status_for: timedelta
    rating_for: timedelta
    most_answers_an_hour: int
    most_rating_changes: int


@dataclass(frozen=True, slots=True)
class FollowUpRules:
    name: str
    version: str
    from_on: date
    source: str
    survey: SurveyRules
    links: LinkRules

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def load_follow_up(file: Path = FILE) -> FollowUpRules:
    """Raises: SetupError naming the file and the key."""
    table = read_table(file, file=f"{file.parent.name}/{file.name}")
    rules = FollowUpRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        survey=_read_survey(table.table("survey")),
        links=_read_links(table.table("links")),
    )
    table.done()
    return rules


def _read_survey(row: Table) -> SurveyRules:
    if "on" not in row:
        raise row.refuse("on", "is missing: write on = true or on = false")
    scale = row.whole("scale")
    if scale not in SCALES:
        raise row.refuse("scale", f"must be 5 or 10, not {scale}")
    quiet = row.choices("quiet_labels", Said)
    if Said.COMPLAINT in quiet:
        raise row.refuse("quiet_labels", "holds complaint: dissatisfaction is always looked at by a person (RG 271.27)")
    rules = SurveyRules(
        is_on=row.flag("on", otherwise=False),
        scale=scale,
        target=row.whole("target", least=2, most=scale),
        how=row.choice("how", How),
        after=read_span(row, "after"),
        not_later_than=_days(row, "not_later_than_days"),
        answer_counts=_days(row, "answer_counts_days"),
        again_after=_days(row, "again_after_days"),
        kinds=row.choices("kinds", Kind),
        labels=row.choices("labels", Said),
        tiers=_read_tiers(row),
        channels=frozenset(row.texts("channels")) if "channels" in row else frozenset(),
        never_tags=frozenset(row.texts("never_tags")),
        quiet_labels=quiet,
        score_words=frozenset(word.folded for words in row.texts("score_words") for word in words_of(words)),
        texts=_read_texts(row.table("texts")),
    )
    row.done()
    return rules


def _days(row: Table, name: str) -> timedelta:
    return timedelta(days=row.whole(name, least=1, most=MOST_DAYS))


def _read_tiers(row: Table) -> frozenset[Tier]:
    known = {str(tier.value): tier for tier in Tier if tier is not Tier.NOISE}
    wrong = [tier for tier in row.texts("tiers") if tier not in known]
    if wrong:
        raise row.refuse("tiers", f"may hold {', '.join(known)}, not {', '.join(wrong)}")
    return frozenset(known[tier] for tier in row.texts("tiers"))


def _read_texts(row: Table) -> dict[str, dict[How, str]]:
    found = {}
    for language in row.names():
        words = row.table(language)
        found[language] = {how: _read_text(words, how) for how in How}
        words.done()
    row.done()
    if FALLBACK_LANGUAGE not in found:
        raise row.refuse(FALLBACK_LANGUAGE, "is missing: it stands in for languages without words of their own")
    return found


def _read_text(words: Table, how: How) -> str:
    text = words.text(how.value)
    wanted = {RATE_LINK} if how is How.LINK else {"least", "most"}
    try:
        named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        named = {"{"}
    if named != wanted:
        needed = " and ".join(f"{{{name}}}" for name in sorted(wanted))
        raise words.refuse(how.value, f"must hold {needed} and nothing else in braces")
    return text


def _read_links(row: Table) -> LinkRules:
    rules = LinkRules(
        status_for=_days(row, "status_days"),
        rating_for=_days(row, "rating_days"),
        most_answers_an_hour=row.whole("most_answers_an_hour", least=1, most=1000),
        most_rating_changes=row.whole("most_rating_changes", least=1, most=1000),
    )
    row.done()
    return rules
