"""What a public reply would give away about the person it answers (RG 271.32 Note 2, .169).

It reads the words; it cannot know what is true. A text without a finding may still tell too much, so a person reads it.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.clock import Force
from policy.phrases import words_of
from policy.public_replies import CASE_FACT, FIRM_LETTER, STATE, THING, PublicReplyRules, References, RevealKind
from triage.reply_deeds import deeds_in, spoken_in
from triage.reply_names import names_in
from triage.reply_numbers import Place, digits_of, numbers_in

_SENTENCE_END = re.compile(
    r"(?<!\bул)(?<!\bбул)(?<!\bNo)(?<!\b[Ss]ok)(?<!\b[Mm]ah)(?<!\b[Cc]ad)(?<!\bM[rs])(?<!\bMrs)(?<!\bDr)[.!?…]+(?=\s)|\n"
)
_EMAIL = re.compile(
    r"[\w.+-]{1,64} ?(?:@|\(at\)|\[at\]) ?[\w-]+(?:(?:\.| ?(?:\(dot\)|\[dot\]) ?)[\w-]+)+", re.IGNORECASE
)
_AMOUNT = re.compile(
    r"[$€£₺] ?\d[\d.,]*|"
    r"\b\d[\d.,]* ?(?:[$€£₺]|(?:aud|usd|eur|try|bgn|tl|liraya?|лв|лева|евро|долара|dollars?|bucks|euros?)\b)",
    re.IGNORECASE,
)
_BIRTH_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)? [^\W\d_]{3,}"
)
_ADDRESSES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b\d{1,5}[A-Za-z]?(?:/\d+)?,? (?:[A-Z][\w'’-]+ ){1,3}"
        r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Dr|Court|Ct|Place|Pl|Crescent|Cres|Highway|Hwy|Parade|Pde|Terrace|Tce|Close|Way|Boulevard|Blvd)\b",
        r"\b(?i:\d{1,5}[a-z]?(?:/\d+)? (?:[a-z'’-]+ ){1,2}(?:street|road|avenue))\b",
        r"\b(?i:p\.?o\.? ?box) \d+",
        r"\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),? \d{4}\b",
        r"(?i:\b\w+ (?:sokak|sokağı|sok\.|sk\.|caddesi|cadde|cad\.|cd\.|bulvarı|mahallesi|mah\.|apartmanı|apt\.)"
        r"[^.!?\n]{0,40}?(?:no|kat|daire|d)\b ?[:.]? ?\d+)",
        r"(?i:\b\w+ (?:sokak|sokağı|sok\.|sk\.|caddesi|cadde|cad\.|cd\.|bulvarı) \d+)",
        r"(?i:\b(?:ул\.|улица|бул\.|булевард|ж\.к\.|жк) ?[„\"“]?[А-Яа-я][^.!?\n]{0,40}?(?:№|бл\.?|вх\.?|ап\.?)? ?\d+)",
        r"[„\"“][А-Я][^.!?\n„“\"]{1,40}[“\"] ?№? ?\d+",
    )
)
Places = Mapping[str, Sequence[tuple[int, int]]]
_CLAIMS = frozenset({RevealKind.CUSTOMER, RevealKind.CASE_FACT})
_WORDS_APART = 3
_REACH_CHARACTERS = 60
_NEAR_WORDS = 2
_LEAST_PRIVATE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is answered, as far as we know them."""

    handle: str | None = None
    display_name: str | None = None
    """What the person shows in public."""
    real_names: tuple[str, ...] = ()
    """Known to us from elsewhere."""
    private_texts: tuple[str, ...] = ()
    """What the person told us in private."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """`text[start:end]` is `words`."""

    kind: RevealKind
    start: int
    end: int
    words: str
    why: str
    paragraph: str
    force: Force


def revealed_by(
    text: str, addressee: Addressee, rules: PublicReplyRules, *, published: Collection[str] = (), firm: str = ""
) -> tuple[Revealed, ...]:
    """Everything in a public text that gives the person away, in the order it stands.

    `published`: phone numbers, e-mail and postal addresses of ours. `firm`: its name is nobody's.
    """
    plain, places = _plain(text)
    found = {
        *numbers_in(plain, rules.phrases, published, allow_references=rules.references is References.ALLOW),
        *_emails(plain, published, addressee.handle),
        *_addresses(plain, rules, published),
        *_private_words(plain, addressee),
        *names_in(
            plain,
            rules,
            handle=addressee.handle,
            display_name=addressee.display_name,
            real_names=addressee.real_names,
            firm=firm,
        ),
    }
    said = _without_name(plain, firm)
    for start, end in sentences(plain):
        found.update((kind, start + first, start + last) for kind, first, last in _said(said[start:end], rules))
    return tuple(_revealed(text, place, places, rules) for place in _outermost(found))


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each."""
    start = 0
    for found in _SENTENCE_END.finditer(text):
        yield start, found.end()
        start = found.end()
    yield start, len(text)


