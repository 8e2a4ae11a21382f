"""Are people who swear, or write in dialect or in broken language, heard like others? On our own labels, held back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classify.manifest import Thresholds
from training.datasets import OWN_LABELS
from training.fitting import Floats
from training.metrics import Measured, share
from training.questions import LABELS
from training.rows import Row
from training.thresholds import UNSURE, decisions, is_judged

MARKS = ("swearing", "dialect", "broken", "irony")
LEAST_TEXTS = 10
"""Marked texts of a language, below which it gets no line of its own."""
ALL = "all"
COUNTS_AS_BAD_FAITH = 0.5
"""From this `abuse_score` on, the author's last week is looked at where the text is no complaint."""
_COMPLAINT, _ABUSE = LABELS.index("complaint"), LABELS.index("abuse")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Treatment:
    """What came of the texts with, or without, a mark. `lang` is `all` for every language together."""

    mark: str
    lang: str
    is_marked: bool
    shares: Mapping[str, Measured]
    """What was said of them → how often."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """Own labels, held back, one line each."""

    langs: npt.NDArray[np.str_]
    truth: npt.NDArray[np.int64]
    probable: npt.NDArray[np.int64]
    """The most probable label."""
    decided: npt.NDArray[np.int64]
    abuse: Floats
    """`abuse_score`"""
    marks: Mapping[str, Flags]


def of_complaints(rows: Sequence[Row], held_back: dict[str, Floats], one: Thresholds) -> list[Treatment]:
    """What came of genuine complaints: `lost` is every decision but complaint and unsure, abuse among them."""
    texts = _texts(rows, held_back, one)
    shown = {
        "most probable label: abuse": texts.probable == _ABUSE,
        "most probable label: complaint": texts.probable == _COMPLAINT,
        "judged complaint": texts.decided == _COMPLAINT,
        "unsure": texts.decided == UNSURE,
        "judged abuse": texts.decided == _ABUSE,
        "abuse score of one half or more": texts.abuse >= COUNTS_AS_BAD_FAITH,
        "lost": (texts.decided != _COMPLAINT) & (texts.decided != UNSURE),
    }
    return _compared(texts, texts.truth == _COMPLAINT, shown)


def called_complaint(rows: Sequence[Row], held_back: dict[str, Floats], one: Thresholds) -> list[Treatment]:
    """What came of messages that are no complaints."""
    texts = _texts(rows, held_back, one)
    shown = {"judged complaint": texts.decided == _COMPLAINT, "unsure": texts.decided == UNSURE}
    return _compared(texts, texts.truth != _COMPLAINT, shown)


def called_abuse(rows: Sequence[Row], held_back: dict[str, Floats], one: Thresholds) -> list[Treatment]:
    """What came of messages that are neither complaints nor abuse."""
    texts = _texts(rows, held_back, one)
    shown = {"most probable label: abuse": texts.probable == _ABUSE, "judged abuse": texts.decided == _ABUSE}
    return _compared(texts, (texts.truth != _COMPLAINT) & (texts.truth != _ABUSE), shown)


def _texts(rows: Sequence[Row], held_back: dict[str, Floats], one: Thresholds) -> _Texts:
    judged = is_judged(held_back) & np.isfinite(held_back["abuse"][:, 0])
    at = [at for at, row in enumerate(rows) if OWN_LABELS in row.tags and "label" in row.targets and judged[at]]
    label = held_back["label"][at]
    return _Texts(
        langs=np.array([rows[position].lang for position in at], dtype=np.str_),
        truth=np.array([LABELS.index(str(rows[position].targets["label"])) for position in at], dtype=np.int64),
        probable=label.argmax(axis=1),
        decided=decisions(held_back["complaint"][at, 0], label, one),
        abuse=held_back["abuse"][at, 0],
        marks={mark: np.array([mark in rows[p].marks for p in at], dtype=np.bool_) for mark in MARKS},
    )


def _compared(texts: _Texts, chosen: Flags, shown: Mapping[str, Flags]) -> list[Treatment]:
    """For each mark: all languages, then each with enough marked texts; marked texts, then the others."""
    found = []
    for mark, is_marked in texts.marks.items():
        for lang in (ALL, *sorted(set(texts.langs.tolist()))):
            inside = chosen & ((texts.langs == lang) | (lang == ALL))
            if (inside & is_marked).sum() >= LEAST_TEXTS:
                found.append(_treatment(mark, lang, True, inside & is_marked, shown))
                found.append(_treatment(mark, lang, False, inside & ~is_marked, shown))
    return found


def _treatment(mark: str, lang: str, is_marked: bool, chosen: Flags, shown: Mapping[str, Flags]) -> Treatment:
    return Treatment(mark, lang, is_marked, {name: share(one[chosen]) for name, one in shown.items()})
