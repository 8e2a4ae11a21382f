"""Numbers in a public reply: which of them belong to a person."""

import re
from collections.abc import Collection, Iterator

from policy.phrases import PhraseIndex
from policy.public_replies import RevealKind

Place = tuple[RevealKind, int, int]

_NUMBER = re.compile(r"(?<!\d)\+?\(?\d(?:[ .\-/()]{0,2}\d){2,}(?!\d)")
_IBAN = re.compile(r"\b[A-Z]{2}[ ]?\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b")
_MASKED_CARD = re.compile(r"[*xX•●·#](?:[ -]?[*xX•●·#]){1,24}[ -]?\d{3,4}(?!\d)")
_DATE_OR_TIME = re.compile(
    r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}[:.]\d{2}(?: ?- ?\d{1,2}[:.]\d{2})?\b"
    r"|\b(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d\b"
)
_NOBODYS = re.compile(
    r"(?<![\d+])(?:13 ?\d\d ?\d\d|1[389]00[ -]?\d{3}[ -]?\d{3}|444 ?\d ?\d{3}|444 ?\d\d ?\d\d"
    r"|0?[ -]?850[ -]?\d{3}[ -]?\d\d[ -]?\d\d|0[78]00[ -]?\d{1,3}[ -]?\d{2,3}(?:[ -]?\d{2,3})?)(?!\d)"
)
"""Ranges of numbers that only organisations hold: 13, 1300 and 1800 in Australia, 444 and 0850 in Turkey, 0700 and 0800
in Bulgaria."""
_LINK = re.compile(r"https?://\S+|\bwww\.\S+|(?<!\w)[@#]\w[\w.]*", re.IGNORECASE)
_OUR_REFERENCE = re.compile(r"\bC-\d{7}\b")
_BSB_AND_ACCOUNT = re.compile(r"\d{3}-\d{3} \d[\d -]*")
_CURRENCY_BEFORE = re.compile(r"[$€£₺] ?$")
_CURRENCY_AFTER = re.compile(
    r" ?(?:[$€£₺%]|(?:aud|usd|eur|try|bgn|tl|lira|лв|лева|евро|dollars?|bucks|euros?)\b)", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"(?:\s|[:#№.\-]|\b(?:is|no|number|nr|in|with|of|numaranız|numarası|numaralı|numara|номер|е|на|nolu|digits?|hanesi)\b)+$",
    re.IGNORECASE,
)
_CONTEXT_CHARACTERS = 48
_LEAST_CARD, _MOST_CARD = 13, 19
_LEAST_LONG_NUMBER = 7
_LEAST_PHONE, _MOST_PHONE = 8, 14
_LEAST_NAMED = 4


