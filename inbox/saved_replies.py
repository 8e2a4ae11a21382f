"""Saved replies: shipped in a file, kept by people, offered by language, tags and label; what is left to fill in."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from unicodedata import normalize

from flow.public_links import PLACEHOLDERS
from inbox.languages import N_, Sayings
from models.errors import SetupError
from models.follow_up import LinkPurpose
from models.saved_reply import FALLBACK_LANGUAGE, SavedReply
from store.store import Transaction

FILE = Path(__file__).parent / "saved_replies.toml"
LANGUAGES = Sayings({"en": N_("English"), "tr": N_("Turkish"), "bg": N_("Bulgarian")})
PLACEHOLDER = re.compile(r"\{[^\W\d]\w*\}")
"""`{name}`, in any alphabet."""
FILLED_LATER = PLACEHOLDERS[LinkPurpose.STATUS]
"""Put in when the reply is sent."""
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
    """The placeholders that a person still has to fill in, in order, each once."""
    return [one for one in dict.fromkeys(PLACEHOLDER.findall(text)) if one != FILLED_LATER]


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
