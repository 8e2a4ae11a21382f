"""A message without who wrote it: what is kept of it outlives the message."""

import re
from collections.abc import Sequence

from classify.text import EMAIL, HANDLE, URL, cleaned, tokens

WRITTEN = {URL: "http", EMAIL: "somebody@example.invalid", HANDLE: "@user"}
"""Placeholders that the classifier reads just as what stood there."""
_DIGIT = re.compile(r"\d")
_LEAST_CHARACTERS = 3
"""A shorter name is a part of too many words."""


def masked(text: str, names: Sequence[str] = ()) -> str:
    """The cleaned text; handles, `names`, addresses and links as placeholders, every digit as 0.

    Names of others cannot be known and stay.
    """
    text = _without(cleaned(text), names)
    parts, at = list[str](), 0
    for form, start, end in tokens(text):
        if form in WRITTEN:
            # A placeholder that touches what stands before it might be read as one with it.
            is_apart = start == 0 or text[start - 1].isspace()
            parts += [text[at:start], "" if is_apart else " ", WRITTEN[form]]
            at = end
    return _DIGIT.sub("0", "".join([*parts, text[at:]])).strip()


def _without(text: str, names: Sequence[str]) -> str:
    """The longest first: one name may hold another."""
    wanted = sorted({name.strip().lstrip("@") for name in names}, key=len, reverse=True)
    known = [re.escape(name) for name in wanted if len(name) >= _LEAST_CHARACTERS]
    if not known:
        return text
    return re.sub(rf"(?<![\w@])@?(?:{'|'.join(known)})(?!\w)", WRITTEN[HANDLE], text, flags=re.IGNORECASE)
