"""What counts as a promise to a customer, and how its date is read from what people write."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from types import MappingProxyType

from models.promise import PromiseKind
from policy.phrases import PhraseIndex, words_of
from policy.service_hours import DAYS as WEEKDAYS
from policy.service_hours import Span, read_span
from policy.table import Table, read_table

FILE = Path(__file__).parent / "promises" / "promises.toml"
MONTHS = ("january", "february", "march", "april", "may", "june") + (
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
NEAR_DAYS = ("today", "tomorrow", "day_after_tomorrow", "this_week", "next_week", "this_month")
UNITS = ("minutes", "hours", "days", "weeks", "months")
FIRM, ANYBODY, REFUSES = "firm", "anybody", "refuses"


@dataclass(frozen=True, slots=True)
class Words:
    """Single words, folded; whole ones, and how others begin."""

    whole: Mapping[str, str]
    beginnings: tuple[tuple[str, str], ...]

    def of(self, word: str) -> str | None:
        """What a folded word means here."""
        found = self.whole.get(word)
        return found or next((name for start, name in self.beginnings if word.startswith(start)), None)


@dataclass(frozen=True, slots=True)
class DateWords:
    near: PhraseIndex
    """Phrases of `NEAR_DAYS`."""
    next_words: Words
    past_words: Words
    weekdays: Words
    months: Words
    numbers: Words
    units: Words
    working: Words
    between: Words
    before: Words
    after: Words
    noon: Words
    time_before: Words
    time_hours: Words
    time_hours_after: Words


@dataclass(frozen=True, slots=True)
class PromiseRules:
    name: str
    version: str
    from_on: date
    source: str
    remind_before: Span
    day_ends: time
    longest: timedelta
    otherwise: Mapping[PromiseKind, Span]
    """By when a promise without a date is proposed."""
    phrases: PhraseIndex
    """Of each kind by its name, `firm`, `anybody` and `refuses`."""
    firm_endings: tuple[str, ...]
    anybody_endings: tuple[str, ...]
    after: str
    then: tuple[str, ...]
    dates: DateWords

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def load_promise_rules(file: Path = FILE) -> PromiseRules:
    """Raises: SetupError naming the file and the key."""
    return read_promise_rules(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_promise_rules(table: Table) -> PromiseRules:
    says, refuses = table.table("says"), table.table("refuses")
    kinds = {kind: _kind(table.table("kinds"), kind) for kind in PromiseKind}
    phrases = {kind.value: words for kind, (_, words) in kinds.items()}
    phrases |= {FIRM: says.texts("firm"), ANYBODY: says.texts("anybody"), REFUSES: refuses.texts("phrases")}
    rules = PromiseRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        remind_before=read_span(table, "remind_before"),
        day_ends=_time(table, "day_ends"),
        longest=timedelta(days=table.whole("longest_days", least=1, most=3650)),
        otherwise=MappingProxyType({kind: span for kind, (span, _) in kinds.items()}),
        phrases=_index(table, "kinds", phrases),
        firm_endings=_folded(says.texts("firm_endings")),
        anybody_endings=_folded(says.texts("anybody_endings")),
        after=_folded((says.text("after"),))[0],
        then=_folded(says.texts("then")),
        dates=_dates(table),
    )
    says.done()
    refuses.done()
    table.done()
    return rules


def _kind(kinds: Table, kind: PromiseKind) -> tuple[Span, tuple[str, ...]]:
    unknown = set(kinds.names()) - set(PromiseKind)
    if unknown:
        raise kinds.refuse(min(unknown), f"is no kind of promise; known kinds: {', '.join(PromiseKind)}")
    row = kinds.table(kind.value)
    found = read_span(row, "otherwise"), row.texts("phrases")
    row.done()
    return found


def _index(table: Table, name: str, phrases: Mapping[str, Sequence[str]]) -> PhraseIndex:
    try:
        return PhraseIndex(phrases)
    except ValueError as error:
        raise table.refuse(name, f"holds a phrase that is not understood: {error}") from error


def _time(table: Table, name: str) -> time:
    written = table.local_time(name)
    if written.tzinfo is not None:
        raise table.refuse(name, "must be a local time without a zone")
    return written


def _dates(table: Table) -> DateWords:
    days, units, times = table.table("days"), table.table("units"), table.table("times")
    near = _index(days, NEAR_DAYS[0], {name: days.texts(name) for name in NEAR_DAYS})
    numbers = table.table("numbers")
    wrong = [name for name in numbers.names() if not name.isdecimal()]
    if wrong:
        raise numbers.refuse(wrong[0], "must be a number, with the words for it")
    found = DateWords(
        near=near,
        next_words=_words(days, ["next_words"]),
        past_words=_words(days, ["past_words"]),
        weekdays=_closed(table, "weekdays", WEEKDAYS),
        months=_closed(table, "months", MONTHS),
        numbers=_words(numbers, numbers.names()),
        units=_words(units, UNITS),
        working=_words(units, ["working"]),
        between=_words(units, ["between"]),
        before=_words(units, ["before"]),
        after=_words(units, ["after"]),
        noon=_words(times, ["noon"]),
        time_before=_words(times, ["before"]),
        time_hours=_words(times, ["hours"]),
        time_hours_after=_words(times, ["hours_after"]),
    )
    for each in (days, units, times, numbers):
        each.done()
    return found


def _closed(table: Table, name: str, names: Sequence[str]) -> Words:
    row = table.table(name)
    found = _words(row, names)
    row.done()
    return found


def _words(row: Table, names: Sequence[str]) -> Words:
    """Raises: SetupError where a word stands under two names, or is none."""
    whole: dict[str, str] = {}
    beginnings: list[tuple[str, str]] = []
    for name in names:
        for written in row.texts(name):
            folded = _folded((written.removesuffix("*"),))[0]
            if len(words_of(folded)) != 1 or whole.get(folded, name) != name:
                raise row.refuse(name, f"holds {written!r}, which is no single word, or stands under another name")
            if written.endswith("*"):
                beginnings.append((folded, name))
            else:
                whole[folded] = name
    longest_first: Callable[[tuple[str, str]], int] = lambda one: -len(one[0])  # noqa: E731
    return Words(MappingProxyType(whole), tuple(sorted(beginnings, key=longest_first)))


def _folded(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(word.folded for word in words_of(written)) for written in words)
