"""The one place where a text is prepared for the classifier: cleaned, cut into tokens, and each token brought to one
form."""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

MAX_CHARACTERS = 2_000
"""What stands beyond this many characters of a text is not looked at."""

URL, EMAIL, HANDLE, NUMBER = "<url>", "<email>", "<user>", "<number>"
WHO = frozenset({EMAIL, HANDLE})
PLACEHOLDERS = WHO | {URL, NUMBER}

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u200b\u2060\ufeff]")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_TOKEN = re.compile(
    r"""(?P<url>(?:https?://|www\.)\S+|\bhttp\b)
      | (?P<email>[\w.+-]+@[\w-]+\.[\w.-]+)
      | (?P<handle>@\s?[\w.-]*\w(?:@[\w.-]*\w)?)
      | (?P<number>[$€£₺]?\d+(?:[.,:/-]\d+)*)
      | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)
      | (?P<mark>[!?]+|\.{2,})
      | (?P<symbol>[^\w\s.,;:"'()\[\]{}<>/\\|+*=&%#@-])""",
    re.VERBOSE,
)
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_SQUEEZED = re.compile(r"\s{2,}|[^\S ]|(\S)\1{3,}")
"""What the encoder gets in a shorter form: white space as one space, a character repeated as three of it."""
_ENCODER_WRITES = {URL: "http", EMAIL: "email", HANDLE: "@user"}


class Token(NamedTuple):
    """A token's one form, and where it stands in the cleaned text (`text[start:end]`). Many are made: so a tuple."""

    form: str
    start: int
    end: int


def cleaned(text: str) -> str:
    """The text without what cannot be shown, in compatibility form, cut at `MAX_CHARACTERS`. Never raises."""
    text = text[: 2 * MAX_CHARACTERS]
    if not text.isascii():
        text = _UNPRINTABLE.sub("", text)
        text = unicodedata.normalize("NFKC", text)
    elif not text.isprintable():
        text = _UNPRINTABLE.sub(" ", text)
    return (html.unescape(text) if "&" in text else text)[:MAX_CHARACTERS]


def tokens(text: str) -> list[Token]:
    """The tokens of a cleaned text, in order. Handles and addresses become placeholders: who is no evidence."""
    return [
        Token(_form(match.lastgroup or "", match.group()), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


def forms(text: str) -> list[str]:
    """As `tokens`, the forms only."""
    return [_form(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(text)]


class Piece(NamedTuple):
    """A stretch of the encoder's text, and what it stands for in the cleaned text (`text[start:end]`)."""

    written: str
    start: int
    end: int

    @property
    def origins(self) -> list[int]:
        """Of each character: its place in the cleaned text."""
        return [min(self.start + at, self.end - 1) for at in range(len(self.written))]


def encoder_text(cleaned: str) -> str:
    """What the encoder reads of a cleaned text: case, numbers and marks are kept, who and where are not."""
    return "".join(piece.written for piece in encoder_pieces(cleaned, tokens(cleaned)))


def encoder_pieces(text: str, found: Sequence[Token]) -> list[Piece]:
    """As `encoder_text`, in pieces that remember where they come from. `found`: the tokens of `text`."""
    pieces: list[Piece] = []
    at, end = len(text) - len(text.lstrip()), len(text.rstrip())
    before = ""
    for form, start, stop in found:
        if form == before == HANDLE and not text[at:start].strip():
            at = stop  # however many are addressed, it is said once
        elif form in _ENCODER_WRITES:
            pieces.extend(_squeezed(text, at, start))
            pieces.append(Piece(_ENCODER_WRITES[form], start, stop))
            at = stop
        before = form
    pieces.extend(_squeezed(text, at, end))
    return pieces


def _squeezed(text: str, at: int, end: int) -> Iterator[Piece]:
    for match in _SQUEEZED.finditer(text, at, end):
        if match.start() > at:
            yield Piece(text[at : match.start()], at, match.start())
        yield Piece(3 * match[1] if match[1] else " ", *match.span())
        at = match.end()
    if end > at:
        yield Piece(text[at:end], at, end)


def words_only(text: str, found: Sequence[Token]) -> str:
    """The words among the tokens as they were written: what is left to tell the language by."""
    return " ".join(text[start:end] for form, start, end in found if form[0].isalpha())


@lru_cache(maxsize=1 << 16)
def _form(kind: str, written: str) -> str:
    match kind:
        case "url":
            return URL
        case "email":
            return EMAIL
        case "handle":
            return HANDLE
        case "number":
            return NUMBER
        case "word":
            return _word_form(written)
        case _:
            return _REPEATED.sub(r"\1\1", written)


def _word_form(written: str) -> str:
    """Lower case, no accents, no dotless i (many write Turkish without its own letters), no letter thrice."""
    folded = written.casefold().replace("’", "'").replace("ı", "i")
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", folded)))
    return _REPEATED.sub(r"\1\1", folded)