def _without_name(text: str, firm: str) -> str:
    """As long as before, with the sign that phrases use where the name of the firm stands."""
    if not firm.strip():
        return text
    name = re.compile(rf"(?<!\w){re.escape(firm.strip())}(?!\w)", re.IGNORECASE)
    return name.sub(lambda found: FIRM_LETTER.ljust(len(found.group())), text)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as it is read: no invisible letters, ASCII digits and dashes; and where each letter stood."""
    letters, places = [], []
    for place, letter in enumerate(text):
        if unicodedata.category(letter) in ("Cf", "Mn"):
            continue
        letters.append(_read_as(letter))
        places.append(place)
    return "".join(letters), [*places, len(text)]


def _read_as(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    kind = unicodedata.category(letter)
    if kind in ("Pd", "Zs"):
        return "-" if kind == "Pd" else " "
    plain = unicodedata.normalize("NFKC", letter)
    return plain if len(plain) == 1 and plain.isascii() else letter


def _emails(text: str, published: Collection[str], handle: str | None) -> Iterator[Place]:
    """`Hi @joss.bsky.social` and `@joss@mastodon.example` call the person by their handle; they are no addresses."""
    ours = {contact.lower() for contact in published}
    called = f"@{handle.lower().removeprefix('@')}" if handle else ""
    for found in _EMAIL.finditer(text):
        words = found.group().rstrip(".")
        end = found.start() + len(words)
        before = text[max(end - len(called) - 1, 0) : end].lower()
        is_handle = called and before.endswith(called) and not before.removesuffix(called).strip()
        if words.lower() not in ours and not is_handle:
            yield RevealKind.EMAIL, found.start(), found.end()


def _addresses(text: str, rules: PublicReplyRules, published: Collection[str]) -> Iterator[Place]:
    ours = [contact.lower() for contact in published]
    for pattern in _ADDRESSES:
        for found in pattern.finditer(text):
            around = text[max(found.start() - _REACH_CHARACTERS, 0) : found.end()]
            is_ours = any(found.group().lower() in contact for contact in ours)
            if not is_ours and "our_places" not in rules.phrases.hits(around):
                yield RevealKind.ADDRESS, found.start(), found.end()


def _private_words(text: str, addressee: Addressee) -> Iterator[Place]:
    """Numbers and e-mail addresses that the person wrote in private."""
    token = re.compile(r"\d[\d.,\- ]*\d|[\w.+-]{1,64}@[\w.-]{1,250}\w")
    told = {_key(found) for private in addressee.private_texts for found in token.findall(_plain(private)[0])}
    for found in token.finditer(text):
        if _key(found.group()) in told - {None}:
            yield RevealKind.PRIVATE_WORDS, found.start(), found.end()


def _key(token: str) -> str | None:
    if "@" in token:
        return token.lower()
    digits = digits_of(re.sub(r"[.,]00$", "", token))
    is_year = len(digits) == 4 and digits[:2] in ("19", "20")
    return digits if len(digits) >= _LEAST_PRIVATE_DIGITS and not is_year else None


def _said(sentence: str, rules: PublicReplyRules) -> Iterator[Place]:
    """What its words say of the person."""
    named: dict[str, list[tuple[int, int]]] = {}
    for name, start, end in rules.phrases.places(sentence):
        named.setdefault(name, []).append((start, end))
    named = {name: sorted(places) for name, places in named.items()}
    claims = [(RevealKind.CUSTOMER, *place) for place in named.get("customer", ())]
    claims += [(RevealKind.CASE_FACT, *place) for place in (*named.get(CASE_FACT, ()), *_things(sentence, named))]
    claims += [(RevealKind.CASE_FACT, *place) for place in deeds_in(sentence, named, rules.deeds)]
    claims += [(RevealKind.AMOUNT, *place) for place in _amounts(sentence, named)]
    claims += [(RevealKind.DATE_OF_BIRTH, *place) for place in named.get("ages", ())]
    claims += spoken_in(sentence, named)
    for kind, start, end in claims:
        if not _is_about_anybody(sentence, start, end, named, rules):
            yield kind, start, end
    if "birth_words" in named:
        for found in _BIRTH_DATE.finditer(sentence):
            yield RevealKind.DATE_OF_BIRTH, found.start(), found.end()


def _things(sentence: str, named: Places) -> Iterator[tuple[int, int]]:
    """A thing of the person's, a few words, and what is said of it."""
    for thing_start, thing_end in named.get(THING, ()):
        reach = thing_end + _REACH_CHARACTERS
        stops = [start for start, _ in _between(named.get("breaks", ()), thing_end, reach)]
        for state_start, state_end in _between(named.get(STATE, ()), thing_end, min([reach, *stops])):
            between = sentence[thing_end:state_start]
            if len(words_of(between)) <= _WORDS_APART and not set(between) & set(",;:()"):
                yield thing_start, state_end
                break


