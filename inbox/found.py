"""The words that were looked for, marked in a line of the queue."""

from markupsafe import Markup

from inbox.marking import plain
from store.search import Words, places

BEFORE_CHARACTERS = 80


def marked_words(text: str, words: Words) -> Markup:
    """All of `text`, with the words inside `<mark>`."""
    pieces, last = [], 0
    for start, end in places(text, words):
        pieces += [plain(text[last:start]), Markup("<mark>{}</mark>").format(plain(text[start:end]))]
        last = end
    return Markup("").join([*pieces, plain(text[last:])])


def excerpt_around(text: str, words: Words, *, length: int) -> str:
    """A part of `text` with the first of the words in it."""
    joined = " ".join(text.split())
    found = places(joined, words)
    start = max(found[0][0] - BEFORE_CHARACTERS, 0) if found else 0
    if start:
        start = joined.rfind(" ", 0, start + 1) + 1
    cut = joined[start : start + length]
    return ("… " if start else "") + cut + (" …" if start + length < len(joined) else "")
