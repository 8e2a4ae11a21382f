"""How Mastodon counts and rewrites a text."""

import re

import regex

LINK = re.compile(r"https?://[^\s<>\"]+")
HOST_OF_HANDLE = re.compile(r"(?<![\w@/])(@\w[\w.-]*)@[\w-]+(?:\.[\w-]+)*")


def length(text: str, *, per_url: int) -> int:
    """What a reader calls characters; a web address counts as `per_url` of them, a handle without its host.

    Source: docs.joinmastodon.org, user, posting; an emoji with skin tone counts once.
    """
    short = HOST_OF_HANDLE.sub(r"\1", LINK.sub("x" * per_url, text))
    return len(regex.findall(r"\X", short))


def same_words(shown: str, sent: str) -> bool:
    """Whether a post that is shown is what was sent: hosts of handles and the width of gaps are not kept."""
    return _bare(shown) == _bare(sent)


def _bare(text: str) -> str:
    return " ".join(HOST_OF_HANDLE.sub(r"\1", text).split())
