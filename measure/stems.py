"""Words of a text by their stems: the first letters, which is enough for languages that add endings."""

import re
import unicodedata

STEM_LETTERS = 6
LONGEST_TEXT = 5_000
"""So many letters of a text are read."""

_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|\S{1,250}@\S+|@\w[\w.]*|\S{0,250}\d[\d.,:/-]{2,}\S*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}")


def words_of(text: str) -> list[str]:
    """In order and in lower case; addresses, handles and numbers are none, nor is what has fewer than three letters."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold()
    return _WORD.findall(_NOT_WORDS.sub(" ", plain))


def stem_of(word: str) -> str:
    return word[:STEM_LETTERS]
