"""What a page is read in: its language, by catalogue, and the time zone of who reads it.

The messages are the English texts themselves, so English needs no catalogue. A text is marked with `_` where it is
said, and with `N_` where it is only written down, to be said later. Every message is a format: a percent sign is `%%`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"en": "English", "tr": "Türkçe", "bg": "Български"}
"""Each by its own name."""
ENGLISH = "en"
CATALOGUES = Path(__file__).parent / "locale"
PREFERENCE = "reading"
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Reading:
    """How one person reads: `zone` is theirs, and none where they read in the firm's."""

    language: str = ENGLISH
    zone: ZoneInfo | None = None

    @property
    def locale(self) -> Locale:
        return _locale(self.language)


_locale = cache(Locale)
_IN_ENGLISH = Reading()
_now: ContextVar[Reading] = ContextVar("reading", default=_IN_ENGLISH)


def reading() -> Reading:
    return _now.get()


@contextmanager
def read_in(chosen: Reading) -> Iterator[None]:
    """Everything said inside is said in this language, in this thread."""
    token = _now.set(chosen)
    try:
        yield
    finally:
        _now.reset(token)


def chosen_reading(preference: Mapping[str, object], accepted: str = "") -> Reading:
    """What a person chose; else the language their browser asks for. What is unknown here reads as not chosen."""
    language, zone = preference.get("language"), preference.get("zone")
    return Reading(
        str(language) if language in LANGUAGES else _negotiated(accepted),
        ZoneInfo(str(zone)) if zone in zones() else None,
    )


def _negotiated(accepted: str) -> str:
    """`accepted`: an Accept-Language header; its order is taken for its weights, as browsers write it."""
    wanted = [part.partition(";")[0].strip().lower() for part in accepted.split(",")[:10]]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or ENGLISH


@cache
def zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


@cache
def catalogue(language: str) -> NullTranslations:
    """Raises: KeyError for a language that Earshot does not speak."""
    if LANGUAGES[language] == LANGUAGES[ENGLISH]:
        return NullTranslations()
    with catalogue_path(language).open("rb") as file:
        messages = read_po(file, locale=language, domain="earshot", abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled, domain="earshot")


def catalogue_path(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "earshot.po"


def translated(message: str) -> str:
    """The message itself where the catalogue lacks it; its format is not filled in."""
    return catalogue(reading().language).gettext(message) if message else ""


def translated_number(one: str, many: str, number: int) -> str:
    return catalogue(reading().language).ngettext(one, many, number)


def _(message: str, **values: object) -> str:
    return translated(message) % values


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """`number` is filled in as `num`."""
    return translated_number(one, many, number) % ({"num": number} | values)


def N_(message: str) -> str:  # noqa: N802, the name that the field and its tools know
    """Marks a message where it is written down; `say` says it."""
    return message


class Sayings(Mapping[K, str]):
    """Texts by key, written down with `N_`; each is said in the language of who reads it."""

    def __init__(self, texts: Mapping[K, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, key: K) -> str:
        return translated(self._texts[key])

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def say(message: str) -> str:
    """A message that was marked elsewhere and has nothing to fill in."""
    return translated(message) % {}