def _amounts(sentence: str, named: Places) -> Iterator[tuple[int, int]]:
    if "money" not in named:
        return
    sums = {last for _, last in named.get("sums", ())}
    rates = [place for place in named.get("rates", ()) if place[1] not in sums]
    for found in _AMOUNT.finditer(sentence):
        start, end = found.span()
        before = (
            sentence[last:start] for _, last in _between(rates, start - _REACH_CHARACTERS, start) if last <= start
        )
        after = (sentence[end:first] for first, _ in _between(rates, end, end + _REACH_CHARACTERS))
        if not any(not words_of(between) for between in (*before, *after)):
            yield start, end


def _between(places: Sequence[tuple[int, int]], first: int, last: int) -> Sequence[tuple[int, int]]:
    """Those of the ordered places that begin from `first` to `last`."""
    return places[bisect_left(places, (first, 0)) : bisect_left(places, (last, 0))]


def _is_about_anybody(sentence: str, start: int, end: int, named: Places, rules: PublicReplyRules) -> bool:
    """A condition stands before the words, or in the Turkish verb at their end."""
    if named.get("conditions", ((start, end),))[0][1] <= start:
        return True
    near = _between(named.get("conditions_near", ()), start - _REACH_CHARACTERS, start)
    if any(last <= start and len(words_of(sentence[last:start])) <= _NEAR_WORDS for _, last in near):
        return True
    said = words_of(sentence[start : end + _REACH_CHARACTERS])
    verbs = said[: len(words_of(sentence[start:end])) + _NEAR_WORDS]
    return any(verb.folded.endswith(rules.endings) for verb in verbs)


def _outermost(found: Collection[Place]) -> list[Place]:
    """Without those that lie inside another of their sort: a number is named also where it stands in a claim."""
    kept: list[Place] = []
    ends = {True: -1, False: -1}
    for kind, start, end in sorted(found, key=lambda place: (place[1], -place[2], list(RevealKind).index(place[0]))):
        if end > ends[kind in _CLAIMS]:
            kept.append((kind, start, end))
            ends[kind in _CLAIMS] = end
    return kept


def _revealed(text: str, place: Place, places: list[int], rules: PublicReplyRules) -> Revealed:
    kind, first, last = place
    start, end = places[first], places[last - 1] + 1
    rule = rules.kinds[kind]
    return Revealed(kind, start, end, text[start:end], rule.why, rule.paragraph, rule.force)
