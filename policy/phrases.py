"""Phrases that a lawyer can read, found in text in one pass.

A pattern is a row of words. `charg*` stands for every word that begins so; `#`, never the first, for one that begins
with a digit; ` .. ` lets up to three words stand between.
Case, accents, dots and dotless i make no difference. There is no other syntax, so the time is bounded by the number of
words times the patterns that begin alike; nothing a stranger writes can make it slow.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

GAP = ".."
NUMBER = "#"
MOST_WORDS_BETWEEN = 3
_PREFIX = 2
_LONGEST_KEY = 4
_WORD = re.compile(r"\w+")
_STEM = re.compile(r"\w+\*?")


@lru_cache(maxsize=4096)
def fold_letter(letter: str) -> str:
    """The letter without case and marks: `Ş` → `s`, `İ` and `ı` → `i`, `ß` → `ss`."""
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return "".join(part for part in bare.casefold() if not unicodedata.combining(part)).replace("ı", "i")


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word and where it stands in the text as written."""

    folded: str
    start: int
    end: int


def words_of(text: str) -> tuple[Word, ...]:
    if text.isascii():
        return tuple(Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(text.lower()))
    letters = [fold_letter(letter) for letter in text]
    places = [place for place, folded in enumerate(letters) for _ in folded]
    return tuple(
        Word(found.group(), places[found.start()], places[found.end() - 1] + 1)
        for found in _WORD.finditer("".join(letters))
    )


@dataclass(frozen=True, slots=True)
class Stem:
    letters: str
    is_prefix: bool

    def fits(self, word: Word) -> bool:
        if self.letters == NUMBER:
            return word.folded[0].isdecimal()
        return word.folded.startswith(self.letters) if self.is_prefix else word.folded == self.letters


@dataclass(frozen=True, slots=True)
class Phrase:
    """`head` stands together; `tail`, where there is one, follows within three words."""

    head: tuple[Stem, ...]
    tail: tuple[Stem, ...]

    def end_at(self, words: tuple[Word, ...], start: int) -> int | None:
        """Index after the last word of the phrase begun at `start`, or None."""
        after = _stands(self.head, words, start)
        if after is None or not self.tail:
            return after
        ends = (_stands(self.tail, words, after + gap) for gap in range(MOST_WORDS_BETWEEN + 1))
        return next((end for end in ends if end is not None), None)


def _stands(stems: tuple[Stem, ...], words: tuple[Word, ...], start: int) -> int | None:
    end = start + len(stems)
    if end > len(words):
        return None
    for stem, word in zip(stems, words[start:end], strict=True):
        if not stem.fits(word):
            return None
    return end


def read_phrase(pattern: str) -> Phrase:
    """Raises: ValueError for anything but words, `*` at a word's end and one `..` between."""
    folded = "".join(fold_letter(letter) for letter in pattern).replace("'", " ").replace("’", " ").replace("-", " ")
    head, gap, tail = folded.partition(f" {GAP} ")
    phrase = Phrase(_read_stems(head), _read_stems(tail) if gap else ())
    if not phrase.head or (gap and not phrase.tail):
        raise ValueError("a phrase needs a word on each side")
    first = phrase.head[0]
    if first.letters == NUMBER:
        raise ValueError("a phrase begins with a word")
    if first.is_prefix and len(first.letters) < _PREFIX:
        raise ValueError(f"a first word that ends in * needs {_PREFIX} letters before it")
    return phrase


def _read_stems(words: str) -> tuple[Stem, ...]:
    for word in words.split():
        if word != NUMBER and not _STEM.fullmatch(word):
            raise ValueError(f"{word!r} is not a word; only a * at its end is understood")
    return tuple(Stem(word.removesuffix("*"), word.endswith("*")) for word in words.split())


class PhraseIndex:
    """Many phrases under many names, looked up by the whole of their first word or two, or by how it begins."""

    __slots__ = ("_by_beginning", "_by_pair", "_by_word")

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        """Raises: ValueError, see `read_phrase`."""
        self._by_word: dict[str, list[tuple[str, Phrase]]] = {}
        self._by_pair: dict[tuple[str, str], list[tuple[str, Phrase]]] = {}
        self._by_beginning: dict[str, list[tuple[str, Phrase]]] = {}
        for name, patterns in phrases.items():
            for pattern in patterns:
                self._add(name, read_phrase(pattern))

    def hits(self, text: str) -> dict[str, tuple[str, ...]]:
        """Name → the words that hit, as written, in the order they stand."""
        found: dict[str, dict[str, None]] = {}
        for name, start, end in self.places(text):
            found.setdefault(name, {})[text[start:end]] = None
        return {name: tuple(said) for name, said in found.items()}

    def places(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Name, start and end of every hit, by where it begins."""
        words = words_of(text)
        for start, word in enumerate(words):
            after = words[start + 1].folded if start + 1 < len(words) else ""
            for name, phrase in self._begun_by(word.folded, after):
                end = phrase.end_at(words, start)
                if end is not None:
                    yield name, word.start, words[end - 1].end

    def _add(self, name: str, phrase: Phrase) -> None:
        first = phrase.head[0]
        if first.is_prefix:
            self._by_beginning.setdefault(first.letters[:_LONGEST_KEY], []).append((name, phrase))
        elif len(phrase.head) > 1 and not phrase.head[1].is_prefix and phrase.head[1].letters != NUMBER:
            self._by_pair.setdefault((first.letters, phrase.head[1].letters), []).append((name, phrase))
        else:
            self._by_word.setdefault(first.letters, []).append((name, phrase))

    def _begun_by(self, word: str, after: str) -> Iterator[tuple[str, Phrase]]:
        """Those that may begin with `word`, where `after` follows it."""
        yield from self._by_word.get(word, ())
        yield from self._by_pair.get((word, after), ())
        for length in range(_PREFIX, min(_LONGEST_KEY, len(word)) + 1):
            yield from self._by_beginning.get(word[:length], ())
