"""One form for the same words and facts, whichever source they came from; applying it twice changes nothing."""

import hashlib
import re
import unicodedata
from dataclasses import replace

from ingest.instants import why_implausible
from ingest.notes import noted
from models import MOST_COUNTED, Author, Mention

LONGEST_TEXT = 100_000
"""Characters; what lies beyond is cut from `text` and the whole stays in `raw["original_text"]`."""

_NEWLINE = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_REMOVED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, marks that turn the direction of what follows, byte order marks; joiners of emoji are kept."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){3,}")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?", re.DOTALL)
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis", "art"})
_TWO_LETTERS = {
    "bul": "bg", "ces": "cs", "cze": "cs", "deu": "de", "dut": "nl", "eng": "en", "fra": "fr", "fre": "fr", "ger": "de",
    "ita": "it", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "spa": "es", "tur": "tr",
}  # fmt: skip
_WEB_ADDRESS = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@[\w.@-]+")
_NOT_WORD_IN_ASCII = re.compile(r"[^a-z0-9\s]+")


def normalise(mention: Mention) -> Mention:
    """The mention with clean text and facts. What was refused is named and kept in `raw`.

    A text may be empty afterwards: a picture or a sticker without words is still a message.
    """
    notes: list[str] = []
    originals: dict[str, object] = {}
    text = _text(mention.text, notes, originals)
    why = why_implausible(mention.created_at, received_at=mention.received_at)
    if why:
        notes.append(f"created_at {why}: the instant of receipt stands in for it")
        originals["created_at"] = mention.created_at.isoformat()
    author = _author(mention.author, notes, received=mention) if mention.author else None
    lang = language(mention.lang)
    if mention.lang and lang != mention.lang:
        originals["lang"] = _storable(mention.lang)
    url = _link(mention.url)
    if mention.url and url is None:
        notes.append("url is not a web address")
        originals["url"] = _storable(mention.url)
    return replace(
        mention,
        text=text,
        created_at=mention.received_at if why else mention.created_at,
        created_at_assumed=mention.created_at_assumed or bool(why),
        lang=lang,
        url=url,
        author=author,
        shares=_count("shares", mention.shares, notes),
        raw=noted(mention.raw, notes, originals),
    )


def clean_text(text: str) -> str:
    """NFC, one kind of newline, no control or direction-turning characters, trimmed, two blank lines at most."""
    text = _storable(_NEWLINE.sub("\n", text))
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return _BLANK_LINES.sub("\n\n\n", text.strip())


def language(tag: str | None) -> str | None:
    """The language of a BCP 47 tag: two letters where there are two, else three; None where it names no language."""
    found = _LANGUAGE.fullmatch(tag.strip()) if tag else None
    if found is None:
        return None
    primary = found[1].lower()
    is_private = "qaa" <= primary <= "qtz" and len(primary) == 3
    return None if primary in _NO_LANGUAGE or is_private else _TWO_LETTERS.get(primary, primary)


def words(text: str) -> str:
    """Only the words, folded and separated by single spaces: no web addresses, handles, punctuation, symbols, emoji."""
    text = _HANDLE.sub(" ", _WEB_ADDRESS.sub(" ", text))
    if text.isascii():
        return " ".join(_NOT_WORD_IN_ASCII.sub(" ", text.lower()).split())
    # Turkish writes i with and without a dot; folding leaves a combining dot that differs between two spellings.
    folded = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i").replace("ı", "i")
    return " ".join("".join(map(_letter_or_space, unicodedata.normalize("NFKC", folded))).split())


def words_digest(text: str) -> str:
    """32 hex digits, the same for the same words in the same order; empty where there are no words."""
    letters = words(text).replace(" ", "")
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()[:32] if letters else ""


def _letter_or_space(character: str) -> str:
    if "\ufe00" <= character <= "\ufe0f":
        return ""  # only chooses between the coloured and the plain form of an emoji
    return character if unicodedata.category(character)[0] in "LMN" else " "


def _storable(text: str) -> str:
    return _LONE_SURROGATE.sub("\ufffd", _REMOVED.sub("", text))


def _text(given: str, notes: list[str], originals: dict[str, object]) -> str:
    with_newlines = _NEWLINE.sub("\n", given)
    if removed := len(_REMOVED.findall(with_newlines)):
        notes.append(f"{removed} control characters were removed from text")
    if halves := len(_LONE_SURROGATE.findall(with_newlines)):
        notes.append(f"{halves} halves of characters in text were replaced by U+FFFD")
    text = clean_text(with_newlines)
    if len(text) <= LONGEST_TEXT:
        return text
    notes.append(f"text was cut from {len(text)} to {LONGEST_TEXT} characters")
    originals["original_text"] = text
    return text[:LONGEST_TEXT].rstrip()


def _author(author: Author, notes: list[str], *, received: Mention) -> Author:
    why = why_implausible(author.created_at, received_at=received.received_at) if author.created_at else ""
    if why and author.created_at:
        notes.append(f"author.created_at {author.created_at.isoformat()} {why}: taken as unknown")
    return replace(
        author,
        handle=_handle(author.handle),
        name=_one_line(author.name),
        bio=(clean_text(author.bio) or None) if author.bio else None,
        followers=_count("author.followers", author.followers, notes),
        following=_count("author.following", author.following, notes),
        posts=_count("author.posts", author.posts, notes),
        created_at=None if why else author.created_at,
    )


def _handle(given: str | None) -> str | None:
    line = _one_line(given)
    return (line.lstrip("@ ") or None) if line else None


def _one_line(given: str | None) -> str | None:
    return (" ".join(clean_text(given).split()) or None) if given else None


def _count(key: str, given: int | None, notes: list[str]) -> int | None:
    if given is None or 0 <= given <= MOST_COUNTED:
        return given
    shown = str(given) if abs(given) < 10**18 else "of nineteen digits or more"
    notes.append(f"{key} {shown} cannot be: taken as unknown")
    return None


def _link(given: str | None) -> str | None:
    """Only web addresses: the inbox shows them as links, and `javascript:` must never be one."""
    line = _storable(given).strip() if given else ""
    return line if line.lower().startswith(("http://", "https://")) and not any(map(str.isspace, line)) else None
