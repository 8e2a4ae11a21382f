"""Letters that count as the same when people search: upper and lower case, with and without marks."""

import unicodedata

_RANGES = (range(0xC0, 0x180), range(0x386, 0x3CF), range(0x400, 0x430))
JOINERS = "@.-/_:&=?~+#'*,;<>()[]{}!\"$|`^\\"
"""Signs that PostgreSQL's parser would keep inside one word, or read as an address or a tag."""
SIGNS = ((0xA0, 0xBF), (0x2000, 0x2BFF), (0x3000, 0x303F), (0xFE00, 0xFE0F), (0x1F000, 0x1FAFF))
"""First and last of what is no letter; with some settings PostgreSQL takes every sign beyond ASCII for one."""
MARKS = (0x300, 0x36F)
"""Marks that stand on the letter before them."""


def _plain(letter: str) -> str:
    bare = unicodedata.normalize("NFD", letter)[0]
    return bare.lower() if bare.isascii() and bare.isalpha() else letter.lower()


_SAME = {code: _plain(chr(code)) for span in _RANGES for code in span if chr(code).isalpha()} | {ord("ı"): "i"}
SAME = {code: to for code, to in _SAME.items() if len(to) == 1 and to != chr(code)}


def fold(text: str) -> str:
    """Of the same length, so that places found in it are places in `text`."""
    return text.translate(_LETTERS)


class _Letters(dict[int, str]):
    """Those of most texts, at once; any other is worked out each time, so that no text can fill the memory."""

    def __missing__(self, code: int) -> str:
        low = chr(code).lower()
        return SAME.get(code) or (low if len(low) == 1 else chr(code))


_LETTERS = _Letters()
_LETTERS.update({code: _LETTERS[code] for code in range(0x530)})
