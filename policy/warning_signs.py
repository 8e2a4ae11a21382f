"""Signs that a case is about to go wrong: what each of them counts, and from which sum somebody looks or steps in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path

from policy.house import Said
from policy.phrases import PhraseIndex
from policy.service_hours import Counted, Span, read_span
from policy.table import Table, read_table

FILE = Path(__file__).parent / "early_warning" / "early_warning.toml"
LANGUAGES = ("en", "tr", "bg")
MOST_POINTS = 100.0
BY_RULE = "by_rule"
"""The reason that every file of paths knows."""


class Sign(StrEnum):
    REPEATED_CONTACT = "repeated_contact"
    UNANSWERED_CONTACTS = "unanswered_contacts"
    TONE_WORSE = "tone_worse"
    REOPENED = "reopened"
    BROKEN_PROMISE = "broken_promise"
    LONG_WAIT = "long_wait"
    REJECTED_SOLUTION = "rejected_solution"
    ASKS_FOR_MANAGER = "asks_for_manager"
    THREATENS_REGULATOR = "threatens_regulator"
    THREATENS_PRESS = "threatens_press"
    THREATENS_LAWYER = "threatens_lawyer"
    THREATENS_LEAVING = "threatens_leaving"


SPOKEN = (
    Sign.REJECTED_SOLUTION,
    Sign.ASKS_FOR_MANAGER,
    Sign.THREATENS_REGULATOR,
    Sign.THREATENS_PRESS,
    Sign.THREATENS_LAWYER,
    Sign.THREATENS_LEAVING,
)
"""Found by words."""


class WarningLevel(IntEnum):
    NONE = 0
    WATCH = 1
    ACT = 2

    @property
    def code(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class SignRule:
    sign: Sign
    why: str
    least: int
    """It counts from so many on."""
    points: float
    each_more: float
    most: float
    path: str | None
    """The key of an escalation path that the case is put on once it shows."""
    reason: str
    """Its reason there, by the names of `policy/paths`."""

    def points_for(self, count: int) -> float:
        """Never fewer for more of it."""
        if count < self.least:
            return 0.0
        return min(self.points + self.each_more * (count - self.least), self.most)


@dataclass(frozen=True, slots=True)
class WarningRules:
    name: str
    version: str
    from_on: date
    source: str
    labels_left_out: frozenset[Said]
    one_contact_within: timedelta
    contact_window: timedelta
    messages: int
    watch: float
    act: float
    full: float
    """So many points fill the share that a warning has in the score of the queue."""
    tone_over: int
    tone_rise: float
    wait: Span
    signs: Mapping[Sign, SignRule]
    """Every one of `Sign`."""
    phrases: PhraseIndex
    """By the name of a sign of `SPOKEN`."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def level_of(self, score: float) -> WarningLevel:
        if score >= self.act:
            return WarningLevel.ACT
        return WarningLevel.WATCH if score >= self.watch else WarningLevel.NONE

    def share_of(self, score: float) -> float:
        """Of what a warning may add to the score of the queue: 0 to 1, and 0 below `watch`."""
        return min(score / self.full, 1.0) if score >= self.watch else 0.0


@cache
def shipped_warning_rules() -> WarningRules:
    return load_warning_rules()


def load_warning_rules(file: Path = FILE) -> WarningRules:
    """Raises: SetupError naming the file and the key."""
    return read_warning_rules(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_warning_rules(table: Table) -> WarningRules:
    levels, signs = table.table("levels"), table.table("signs")
    rows = {sign: signs.table(sign.value) for sign in Sign}
    tone, wait = rows[Sign.TONE_WORSE], rows[Sign.LONG_WAIT]
    rules = WarningRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        labels_left_out=table.choices("labels_left_out", Said),
        one_contact_within=_calendar(table, "one_contact_within"),
        contact_window=timedelta(days=table.whole("contact_days", least=1, most=90)),
        messages=table.whole("messages", least=3, most=200),
        watch=levels.number("watch", least=0.1, most=MOST_POINTS),
        act=levels.number("act", least=0.1, most=MOST_POINTS),
        full=levels.number("full", least=0.1, most=MOST_POINTS),
        tone_over=tone.whole("tone_over", least=3, most=50),
        tone_rise=tone.number("tone_rise", least=0.01, most=1.0),
        wait=read_span(wait, "wait"),
        phrases=PhraseIndex({sign.value: _read_phrases(rows[sign]) for sign in SPOKEN}),
        signs={sign: _read_sign(sign, row) for sign, row in rows.items()},
    )
    _check(rules, levels, wait)
    levels.done()
    signs.done()
    table.done()
    return rules


def _check(rules: WarningRules, levels: Table, wait: Table) -> None:
    if not rules.watch < rules.act <= rules.full:
        raise levels.refuse("act", "must be above watch and not above full")
    if rules.signs[Sign.LONG_WAIT].most + rules.signs[Sign.TONE_WORSE].most >= rules.watch:
        why = "must stay below watch together with tone_worse: how somebody writes, and waits, is no warning by itself"
        raise wait.refuse("points", why)


def _calendar(table: Table, name: str) -> timedelta:
    span = read_span(table, name)
    if span.counted is not Counted.CALENDAR:
        raise table.refuse(name, "counts calendar time")
    return span.amount


def _read_sign(sign: Sign, row: Table) -> SignRule:
    points = row.number("points", least=0.0, most=MOST_POINTS)
    rule = SignRule(
        sign=sign,
        why=row.text("why"),
        least=row.whole("from", least=1, most=100),
        points=points,
        each_more=row.number("each_more", most=MOST_POINTS) if "each_more" in row else 0.0,
        most=row.number("most", most=MOST_POINTS) if "most" in row else points,
        path=row.text("path") if "path" in row else None,
        reason=row.text("reason") if "reason" in row else BY_RULE,
    )
    if rule.most < rule.points:
        raise row.refuse("most", "must not be below points")
    row.done()
    return rule


def _read_phrases(row: Table) -> tuple[str, ...]:
    table = row.table("phrases")
    found = tuple(phrase for language in LANGUAGES for phrase in table.texts(language))
    for language in LANGUAGES:
        try:
            PhraseIndex({language: table.texts(language)})
        except ValueError as error:
            raise table.refuse(language, f"holds a phrase that is not understood: {error}") from error
    table.done()
    return found
