"""How long X takes a text to be: letters of most scripts count one, all others two, a link 23, an emoji two.

Source: docs.x.com, Counting characters; configuration 3 of twitter-text. Which bare words are links is an estimate that
errs on the long side.
"""

import unicodedata

import regex

MOST_WEIGHT = 280
MOST_DM_CHARACTERS = 10_000
LINK_WEIGHT = 23
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points, both ends included, that count one."""

LINK = regex.compile(
    r"https?://[^\s<>\"]+"
    r"|(?<![\w@.-])(?:[\w-]+\.)+(?:com|org|net|info|biz|app|dev|bank|shop|store|online|site|xyz|gov|edu|mil|int|co|tv|io|me|ly|au)"
    r"(?![\w-]|\.\w)(?:/[^\s<>\"]*)?"
    r"|(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,}/[^\s<>\"]+",
    regex.IGNORECASE,
)
EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")


def weight(text: str) -> int:
    """What X compares with 280."""
    normal = unicodedata.normalize("NFC", text)
    links = LINK.findall(normal)
    rest = LINK.sub("", normal)
    return LINK_WEIGHT * len(links) + sum(_weight_of(cluster) for cluster in regex.findall(r"\X", rest))


def has_link(text: str) -> bool:
    """A post with one costs more than ten times as much."""
    return LINK.search(text) is not None


def _weight_of(cluster: str) -> int:
    if EMOJI.search(cluster) and not cluster.isascii():
        return 2
    return sum(1 if any(low <= ord(sign) <= high for low, high in LIGHT) else 2 for sign in cluster)
