"""What people corrected in the inbox → rows to learn from, in the form of `training/labels/README.md`."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from classify.text import forms
from learning.masking import masked
from models import Correction, Label
from models.digests import digest

SOURCE = "inbox"
LABELS = frozenset(label.value for label in Label)
FROZEN_ONE_IN = 5
"""One message in so many is kept apart from training, to measure on."""


class Part(StrEnum):
    """Which corrections: those to learn from, those to measure on, or both."""

    LEARN = "learn"
    FROZEN = "frozen"
    ALL = "all"


class LeftOut(StrEnum):
    """Why a correction is no row."""

    CHANNEL = "the terms of its channel forbid training (EARSHOT_TRAINING_CHANNELS_DENIED)"
    PART = "it belongs to the other part"
    EMPTY = "no word is left in it"
    REPEAT = "a later correction is on the same words"
    UNKNOWN = "its label is none that the classifier knows"


@dataclass(frozen=True, slots=True)
class Rows:
    rows: Sequence[Mapping[str, object]]
    """Oldest correction first."""
    left_out: Mapping[LeftOut, int]
    channels: Mapping[str, int]
    """Channel → corrections left out because of it."""


def rows_of(corrections: Iterable[Correction], *, denied: Collection[str], part: Part = Part.ALL) -> Rows:
    """Of corrections given oldest first. Texts are masked; whether a text is frozen depends on its words alone."""
    kept: dict[str, Mapping[str, object]] = {}
    left_out, channels = Counter[LeftOut](), Counter[str]()
    for one in reversed(list(corrections)):
        text = masked(one.text, one.names)
        words = " ".join(forms(text))
        why = _why_not(one, words, denied, part) or (LeftOut.REPEAT if words in kept else None)
        if why is None:
            kept[words] = _row(one, text)
            continue
        left_out[why] += 1
        if why is LeftOut.CHANNEL:
            channels[one.channel] += 1
    return Rows(list(kept.values())[::-1], dict(left_out), dict(sorted(channels.items())))


def _why_not(one: Correction, words: str, denied: Collection[str], part: Part) -> LeftOut | None:
    if one.channel.lower() in denied:
        return LeftOut.CHANNEL
    if one.label not in LABELS:
        return LeftOut.UNKNOWN
    if not words:
        return LeftOut.EMPTY
    is_frozen = int(digest(words)[:8], 16) % FROZEN_ONE_IN == 0
    return LeftOut.PART if part is not Part.ALL and is_frozen is not (part is Part.FROZEN) else None


def _row(one: Correction, text: str) -> Mapping[str, object]:
    """What the person did not say is null: the classifier must not learn from its own guesses."""
    return {
        "text": text,
        "lang": one.lang or "und",
        "label": one.label,
        "category": None,
        "severity": None if one.label == Label.COMPLAINT else 0,
        "urgency": None,
        "sentiment": None,
        "lead": None,
        "source": SOURCE,
        "channel": one.channel,
        "message": digest(one.mention_id)[:24],
        "corrected_at": one.corrected_at.isoformat(),
    }
