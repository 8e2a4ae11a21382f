"""How long a reply is in the eyes of the platform that takes it; each one counts in its own way."""

from collections.abc import Callable

from connectors.bluesky.rich_text import graphemes
from connectors.x.length import weight

IN_PUBLIC: dict[str, Callable[[str], int]] = {"x": weight, "bluesky": graphemes}
IN_PRIVATE: dict[str, Callable[[str], int]] = {"bluesky": graphemes}


def length(sink: str, text: str, *, is_private: bool) -> int:
    """`sink`: the channel that will carry it. Where no other rule is known, characters count one each."""
    return (IN_PRIVATE if is_private else IN_PUBLIC).get(sink, len)(text)
