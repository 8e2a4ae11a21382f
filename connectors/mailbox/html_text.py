"""The words of a page of HTML, as a mail program would show them. Pure.

The standard library's parser takes minutes for pages made to be slow; this one looks at every character once.
"""

import re
from collections.abc import Iterator
from html import unescape

UNREAD = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "template", "svg")}
"""What a tag of this name begins is no text, up to its end."""
LINES = frozenset(
    "address article aside blockquote br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "li main nav ol p pre section table tbody tfoot thead tr ul".split()
)
NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9]{0,20}")
LONGEST = 2_000_000
"""Characters of HTML that are read."""


def text_of_html(html: str) -> str:
    """Lines of plain text; those inside a quotation begin with `>`, as they do in a plain mail."""
    lines: list[str] = []
    line: list[str] = []
    quotations = 0

    def end_line() -> None:
        words = " ".join(unescape("".join(line)).split())
        line.clear()
        if words or (lines and lines[-1]):
            lines.append("> " * min(quotations, 5) + words if words else "")

    for tag, words in _pieces(html[:LONGEST]):
        line.append(words)
        if tag.removeprefix("/") in LINES:
            end_line()
        if tag == "blockquote":
            quotations += 1
        elif tag == "/blockquote":
            quotations = max(0, quotations - 1)
    end_line()
    return "\n".join(lines).strip("\n")


def _pieces(html: str) -> Iterator[tuple[str, str]]:
    """A tag's name in lower case, with `/` where it ends something, empty for none; and the characters before it."""
    place = 0
    while place < len(html):
        start = html.find("<", place)
        if start < 0:
            yield "", html[place:]
            return
        name = NAME.match(html, start + 1)
        if name is None and not html.startswith(("<!", "<?", "</"), start):
            yield "", html[place : start + 1]
            place = start + 1
            continue
        tag = name.group().lower() if name else ""
        yield tag, html[place:start]
        place = _after(html, start, tag)


def _after(html: str, start: int, tag: str) -> int:
    """Where the text goes on after the tag, comment or unread part that begins at `start`."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4)
        return end + 3 if end >= 0 else len(html)
    end = html.find(">", start)
    if end < 0:
        return len(html)
    if tag in UNREAD and html[end - 1] != "/":
        closed = UNREAD[tag].search(html, end)
        return closed.start() if closed else len(html)
    return end + 1
