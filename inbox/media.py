"""What came with a message beside its words: pictures, videos, sound, files, links. Pure; nothing is ever fetched.

Each platform tells it in its own way, and whatever it sent is kept as evidence (`Mention.raw`):

| shape | who |
| --- | --- |
| `media`: things with `type` and `description`, or names of kinds | Mastodon, Bluesky, X; Telegram |
| `attachments`: names of files, or things with `type` and `payload` | mails; Messenger, Instagram |
| `photo`, `video`: addresses | comments on Facebook |
| `media_type`, `media_url` | Threads |
| `type`, and a thing under the name of the type | WhatsApp |
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from urllib.parse import urlsplit

from markupsafe import Markup

from inbox.languages import N_, Sayings
from inbox.marking import plain

MOST_SHOWN = 20
"""Of one message; the others are counted."""
MOST_COUNTED = 1_000
LONGEST_WORDS = 2_000
"""Characters of a description; Bluesky's limit."""
LONGEST_ADDRESS = 2_000


class MediaKind(StrEnum):
    PICTURE = "picture"
    VIDEO = "video"
    SOUND = "sound"
    FILE = "file"
    LINK = "link"
    OTHER = "other"


KIND_WORDS = Sayings(
    {
        MediaKind.PICTURE: N_("Picture"),
        MediaKind.VIDEO: N_("Video"),
        MediaKind.SOUND: N_("Sound"),
        MediaKind.FILE: N_("File"),
        MediaKind.LINK: N_("Link"),
        MediaKind.OTHER: N_("Attached"),
    }
)
_KINDS = {
    MediaKind.PICTURE: ("image", "photo", "picture", "sticker", "gif", "live_photo"),
    MediaKind.VIDEO: ("video", "gifv", "animation", "animated_gif", "video_note", "reel", "ig_reel"),
    MediaKind.SOUND: ("audio", "voice", "sound"),
    MediaKind.FILE: ("file", "document"),
    MediaKind.LINK: ("link", "external", "fallback", "share"),
}
KINDS = {name: kind for kind, names in _KINDS.items() for name in names}
WHATSAPP_TYPES = ("image", "video", "audio", "document", "sticker")


@dataclass(frozen=True, slots=True)
class Medium:
    kind: MediaKind
    words: str = ""
    """What its author says is on it, or the name of the file."""
    address: str | None = None
    """Where the platform shows it; https alone. Never of a link: somebody chose where that leads."""


@dataclass(frozen=True, slots=True)
class Media:
    """As a page shows them."""

    shown: Sequence[tuple[str, Markup, str | None]] = ()
    """(kind in words, description, where the original is)."""
    more: int = 0
    """How many are left out, as far as they are counted."""


def media_shown(raw: Mapping[str, object], original: str | None) -> Media:
    """`original`: the message's own address, where a medium has none."""
    there = safe_address(original)
    found = list(islice(media_of(raw), MOST_COUNTED))
    shown = [(KIND_WORDS[one.kind], plain(one.words), one.address or there) for one in found[:MOST_SHOWN]]
    return Media(shown, max(len(found) - MOST_SHOWN, 0))


def media_of(raw: Mapping[str, object]) -> Iterator[Medium]:
    """What cannot be read is left out."""
    for item in _items(raw.get("media")):
        yield from _described(item)
    for item in _items(raw.get("attachments")):
        yield from _attached(item)
    for key in ("photo", "video"):
        if isinstance(raw.get(key), str) and raw[key]:
            yield Medium(KINDS[key], address=safe_address(raw[key]))
    yield from _of_threads(raw)
    yield from _of_whatsapp(raw)


def safe_address(value: object) -> str | None:
    """An https address of a named host, as it stands; None of everything else."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ADDRESS:
        return None
    if not value.isascii() or not value.isprintable() or any(sign in value for sign in ' \\"<>'):
        return None
    try:
        parts = urlsplit(value)
        is_named = bool(parts.hostname) and parts.username is None and parts.password is None
    except ValueError:
        return None
    return value if parts.scheme == "https" and is_named else None


def _described(item: object) -> Iterator[Medium]:
    if isinstance(item, str):
        yield Medium(_kind(item))
    elif isinstance(item, Mapping):
        yield Medium(_kind(item.get("type")), _words(item.get("description")))


def _attached(item: object) -> Iterator[Medium]:
    if isinstance(item, str):
        yield Medium(MediaKind.FILE, _words(item))
    elif isinstance(item, Mapping):
        kind, payload = _kind(item.get("type")), item.get("payload")
        inner: Mapping[str, object] = payload if isinstance(payload, Mapping) else {}
        words = _words(item.get("title") or inner.get("title"))
        yield Medium(kind, words, None if kind is MediaKind.LINK else safe_address(inner.get("url")))


def _of_threads(raw: Mapping[str, object]) -> Iterator[Medium]:
    given = raw.get("media_type")
    if isinstance(given, str) and given.lower() in ("image", "video", "audio"):
        yield Medium(_kind(given.lower()), _words(raw.get("alt_text")), safe_address(raw.get("media_url")))
    elif given == "CAROUSEL_ALBUM":
        yield Medium(MediaKind.PICTURE, _words(raw.get("alt_text")))


def _of_whatsapp(raw: Mapping[str, object]) -> Iterator[Medium]:
    """Its address needs our token, so none is shown; the caption is the message's text."""
    given = raw.get("type")
    inner = raw.get(given) if isinstance(given, str) and given in WHATSAPP_TYPES else None
    if isinstance(given, str) and isinstance(inner, Mapping):
        yield Medium(_kind(given), _words(inner.get("filename")))


def _items(value: object) -> Sequence[object]:
    return value[:MOST_COUNTED] if isinstance(value, list | tuple) else ()


def _kind(name: object) -> MediaKind:
    return KINDS.get(name.lower(), MediaKind.OTHER) if isinstance(name, str) else MediaKind.OTHER


def _words(value: object) -> str:
    """On one line, and cut where it is longer than any platform takes it."""
    if not isinstance(value, str):
        return ""
    words = " ".join(value[: LONGEST_WORDS * 2].split())
    return words if len(words) <= LONGEST_WORDS else words[:LONGEST_WORDS].rstrip() + " …"
