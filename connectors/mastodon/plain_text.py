"""HTML of a post → the words its author typed. Standard library only."""

import re
from html.parser import HTMLParser

PARAGRAPHS = frozenset({"p", "div", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
HIDDEN = frozenset({"script", "style", "template"})
QUOTE_FALLBACK = "quote-inline"
"""A line `RE: <address>` that the server adds for readers that know no quotes: nobody typed it."""

NO_TAG = re.compile(r"<(?!/?[a-zA-Z][^<>]*>)")
"""What begins like a tag and is none: an instance never sends one, and the parser would need minutes for many."""


def plain_text(content: str) -> str:
    """Paragraphs are divided by an empty line; a link whose words are not its address has the address behind it."""
    reader = _Reader()
    reader.feed(NO_TAG.sub("&lt;", content))
    reader.close()
    return "".join(reader.parts).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._newlines = 0
        """To be written before the next words."""
        self._hidden_tag = ""
        self._hidden_depth = 0
        self._link: tuple[str, int] | None = None
        """Address of the link we are in, and the place in `parts` where its words begin."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if self._hidden_tag:
            self._hidden_depth += tag == self._hidden_tag
        elif tag in HIDDEN or QUOTE_FALLBACK in classes:
            self._hidden_tag, self._hidden_depth = tag, 1
        elif tag in PARAGRAPHS:
            self._newlines = 2
        elif tag == "br":
            self._write("\n")
        elif tag == "li":
            self._newlines = max(self._newlines, 1)
            self._write("- ")
        elif tag == "img":
            self._write(given.get("alt") or "")
        elif tag == "a":
            is_name = "mention" in classes or "hashtag" in classes
            self._link = None if is_name else (given.get("href") or "", len(self.parts))

    def handle_endtag(self, tag: str) -> None:
        if self._hidden_tag:
            self._hidden_depth -= tag == self._hidden_tag
            if not self._hidden_depth:
                self._hidden_tag = ""
        elif tag in PARAGRAPHS:
            self._newlines = 2
        elif tag == "li":
            self._newlines = max(self._newlines, 1)
        elif tag == "a":
            self._end_link()

    def handle_data(self, data: str) -> None:
        is_layout = self._newlines and not data.strip()
        if not self._hidden_tag and not is_layout:
            self._write(data)

    def _write(self, words: str) -> None:
        if self.parts:
            self.parts.append("\n" * self._newlines)
        self._newlines = 0
        self.parts.append(words)

    def _end_link(self) -> None:
        if self._link is None:
            return
        address, began = self._link
        self._link = None
        words = "".join(self.parts[began:]).strip()
        if address.startswith(("http://", "https://")) and words not in (address, address.split("://", 1)[1]):
            self._write(f" ({address})" if words else address)
