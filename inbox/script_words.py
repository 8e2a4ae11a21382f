"""The texts of the scripts, `told("…")`, in the reader's language: a page carries them, `static/words.js` says them."""

from collections.abc import Mapping
from functools import cache

from babel.messages.extract import extract_from_dir

from inbox.languages import translated
from inbox.urls import STATIC

METHODS = [("*.js", "javascript")]
KEYWORDS = {"told": None}


def script_words() -> Mapping[str, str]:
    """English text → the same in the reader's language."""
    return {message: translated(message) for message in script_messages()}


@cache
def script_messages() -> tuple[str, ...]:
    found = extract_from_dir(STATIC, METHODS, keywords=KEYWORDS, directory_filter=lambda _: False)
    return tuple(sorted({str(message) for _, _, message, _, _ in found}))