def digits_of(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def passes_luhn(digits: str) -> bool:
    """The check digit of a card number (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """The check digits of an IBAN (ISO 13616, ISO/IEC 7064 mod 97-10)."""
    bare = re.sub(r"[^A-Z0-9]", "", text.upper())
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1


def is_turkish_id(digits: str) -> bool:
    """The two check digits of a T.C. kimlik number."""
    if len(digits) != 11 or digits[0] == "0":
        return False
    d = [int(digit) for digit in digits]
    return (7 * sum(d[0:9:2]) - sum(d[1:8:2])) % 10 == d[9] and sum(d[:10]) % 10 == d[10]


def is_bulgarian_id(digits: str) -> bool:
    """The check digit of an ЕГН, and a month that can be (20 and 40 are added for other centuries)."""
    if len(digits) != 10 or int(digits[2:4]) % 20 not in range(1, 13) or int(digits[4:6]) not in range(1, 32):
        return False
    weights = (2, 4, 8, 5, 10, 9, 7, 3, 6)
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10 == int(digits[9])


def numbers_in(
    text: str, phrases: PhraseIndex, published: Collection[str], *, allow_references: bool
) -> Iterator[Place]:
    """Every number that belongs to a person, a card first. `published`: contacts that are ours."""
    for found in _IBAN.finditer(text):
        if is_iban(found.group()):
            yield RevealKind.ACCOUNT_NUMBER, found.start(), found.end()
    for found in _MASKED_CARD.finditer(text):
        yield RevealKind.CARD_NUMBER, found.start(), found.end()
    for start, end in _card_places(text):
        yield RevealKind.CARD_NUMBER, start, end
    if not allow_references:
        for found in _OUR_REFERENCE.finditer(text):
            yield RevealKind.REFERENCE, found.start(), found.end()
    for found in _NUMBER.finditer(_without_ours(text, published)):
        kind = _kind(text, found.start(), found.end(), phrases, allow_references)
        if kind is not None:
            yield kind, found.start(), found.end()


def _card_places(text: str) -> Iterator[tuple[int, int]]:
    """Runs of 13 to 19 digits that pass the check, also where other digits stand before or after them."""
    for found in _NUMBER.finditer(text):
        places = [place for place in range(found.start(), found.end()) if text[place].isdigit()]
        for size in range(min(_MOST_CARD, len(places)), _LEAST_CARD - 1, -1):
            whole = [first for first in range(len(places) - size + 1) if _is_card(text, places[first : first + size])]
            if whole:
                yield places[whole[0]], places[whole[0] + size - 1] + 1
                break


def _is_card(text: str, places: list[int]) -> bool:
    digits = "".join(text[place] for place in places)
    return digits[0] in "23456" and len(set(digits)) > 1 and passes_luhn(digits)


def _without_ours(text: str, published: Collection[str]) -> str:
    """Blanks, of the same length, where a link, a date, an hour, our reference or a number of ours stands."""
    for pattern in (_LINK, _OUR_REFERENCE, *_patterns(published), _DATE_OR_TIME, _NOBODYS):
        text = pattern.sub(lambda found: "\x00" * len(found.group()), text)
    return text


def _patterns(published: Collection[str]) -> Iterator[re.Pattern[str]]:
    for contact in published:
        digits = digits_of(contact)
        if len(digits) >= _LEAST_NAMED and "@" not in contact:
            yield re.compile(r"(?<!\d)\+?" + r"[ .\-()]{0,2}".join(digits) + r"(?!\d)")


def _kind(text: str, start: int, end: int, phrases: PhraseIndex, allow_references: bool) -> RevealKind | None:
    digits, said = digits_of(text[start:end]), _said_before(text[:start], phrases)
    if len(digits) <= 6 and ("ending_words" in said or "ending_after" in _said_after(text[end:], phrases)):
        return RevealKind.CARD_NUMBER
    if len(digits) >= _LEAST_NAMED and not _is_money(text, start, end):
        return _named(digits, said, text[start:end], allow_references=allow_references)
    return None


def _named(digits: str, said: frozenset[str], written: str, *, allow_references: bool) -> RevealKind | None:
    if "reference_words" in said:
        return None if allow_references else RevealKind.REFERENCE
    if "identity_words" in said or is_turkish_id(digits):
        return RevealKind.IDENTITY_NUMBER
    if "account_words" in said or _BSB_AND_ACCOUNT.fullmatch(written):
        return RevealKind.ACCOUNT_NUMBER
    if written.lstrip("(").startswith(("+", "0")) and _LEAST_PHONE <= len(digits) <= _MOST_PHONE:
        return RevealKind.IDENTITY_NUMBER if is_bulgarian_id(digits) and digits == written else RevealKind.PHONE
    if is_bulgarian_id(digits):
        return RevealKind.IDENTITY_NUMBER
    if len(digits) == 10 and digits[0] == "5":  # a Turkish mobile without its zero
        return RevealKind.PHONE
    return RevealKind.ACCOUNT_NUMBER if len(digits) >= _LEAST_LONG_NUMBER else None


def _said_before(text: str, phrases: PhraseIndex) -> frozenset[str]:
    """Names of the word lists of which a phrase stands right before a number."""
    near = text[-_CONTEXT_CHARACTERS:]
    ends = {len(near.rstrip(" :#№.-(")), len(_BETWEEN.sub("", near))}
    return frozenset(name for name, _, end in phrases.places(near) if end in ends)


def _said_after(text: str, phrases: PhraseIndex) -> frozenset[str]:
    """Names of the word lists of which a phrase stands right after a number."""
    near = text[:_CONTEXT_CHARACTERS]
    return frozenset(name for name, start, _ in phrases.places(near) if not near[:start].strip())


def _is_money(text: str, start: int, end: int) -> bool:
    return bool(_CURRENCY_BEFORE.search(text[:start]) or _CURRENCY_AFTER.match(text[end:]))
