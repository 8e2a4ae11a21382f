"""What a public reply says that the person did ("you rang on Monday"), and the numbers that it spells out."""

from collections.abc import Iterator, Mapping, Sequence

from policy.phrases import Word, words_of
from policy.public_replies import Deeds, RevealKind
from triage.reply_numbers import Place

Places = Mapping[str, Sequence[tuple[int, int]]]
_LEAST_LETTERS = 4
_ASKED_WITHIN = 2
_LEAST_SPOKEN_DIGITS = 6
_LEAST_SPOKEN_DATE = 2
_LEAST_SPOKEN_AMOUNT = 1


def deeds_in(sentence: str, named: Places, deeds: Sequence[Deeds]) -> Iterator[tuple[int, int]]:
    """Start and end of each, without those that everybody reads in the public post."""
    words = words_of(sentence)
    public = named.get("public_deeds", ())
    for at, word in enumerate(words):
        for rule in deeds:
            first = _begins(words, at, rule) if _is_verb(word, rule) else None
            if first is None or _is_asked(words, first, at, rule):
                continue
            start, end = words[first].start, words[at + bool(rule.then)].end
            if not any(begin < end and start < stop for begin, stop in public):
                yield start, end
                break


def _begins(words: Sequence[Word], at: int, rule: Deeds) -> int | None:
    """Index of the first word of the deed whose verb stands at `at`; None where what must stand around it does not."""
    if rule.then and (at + 1 == len(words) or words[at + 1].folded not in rule.then):
        return None
    if not rule.after:
        return at
    fits = (
        len(before)
        for before in rule.after
        if tuple(word.folded for word in words[max(at - len(before), 0) : at]) == before
    )
    longest = max(fits, default=0)
    return at - longest if longest else None


def _is_verb(word: Word, rule: Deeds) -> bool:
    return word.folded in rule.words or (len(word.folded) >= _LEAST_LETTERS and word.folded.endswith(rule.endings))


def _is_asked(words: Sequence[Word], first: int, at: int, rule: Deeds) -> bool:
    near = [*words[max(first - _ASKED_WITHIN, 0) : first], *words[at + 1 : at + 2]]
    return any(word.folded in rule.asks for word in near)


def spoken_in(sentence: str, named: Places) -> Iterator[Place]:
    """Rows of numbers in words that are a number of somebody, a date of birth or, with a currency, an amount."""
    for places in _rows(sentence, named):
        start, end = places[0][0], places[-1][1]
        has_currency = any(not sentence[end:begin].strip() for begin, _ in named.get("currencies", ()) if begin >= end)
        if "birth_words" in named and len(places) >= _LEAST_SPOKEN_DATE:
            yield RevealKind.DATE_OF_BIRTH, start, end
        elif has_currency and "money" in named:
            yield RevealKind.AMOUNT, start, end
        elif len(places) >= _LEAST_SPOKEN_DIGITS:
            yield RevealKind.ACCOUNT_NUMBER, start, end


def _rows(sentence: str, named: Places) -> Iterator[list[tuple[int, int]]]:
    row: list[tuple[int, int]] = []
    links = named.get("spoken_links", ())
    for start, end in named.get("spoken", ()):
        if row and not _joined(sentence, row[-1][1], start, links):
            yield row
            row = []
        row.append((start, end))
    if row:
        yield row


def _joined(sentence: str, end: int, start: int, links: Sequence[tuple[int, int]]) -> bool:
    between = sentence[end:start]
    if not between.strip(" ,-"):
        return True
    return len(words_of(between)) == 1 and any(end <= first and last <= start for first, last in links)
