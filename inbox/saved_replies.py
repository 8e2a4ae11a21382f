"""Saved replies: shipped in a file, kept by people, offered by language, tags and label; what is left to fill in."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unicodedata import normalize

from models.errors import SetupError
from models.retention import DELETED, REDACTED
from models.saved_reply import FALLBACK_LANGUAGE, SavedReply
from store.saved_replies import SentByPerson
from store.store import Transaction

FILE = Path(__file__).parent / "saved_replies.toml"
LANGUAGES = {"en": "English", "tr": "Turkish", "bg": "Bulgarian"}
PLACEHOLDER = re.compile(r"\{[^\W\d]\w*\}")
"""`{name}`, in any alphabet."""
REPEATS_ASKED = 3
FEWEST_WORDS = 4
SENT_LOOKED_AT = 2_000
MOST_REPEATS = 10
STILL_IT = 0.7


def load(file: Path = FILE) -> tuple[SavedReply, ...]:
    """Those that are shipped. Raises: SetupError naming the reply and what it lacks."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))["reply"]
        return tuple(_reply(item) for item in found)
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise SetupError(
            f"{file}: saved replies cannot be read: {error!r}; see the file shipped with Earshot"
        ) from error


def _reply(item: Mapping[str, object]) -> SavedReply:
    texts = item["text"]
    if not isinstance(texts, dict) or FALLBACK_LANGUAGE not in texts:
        raise SetupError(f"saved reply {item.get('key')!r} has no English text; add text.en")
    return SavedReply(str(item["key"]), str(item["title"]), _names(item["labels"]), _names(item["tags"]), texts)


def _names(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def known(transaction: Transaction, shipped: Sequence[SavedReply]) -> Sequence[SavedReply]:
    """Those that people keep; until somebody looks at their page for the first time, those that are shipped."""
    return transaction.saved_replies.all() or shipped


def offered(replies: Sequence[SavedReply], day: date) -> list[SavedReply]:
    return [reply for reply in replies if reply.is_offered(day)]


def ranked(replies: Sequence[SavedReply], *, label: str, tags: Collection[str]) -> list[SavedReply]:
    """Those for the case's tags first, then those for its label, then the rest; the most used first among equals."""
    return sorted(
        replies, key=lambda reply: (-len(reply.tags.intersection(tags)), label not in reply.labels, -reply.uses)
    )


def fits(reply: SavedReply, *, label: str, tags: Collection[str]) -> bool:
    return bool(reply.tags.intersection(tags)) or label in reply.labels


def unfilled(text: str) -> list[str]:
    """The placeholders that still stand in a text, in order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def filled(text: str, known: Mapping[str, str]) -> str:
    """With what we know put in; the person fills the rest."""
    return PLACEHOLDER.sub(lambda match: known.get(match.group()[1:-1]) or match.group(), text)


def is_still(text: str, reply: SavedReply) -> bool:
    """Whether most of a saved reply's words stand in a text: it may have been written anew since it was put in."""
    said = set(_words(text))
    return any(
        sum(word in said for word in words) >= STILL_IT * len(words)
        for words in (_words(PLACEHOLDER.sub(" ", one)) for one in reply.texts.values())
        if words
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", normalize("NFKC", text).casefold())


@dataclass(frozen=True, slots=True)
class Repeat:
    """An answer that people wrote by hand several times."""

    key: str
    """Its words, normalised."""
    text: str
    """As it was written last, the person's name taken out."""
    language: str
    times: int


def repeats(sent: Sequence[SentByPerson], replies: Sequence[SavedReply]) -> list[Repeat]:
    """`sent` newest first. The most frequent first; none that a saved reply says already."""
    had = {_same(text, ()) for reply in replies for text in reply.texts.values()}
    groups: defaultdict[str, list[SentByPerson]] = defaultdict(list)
    for one in sent:
        if one.text not in (REDACTED, DELETED):
            groups[_same(one.text, one.names)].append(one)
    found = [
        Repeat(same, _without_names(many[0].text, many[0].names), _language(many), len(many))
        for same, many in groups.items()
        if len(many) >= REPEATS_ASKED and len(same.split()) >= FEWEST_WORDS and same not in had
    ]
    return sorted(found, key=lambda repeat: -repeat.times)[:MOST_REPEATS]


def _same(text: str, names: Sequence[str]) -> str:
    return " ".join(_words(PLACEHOLDER.sub(" ", _without_names(text, names))))


def _without_names(text: str, names: Sequence[str]) -> str:
    """The person's name, the first word of it, and their handle become a placeholder."""
    parts = {part for name in names for part in (name, name.split()[0] if name.split() else "") if len(part) > 2}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"(?<![\w{{])@?{re.escape(part)}(?![\w}}])", "{name}", text, flags=re.IGNORECASE)
    return text


def _language(many: Sequence[SentByPerson]) -> str:
    spoken = Counter(one.lang[:2] for one in many if one.lang and one.lang[:2] in LANGUAGES)
    return spoken.most_common(1)[0][0] if spoken else FALLBACK_LANGUAGE
