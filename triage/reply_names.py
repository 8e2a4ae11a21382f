"""Names in a public reply that the person does not show in public."""

from bisect import bisect_left
from collections.abc import Collection, Iterator

from policy.phrases import Word, words_of
from policy.public_replies import PublicReplyRules, RevealKind
from triage.reply_numbers import Place

_LEAST_LETTERS = 2
_LEAST_IN_HANDLE = 3
_MOST_NAMES = 4


def names_in(
    text: str,
    rules: PublicReplyRules,
    *,
    handle: str | None,
    display_name: str | None,
    real_names: Collection[str],
    firm: str,
) -> Iterator[Place]:
    """Known real names wherever they stand, and whatever follows a greeting or a title."""
    words = words_of(text)
    shown = _Shown(handle, display_name, firm)
    real = {word.folded for name in real_names for word in words_of(name) if len(word.folded) >= _LEAST_LETTERS}
    for word in words:
        if (
            (word.folded in real or word.folded.removesuffix("s") in real)
            and _is_capital(text, word)
            and not shown.has(word)
        ):
            yield RevealKind.NAME, word.start, word.end
    for start, end in _called(text, words, rules):
        if any(not shown.has(word) for word in words_of(text[start:end])):
            yield RevealKind.NAME, start, end


class _Shown:
    """What the person is called in public."""

    def __init__(self, handle: str | None, display_name: str | None, firm: str) -> None:
        self._words = {word.folded for name in (handle, display_name, firm) for word in words_of(name or "")}
        self._handle = "".join(letter for word in words_of(handle or "") for letter in word.folded if letter.isalnum())

    def has(self, word: Word) -> bool:
        return word.folded in self._words or (len(word.folded) >= _LEAST_IN_HANDLE and word.folded in self._handle)


def _called(text: str, words: tuple[Word, ...], rules: PublicReplyRules) -> Iterator[tuple[int, int]]:
    """Start and end of what follows a greeting or a title, or stands before a title that comes after."""
    for kind, start, end in rules.phrases.places(text):
        if kind in ("greetings", "titles"):
            named = _names_after(text, words, end, rules, may_be_short=kind == "titles")
            if named and not (kind == "greetings" and _is_signature(text, start, named)):
                yield named[0].start, named[-1].end
        elif kind == "after_names":
            before = words[: bisect_left(words, start, key=lambda word: word.start)][-1:]
            if before and text[before[0].end : start].strip() == "" and _is_name(text, before[0], rules):
                yield before[0].start, before[0].end


def _names_after(
    text: str, words: tuple[Word, ...], end: int, rules: PublicReplyRules, *, may_be_short: bool
) -> list[Word]:
    """`may_be_short`: with a full stop of its own, as a title has; after a greeting it ends the sentence."""
    named: list[Word] = []
    for word in words[bisect_left(words, end, key=lambda word: word.start) :]:
        between = text[named[-1].end if named else end : word.start]
        if between.strip((" .," if may_be_short else " ,") if not named else " -") or not _is_name(text, word, rules):
            break
        named.append(word)
        if len(named) == _MOST_NAMES:
            break
    return named


def _is_name(text: str, word: Word, rules: PublicReplyRules) -> bool:
    is_word = len(word.folded) >= _LEAST_LETTERS and word.folded.isalpha()
    return is_word and _is_capital(text, word) and word.folded not in rules.no_names


def _is_capital(text: str, word: Word) -> bool:
    return text[word.start].isupper()


def _is_signature(text: str, greeting_at: int, named: list[Word]) -> bool:
    """`Thanks, Priti` at the end is the agent."""
    return greeting_at > 0 and text[named[-1].end :].strip(" .!") == ""
