"""Brings the catalogues up to date with what the inbox says: `make catalogues`.

Messages are gathered from the templates, from the code and from the codes that are shown as words. A translation is
kept as long as its message stands; a new message is added empty, and a test fails until it is translated.
"""

import sys
from collections.abc import Iterator
from functools import cache
from os import PathLike
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from inbox.languages import ENGLISH, LANGUAGES, catalogue_path
from inbox.script_words import script_messages
from inbox.shown_codes import shown_codes

ROOT = Path(__file__).parent
METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}
Message = str | tuple[str, ...]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def messages(language: str) -> Catalog:
    """All that the inbox says, untranslated, with the plural forms of this language."""
    found = Catalog(locale=language, domain="earshot", fuzzy=False)
    for message, path in _said():
        empty = ("",) * found.num_plurals if isinstance(message, tuple) else ""
        found.add(message, empty, locations=[(path, None)])  # type: ignore[list-item]
    for message in script_messages():
        found.add(message, locations=[("static", None)])  # type: ignore[list-item]
    for words, sort in shown_codes().items():
        found.add(words, auto_comments=[f"A code: {sort}"])
    return found


@cache
def _said() -> tuple[tuple[Message, str], ...]:
    """In templates and code, with the file."""
    walked = extract_from_dir(ROOT, METHODS, OPTIONS, keywords=KEYWORDS, directory_filter=_is_ours)
    return tuple((message, path) for path, _line, message, _comments, _context in walked)


def _is_ours(folder: str | PathLike[str]) -> bool:
    return Path(folder).name not in ("node_modules", "static", "__pycache__")


def brought_up(language: str) -> Catalog:
    """The catalogue as it should be: kept translations, new messages empty, the rest gone."""
    path, wanted = catalogue_path(language), messages(language)
    known = _read(path, language) if path.exists() else Catalog(locale=language)
    for message in wanted:
        kept = known.get(message.id) if message.id else None
        if kept is not None:
            message.string = kept.string
    return wanted


def missing(language: str) -> Iterator[str]:
    """Messages without a translation, or without one of its plural forms."""
    known = _read(catalogue_path(language), language)
    for message in messages(language):
        kept = known.get(message.id) if message.id else None
        if message.id and (kept is None or not all(_forms(kept.string))):
            yield str(message.id)


def _forms(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (str(string),)


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="earshot", abort_invalid=True)


def write(language: str) -> None:
    path, catalogue = catalogue_path(language), brought_up(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, omit_header=True, sort_output=True, include_lineno=False)


def main() -> int:
    languages = [language for language in LANGUAGES if language != ENGLISH]
    for language in languages:
        write(language)
        lacking = list(missing(language))
        sys.stdout.write(f"{language}: {len(lacking)} of {len(messages(language))} messages lack a translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
