"""Answers that people write by hand over and over, proposed as saved replies without what is personal in them."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from itertools import pairwise
from unicodedata import normalize

from inbox.saved_replies import LANGUAGES, PLACEHOLDER
from models.retention import DELETED, REDACTED
from models.saved_reply import FALLBACK_LANGUAGE, SavedReply
from store.saved_replies import SentByPerson

LOOKED_BACK = timedelta(days=30)
LOOKED_AT = 2_000
FEWEST_TIMES, FEWEST_CASES, FEWEST_WORDS = 3, 2, 4
MOST_PROPOSALS = 10
NEAR = 0.5
"""Share of all their pairs of words that two texts have in common, to count as the same answer."""
_SHORTEST_NAME = 3
_LONGEST_TEXT_CHARACTERS = 2_000

_PERSONAL = (
    (re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE), "{link}"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"), "{email}"),
    (re.compile(r"(?<!\w)@[\w.-]*\w"), "{handle}"),
    (re.compile(r"\bC-\d{4,}\b"), "{reference}"),
    (re.compile(r"[$€£₺]?\s?\+?\d[\d\s.,:/()-]*\d|[$€£₺]?\d"), "{number}"),
)
_WORD_OR_PLACEHOLDER = re.compile(r"\{\w+\}|\w+(?:[’'-]\w+)*")
_AGAIN = re.compile(r"\{detail\}(?:[\s,.;:!?-]*\{detail\})+")


@dataclass(frozen=True, slots=True)
class Proposal:
    digest: str
    """Of its words: they stay out of addresses and logs."""
    text: str
    """As it was written last; whatever is not in every one of these answers became a placeholder."""
    language: str
    times: int
    cases: int


@dataclass(slots=True)
class _Group:
    """Answers that say the same in nearly the same words."""

    shingles: frozenset[tuple[str, str]]
    text: str
    common: set[str]
    """Words that stand in each of them."""
    langs: list[str | None] = field(default_factory=list)
    cases: set[int] = field(default_factory=set)


def proposals(
    sent: Sequence[SentByPerson], replies: Sequence[SavedReply], dismissed: Collection[str] = ()
) -> list[Proposal]:
    """`sent` newest first. The most frequent first; none that a saved reply says already or that was waved away."""
    had = [_shingles(_words(text)) for reply in replies for text in reply.texts.values()]
    found = []
    for group in _groups(sent):
        if len(group.langs) < FEWEST_TIMES or len(group.cases) < FEWEST_CASES:
            continue
        text = _shared(group)
        words = _words(text)
        digest = sha256(" ".join(words).encode()).hexdigest()
        is_known = any(_likeness(_shingles(words), one) >= NEAR for one in had)
        if len(words) >= FEWEST_WORDS and not is_known and digest not in dismissed:
            found.append(Proposal(digest, text, _language(group.langs), len(group.langs), len(group.cases)))
    return sorted(found, key=lambda one: -one.times)[:MOST_PROPOSALS]


def _groups(sent: Sequence[SentByPerson]) -> Iterable[_Group]:
    """Each answer joins the most alike of the groups that share a pair of words with it, else it begins one."""
    groups: list[_Group] = []
    by_shingle: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for one in sent:
        if one.text in (REDACTED, DELETED):
            continue
        text = impersonal(one.text[:_LONGEST_TEXT_CHARACTERS], one.names)
        words = _words(text)
        shingles = _shingles(words)
        near = {number for pair in shingles for number in by_shingle[pair]}
        best = max(near, key=lambda number: _likeness(shingles, groups[number].shingles), default=None)
        if best is None or _likeness(shingles, groups[best].shingles) < NEAR:
            best = len(groups)
            groups.append(_Group(shingles, text, set(words)))
            for pair in shingles:
                by_shingle[pair].add(best)
        groups[best].common &= set(words)
        groups[best].langs.append(one.lang)
        groups[best].cases.add(one.case_id)
    return groups


def impersonal(text: str, names: Sequence[str]) -> str:
    """Names that are known, links, addresses, handles and numbers become placeholders."""
    for pattern, placeholder in _PERSONAL:
        text = pattern.sub(partial(_spaced, put=placeholder), text)
    parts = {part for name in names for part in (name, *name.split()) if len(part) >= _SHORTEST_NAME}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"(?<![\w{{])@?{re.escape(part)}(?![\w}}])", "{name}", text, flags=re.IGNORECASE)
    return re.sub(r"\{name\}(?:\s+\{name\})+", "{name}", text)


def _spaced(match: re.Match[str], *, put: str) -> str:
    """White space and marks at the end that the pattern took along stay."""
    was = match.group()
    return (" " if was[:1].isspace() else "") + put + was[len(was.rstrip(" .,:/(-")) :]


def _shared(group: _Group) -> str:
    """A word that one of the answers lacks may be about one person: it becomes a placeholder."""

    def kept(match: re.Match[str]) -> str:
        word = match.group()
        is_shared = word.startswith("{") or set(_words(word)) <= group.common
        return word if is_shared else "{detail}"

    return _AGAIN.sub("{detail}", _WORD_OR_PLACEHOLDER.sub(kept, group.text)).strip()


def _words(text: str) -> list[str]:
    """What a placeholder stands for is no word."""
    return re.findall(r"\w+", normalize("NFKC", PLACEHOLDER.sub(" ", text)).casefold())


def _shingles(words: Sequence[str]) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(words))


def _likeness(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    """Jaccard's index."""
    return len(one & other) / len(one | other) if one and other else 0.0


def _language(langs: Sequence[str | None]) -> str:
    spoken = Counter(lang[:2] for lang in langs if lang and lang[:2] in LANGUAGES)
    return spoken.most_common(1)[0][0] if spoken else FALLBACK_LANGUAGE
