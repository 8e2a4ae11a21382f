"""What Bluesky asks of a text: its length in graphemes, and links and mentions marked by byte offsets."""

import re
from collections.abc import Iterator

import regex

MOST_GRAPHEMES = 300
MOST_BYTES = 3000
"""Source: lexicon `app.bsky.feed.post`, `maxGraphemes` and `maxLength`."""

LINK = re.compile(r"https?://[^\s<>\"]+")
SENTENCE_END = ".,;:!?'”’…"


def graphemes(text: str) -> int:
    """What a reader calls characters: an emoji with skin tone counts once."""
    return len(regex.findall(r"\X", text))


def facets(text: str, *, handle: str | None, did: str) -> list[dict[str, object]]:
    """Marks for links and for the one person who is answered, in the order of the text.

    Offsets count bytes of UTF-8, end exclusive.
    """
    spans = [*_mentions(text, handle, did), *_links(text)]
    return [_facet(text, start, end, feature) for start, end, feature in sorted(spans, key=lambda span: span[0])]


def _mentions(text: str, handle: str | None, did: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    if not handle:
        return
    pattern = rf"(?<![\w@./-])@{re.escape(handle)}(?![\w-]|\.\w)"
    for match in re.finditer(pattern, text, re.IGNORECASE):
        yield match.start(), match.end(), {"$type": "app.bsky.richtext.facet#mention", "did": did}


def _links(text: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    for match in LINK.finditer(text):
        address = match.group().rstrip(SENTENCE_END)
        if address.endswith(")") and "(" not in address:
            address = address[:-1].rstrip(SENTENCE_END)
        yield match.start(), match.start() + len(address), {"$type": "app.bsky.richtext.facet#link", "uri": address}


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, object]:
    byte_start = len(text[:start].encode())
    index = {"byteStart": byte_start, "byteEnd": byte_start + len(text[start:end].encode())}
    return {"index": index, "features": [feature]}
