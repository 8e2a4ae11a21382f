"""What a saved reply may call people: the author as they show themselves, the agent as they are known here."""

import re
import unicodedata
from collections.abc import Mapping

from inbox.visit import Visit
from models import Author
from store.cases import StoredCase
from store.mentions import StoredMention

AT = frozenset({"x", "bluesky", "instagram", "mastodon", "telegram", "threads", "youtube"})
"""Channels on which an account is called by its @handle."""
LONGEST_CHARACTERS = 40
HANDLE = re.compile(r"[^\W_](?:[\w.-]*\w)?(?:@[\w-]+(?:\.[\w-]+)+)?|_[\w.-]*\w", re.ASCII)
LINK = re.compile(r"(?:https?|www)\b|\w\.\w{2,}", re.IGNORECASE)
SIGNS = frozenset(" '’.-·")


def facts_of(
    visit: Visit, case: StoredCase, item: StoredMention, *, is_private: bool, is_erased: bool
) -> Mapping[str, str]:
    """What stands for the placeholders that we know; empty where we do not. `is_erased`: the case's author asked to be
    forgotten. Of somebody else in the thread that is not known here, so they are not named.
    """
    author = item.mention.author if item.author_key == case.author_key and not is_erased else None
    return {
        "firm": visit.inbox.settings.firm_name,
        "reference": case.complaint_id or "",
        "name": name_of(author, item.mention.channel, is_private=is_private) if author is not None else "",
        "agent": agent_of(visit.person, is_private=is_private),
    }


def name_of(author: Author, channel: str, *, is_private: bool) -> str:
    """In private the name they show, else the handle; in public the handle first, as a name may be the legal one."""
    handle = (author.handle or "").strip().removeprefix("@")
    called = ""
    if HANDLE.fullmatch(handle) and len(handle) <= LONGEST_CHARACTERS * 2 and channel in AT:
        called = f"@{handle}"
    shown = plain_name(author.name or "") or (plain_name(handle) if channel not in AT else "")
    return (shown or called) if is_private else (called or shown)


def agent_of(name: str, *, is_private: bool) -> str:
    """In public no more than the first of their names: what agents are called in full is nobody's business."""
    plain = plain_name(name)
    return plain if is_private else plain.split(" ")[0]


def plain_name(name: str) -> str:
    """A name in one line of letters, without emoji and what cannot be seen; empty where it is no plain name: one with
    a link, an @ or a brace could lead somewhere, call somebody else or be filled in.
    """
    name = unicodedata.normalize("NFC", name)
    letters = [" " if each.isspace() else each for each in name if each.isspace() or not _is_unseen(each)]
    if LINK.search("".join(letters)) or not all(_is_of_a_name(each) for each in letters):
        return ""
    words = "".join(letters).split()
    while words and len(" ".join(words)) > LONGEST_CHARACTERS:
        words.pop()
    plain = " ".join(words).strip(" '’-·")
    marks = sum(unicodedata.category(each) in ("Mn", "Me") for each in plain)
    return plain if any(each.isalpha() for each in plain) and marks * 2 <= len(plain) else ""


def _is_unseen(letter: str) -> bool:
    """Control and direction characters, variation selectors and emoji; not `<` or `+`, which are no part of a name."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn", "Cs", "So", "Sk") or letter in "\ufe0e\ufe0f"


def _is_of_a_name(letter: str) -> bool:
    return letter in SIGNS or unicodedata.category(letter)[0] in "LMN"
