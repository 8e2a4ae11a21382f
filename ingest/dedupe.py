"""Whether a mention says again what its author said a moment ago. A duplicate is kept and linked, never dropped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.normalise import words, words_digest
from models import Mention

FEWEST_WORDS = 3
"""Fewer ("thanks", "no answer") are said again and meant anew."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier mention of the same author on the same channel, as the store keeps it."""

    id: str
    words_digest: str
    created_at: datetime


def duplicate_of(mention: Mention, candidates: Iterable[Candidate], *, window_days: int = 7) -> str | None:
    """The id of the earliest candidate this mention repeats, or None.

    Its own id means that this very mention is stored already. Messages that arrive out of order are compared too, so
    the window reaches to both sides. The caller gives only candidates with the mention's channel and author id.
    """
    given = list(candidates)
    if any(candidate.id == mention.id for candidate in given):
        return mention.id
    digest = _digest_to_compare(mention)
    if not digest:
        return None
    window = timedelta(days=window_days)
    same = [
        (candidate.created_at, candidate.id)
        for candidate in given
        if candidate.words_digest == digest and abs(candidate.created_at - mention.created_at) <= window
    ]
    return min(same)[1] if same else None


def _digest_to_compare(mention: Mention) -> str:
    if mention.author is None or not mention.author.id or len(words(mention.text).split()) < FEWEST_WORDS:
        return ""
    return words_digest(mention.text)
