"""Saved replies: read once from a file, offered by language, tags and label; placeholders must be filled to send."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import SetupError

FILE = Path(__file__).parent / "saved_replies.toml"
FALLBACK_LANGUAGE = "en"
PLACEHOLDER = re.compile(r"\{[^\W\d]\w*\}")
"""`{name}`, in any alphabet."""


@dataclass(frozen=True, slots=True)
class SavedReply:
    key: str
    title: str
    labels: frozenset[str]
    tags: frozenset[str]
    texts: Mapping[str, str]
    """Language → text."""

    def text(self, language: str) -> str:
        return self.texts.get(language[:2]) or self.texts[FALLBACK_LANGUAGE]


def load(file: Path = FILE) -> tuple[SavedReply, ...]:
    """Raises: SetupError naming the reply and what it lacks."""
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


def ranked(replies: Sequence[SavedReply], *, label: str, tags: Collection[str]) -> list[SavedReply]:
    """Those for the case's tags first, then those for its label, then the rest; otherwise in the order of the file."""
    return sorted(replies, key=lambda reply: (-len(reply.tags.intersection(tags)), label not in reply.labels))


def unfilled(text: str) -> list[str]:
    """The placeholders that still stand in a text, in order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def filled(text: str, known: Mapping[str, str]) -> str:
    """With what we know put in; the person fills the rest."""
    return PLACEHOLDER.sub(lambda match: known.get(match.group()[1:-1]) or match.group(), text)
