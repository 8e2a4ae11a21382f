"""What a page says, and whether a catalogue said it: with the pseudo-language every message stands in ⟦ ⟧."""

import re
from functools import cache
from html.parser import HTMLParser

from babel.support import NullTranslations

from inbox.catalogues import messages

OPEN, SHUT = "⟦", "⟧"
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
DATA = {"bdi", "code", "kbd", "q", "style", "time", "title"}
"""Elements that hold what people and platforms wrote, keys, and instants. A title holds the firm's name."""
SAYING = ("aria-label", "placeholder", "title", "alt")


NAMES = {"Earshot", "Facebook", "Instagram", "facebook"}
FIRMS_OWN = {"incident", "payments", "vulnerable customers", "app", "app website"}
"""Teams and tags of the demo that no shipped policy knows: they are shown as the firm wrote them."""
INSTANT = re.compile(
    r"(\w{3} )?\d{1,2} \w{3} \d{4}(, \d\d:\d\d( \w{3,5})?)?"
    r"|RG \d+[.\d]*\w*(\(\w\))?( note)?|AFCA refer-back|, Acts .*? s\d+\(\d\)"
)
"""Instants, which are said by the language too, and places in the law."""


class PseudoLanguage(NullTranslations):
    """Knows the messages of the catalogues and no other."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{SHUT}" if message in _messages() else message

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"{OPEN}{one if number == 1 else many}{SHUT}"


@cache
def _messages() -> frozenset[str]:
    return frozenset(message.id for message in messages("tr") if isinstance(message.id, str))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bare: list[str] = []
        self._data: list[bool] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_data = self._is_data() or tag in DATA or given.get("translate") == "no" or "words" in _classes(given)
        is_data = is_data or (tag == "script" and given.get("type") != "application/json")
        if not is_data:
            self.bare += [f"{name}={value}" for name, value in attrs if name in SAYING and _is_bare(value or "")]
        if tag not in VOID:
            self._data.append(is_data)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._data:
            self._data.pop()

    def handle_data(self, data: str) -> None:
        """A message may hold elements: what stands between ⟦ and ⟧ is said, over several pieces of text."""
        before, self._depth = self._depth, self._depth + data.count(OPEN) - data.count(SHUT)
        if not self._is_data() and _is_bare(data, before):
            self.bare.append(" ".join(data.split()))

    def _is_data(self) -> bool:
        return bool(self._data) and self._data[-1]


def _classes(given: dict[str, str | None]) -> list[str]:
    return (given.get("class") or "").split()


def _is_bare(text: str, depth: int = 0) -> bool:
    """Two letters or more outside every ⟦ ⟧; an address, a unit of one letter, and the product's name are no words."""
    if text.strip() in FIRMS_OWN:
        return False
    outside = ""
    for letter in text:
        depth += letter == OPEN
        outside += letter if not depth else ""
        depth -= letter == SHUT
    found = [word for word in INSTANT.sub("", outside).split() if sum(letter.isalpha() for letter in word) > 1]
    return any(not word.startswith(("http:", "https:", "/")) and word.strip(".,:;()") not in NAMES for word in found)


def bare_words(page: str) -> list[str]:
    """Texts of a page that no catalogue said, in order."""
    reader = _Reader()
    reader.feed(page)
    return reader.bare
